"""Benchmark cases that predict a folder of images with one or several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import InputError
from ..inference.batch.predictor import (
    BatchPredictor,
    ImageTask,
    PredictOptions,
    image_tasks,
)
from ..inference.batch.workers import unordered_records, worker_pool


def folder_run(
    model: str, checkpoint: str | None, folder: str, workers: int
) -> Callable:
    """A step that predicts the points of every image in a folder.

    The processes are started before the first step and idle between the steps, so the time
    of a step is that of a run with very many images.

    Args:
        model: See :class:`LandmarkDetector`.
        checkpoint: Its weights, or None.
        folder: Folder with the images.
        workers: Number of processes; with 1 the current process is used.

    Raises:
        InputError: There is no image, one cannot be read, or the model cannot be used.
    """
    options = PredictOptions(model, checkpoint, 'cpu')
    tasks = image_tasks(Path(folder))
    passes = (_in_this_process if workers == 1 else _in_workers)(
        options, tasks, workers
    )
    return lambda: next(passes)


def _in_this_process(
    options: PredictOptions, tasks: list[ImageTask], _workers: int
) -> Iterator[int]:
    predictor = BatchPredictor(options)
    while True:
        yield _count(map(predictor, tasks))


def _in_workers(
    options: PredictOptions, tasks: list[ImageTask], workers: int
) -> Iterator[int]:
    with worker_pool(options, workers) as pool:
        while True:
            yield _count(unordered_records(pool, tasks, workers))


def _count(records: Iterable[dict]) -> int:
    """Number of predicted images.

    Raises:
        InputError: An image could not be predicted.
    """
    count = 0
    for record in records:
        if 'error' in record:
            raise InputError(record['error'])
        count += 1
    return count
