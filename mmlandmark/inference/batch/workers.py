"""The images of a run in this process, in several, or in the processes of torchrun."""

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
from ..load_model import has_gpu, wanted
from .predictor import BatchPredictor, ImageTask, PredictOptions

_AHEAD = 4  # images a worker has waiting: none is idle, and memory stays bounded


def in_workers(
    settings: PredictOptions, items: Iterable[ImageTask], workers: int
) -> Iterator[dict]:
    """The records of the items as they come, in any order, from so many processes.

    Each process has a detector of its own and its share of the cores, or a GPU in turn.

    Args:
        settings: What each process finds points with.
        items: Taken as needed, so that not all of them wait in memory.
        workers: How many processes.

    Raises:
        InputError: A process cannot load the model, or has died.
    """
    with started(settings, workers) as pool:
        yield from as_they_come(pool, items, workers)


@contextlib.contextmanager
def started(settings: PredictOptions, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for :func:`as_they_come`; each loads its detector with its first image.

    Raises:
        InputError: One has died.
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


def as_they_come(
    pool: ProcessPoolExecutor, items: Iterable[ImageTask], workers: int
) -> Iterator[dict]:
    """The records of the items in any order; few are begun before they are asked for."""
    waiting: set[Future] = set()
    for item in items:
        waiting.add(pool.submit(_find, item))
        if len(waiting) >= _AHEAD * workers:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)


_mine: dict[str, Any] = {}  # of a worker: what it was told, and its detector


def _begin(settings: PredictOptions, workers: int, numbers) -> None:
    share_cores(workers)
    _mine.update(settings=settings, device=device_of(settings, numbers.get()))


def _find(item: ImageTask) -> dict:
    # here and not in _begin, whose errors a pool does not hand over
    if 'finder' not in _mine:
        _mine['finder'] = BatchPredictor(_mine['settings'], _mine['device'])
    return _mine['finder'](item)


def share_cores(processes: int) -> None:
    """Let what computes here use one share of the cores, not all of them each."""
    torch = sys.modules.get('torch')  # an exported model runs without
    share = max(1, (torch.get_num_threads() if torch else threads()) // processes)
    os.environ['OMP_NUM_THREADS'] = str(share)  # for what is loaded later
    if torch:
        torch.set_num_threads(share)
    cv2.setNumThreads(share)


def device_of(settings: PredictOptions, number: int) -> str | None:
    """The device of a process: the one that is set, else the GPUs in turn."""
    compiled = is_exported(settings.model) or wanted(settings.backend) in COMPILED
    if settings.device or compiled:  # what is compiled runs on the CPU
        return settings.device
    if not has_gpu():
        return None
    import torch  # here: without a GPU released models run without it

    count = torch.cuda.device_count()
    return f'cuda:{number % count}' if count else None


@contextlib.contextmanager
def launched() -> Iterator[tuple[int, int]]:
    """The number of this process and of all that ``torchrun`` started; ``(0, 1)`` alone."""
    if int(os.environ.get('WORLD_SIZE', 1)) == 1:
        yield 0, 1
        return
    import torch.distributed as dist

    # the first to finish its share waits for the last
    dist.init_process_group('gloo', timeout=timedelta(days=30))
    try:
        yield dist.get_rank(), dist.get_world_size()
    finally:
        dist.destroy_process_group()


def gathered(value: Any, processes: int) -> list:
    """What every process brings, in their order; all wait for one another here."""
    values = [value]
    if processes > 1:
        import torch.distributed as dist

        values = [None] * processes
        dist.all_gather_object(values, value)
    return values
