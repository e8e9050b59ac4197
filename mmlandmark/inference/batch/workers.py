"""Distributes the images of a run over processes, its own or those of torchrun."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

import cv2

from ...errors import InputError
from ..backends.runtimes import COMPILED, is_exported, threads
from ..load_model import has_gpu, requested_backend
from .predictor import BatchPredictor, ImageTask, PredictOptions

_AHEAD = 4  # queued images per worker: no worker is idle, and memory is bounded


def in_workers(
    settings: PredictOptions, items: Iterable[ImageTask], workers: int
) -> Iterator[dict]:
    """Yield the records of the images in any order, computed by several processes.

    Each process has its own detector and a share of the cores, or one of the GPUs.

    Args:
        settings: The model and its options.
        items: Consumed as needed, so that few of them are held in memory.
        workers: Number of processes.

    Raises:
        InputError: A process cannot load the model, or has died.
    """
    with worker_pool(settings, workers) as pool:
        yield from unordered_records(pool, items, workers)


@contextlib.contextmanager
def worker_pool(
    settings: PredictOptions, workers: int
) -> Iterator[ProcessPoolExecutor]:
    """Processes for :func:`unordered_records`; each loads its detector at its first image.

    Raises:
        InputError: A process has died.
    """
    context = get_context('spawn')  # a fork would share CUDA and locked threads
    numbers = context.Queue()
    for number in range(workers):
        numbers.put(number)
    with ProcessPoolExecutor(
        workers, context, _begin, (settings, workers, numbers)
    ) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise InputError(
                'a worker has died, perhaps for lack of memory: use fewer workers; '
                'the same run continues where its results end',
                workers=None,
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def unordered_records(
    pool: ProcessPoolExecutor, items: Iterable[ImageTask], workers: int
) -> Iterator[dict]:
    """Yield the records of the images in any order; few are computed in advance."""
    waiting: set[Future] = set()
    for item in items:
        waiting.add(pool.submit(_find, item))
        if len(waiting) >= _AHEAD * workers:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)


_worker: dict[str, Any] = {}  # settings, device and predictor of this worker process


def _begin(settings: PredictOptions, workers: int, numbers) -> None:
    share_cores(workers)
    _worker.update(settings=settings, device=device_of(settings, numbers.get()))


def _find(item: ImageTask) -> dict:
    # not in _begin: a pool does not return the errors of its initializer
    if 'predictor' not in _worker:
        _worker['predictor'] = BatchPredictor(_worker['settings'], _worker['device'])
    return _worker['predictor'](item)


def share_cores(processes: int) -> None:
    """Limit the threads of this process to its share of the cores."""
    torch = sys.modules.get('torch')  # an exported model does not need it
    share = max(1, (torch.get_num_threads() if torch else threads()) // processes)
    os.environ['OMP_NUM_THREADS'] = str(share)  # for libraries that are loaded later
    if torch:
        torch.set_num_threads(share)
    cv2.setNumThreads(share)


def device_of(settings: PredictOptions, number: int) -> str | None:
    """The device of a process: that of the settings, else one of the GPUs in turn."""
    one = isinstance(settings.model, str)
    models = (settings.model,) if one else settings.model
    compiled = (
        all(map(is_exported, models)) or requested_backend(settings.backend) in COMPILED
    )
    if settings.device or compiled:  # exported models run on the CPU
        return settings.device
    if not has_gpu():
        return None
    import torch  # imported here: without a GPU released models do not need it

    count = torch.cuda.device_count()
    return f'cuda:{number % count}' if count else None


@contextlib.contextmanager
def launched() -> Iterator[tuple[int, int]]:
    """Rank of this process and number of processes; ``(0, 1)`` without ``torchrun``."""
    if int(os.environ.get('WORLD_SIZE', 1)) == 1:
        yield 0, 1
        return
    import torch.distributed as dist

    # a process that has finished waits for the slowest
    dist.init_process_group('gloo', timeout=timedelta(days=30))
    try:
        yield dist.get_rank(), dist.get_world_size()
    finally:
        dist.destroy_process_group()


def gathered(value: Any, processes: int) -> list:
    """The values of all processes by rank; a barrier for all processes."""
    values = [value]
    if processes > 1:
        import torch.distributed as dist

        values = [None] * processes
        dist.all_gather_object(values, value)
    return values
