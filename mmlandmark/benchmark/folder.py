"""The cases of a folder of images: a run by one process, or by several."""

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
from ..inference.batch.workers import as_they_come, started


def folder_run(
    model: str, checkpoint: str | None, folder: str, workers: int
) -> Callable:
    """A step that finds the points of each image of a folder, from its file.

    The processes have begun by then, and do nothing between two steps: what a run of very
    many images tends to.

    Args:
        model: What :class:`LandmarkDetector` takes.
        checkpoint: Its weights, or None.
        folder: With the images.
        workers: Processes; 1 is this one.

    Raises:
        InputError: No image there, one is bad, or the model cannot be used.
    """
    settings = PredictOptions(model, checkpoint, 'cpu')
    items = image_tasks(Path(folder))
    passes = (_here if workers == 1 else _in_workers)(settings, items, workers)
    return lambda: next(passes)


def _here(
    settings: PredictOptions, items: list[ImageTask], _workers: int
) -> Iterator[int]:
    finder = BatchPredictor(settings)
    while True:
        yield _counted(map(finder, items))


def _in_workers(
    settings: PredictOptions, items: list[ImageTask], workers: int
) -> Iterator[int]:
    with started(settings, workers) as pool:
        while True:
            yield _counted(as_they_come(pool, items, workers))


def _counted(records: Iterable[dict]) -> int:
    count = 0
    for record in records:
        if 'error' in record:
            raise InputError(record['error'])
        count += 1
    return count
