"""Predicts images on a cluster with Ray Data (``pip install 'mmlandmark[ray]'``)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ...errors import InputError
from ...structures.pixel_spacing import PixelSpacing
from ...utils.distribution import pip_install
from .predictor import BatchPredictor, ImageTask, PredictOptions
from .workers import device_of, share_cores


class _Actor:
    """A Ray actor with one detector, for the duration of a run."""

    def __init__(self, settings: PredictOptions, workers: int):
        share_cores(workers)
        self.predictor = BatchPredictor(settings, device_of(settings, 0))

    def __call__(self, row: dict) -> dict:
        path, stem, spacing = json.loads(row['item'])
        spacing = PixelSpacing.from_dict(spacing) if spacing else None
        item = ImageTask(Path(path), stem, spacing)
        return dict(record=json.dumps(self.predictor(item)))


def in_ray(
    settings: PredictOptions, items: Iterable[ImageTask], workers: int
) -> Iterator[dict]:
    """Yield the records of the images in any order, like :func:`.workers.in_workers`.

    The cluster is that of ``RAY_ADDRESS``, else this machine. Every machine must be able to
    read the images and the model, for example from a shared folder.

    Raises:
        InputError: Ray is not installed, or an actor has failed.
    """
    if not find_spec('ray'):
        raise InputError(f'Ray is not installed: {pip_install("ray")}')
    import ray

    begun = not ray.is_initialized()
    if begun:
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # the run shows its own progress bar
    try:
        # as JSON text, because Arrow needs one type per column
        plain = ((str(i.path), i.stem, i.known_spacing) for i in items)
        rows = [dict(item=json.dumps(values)) for values in plain]
        if rows:
            yield from _records(ray, rows, settings, workers)
    except ray.exceptions.RayError as error:
        reason = str(getattr(error, 'cause', error)).strip().splitlines()[-1]
        raise InputError(f'Ray failed: {reason}') from None
    finally:
        if begun:
            ray.shutdown()


def _records(
    ray, rows: list[dict], settings: PredictOptions, workers: int
) -> Iterator[dict]:
    # small blocks, so that all actors have work and results arrive early
    blocks = min(len(rows), 4 * workers)
    on_gpus = settings.device is None and ray.cluster_resources().get('GPU', 0) > 0
    data = ray.data.from_items(rows, override_num_blocks=blocks).map(
        _Actor,
        fn_constructor_args=(settings, workers),
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_gpus=1 if on_gpus else None,
    )
    for row in data.iter_rows():
        yield json.loads(row['record'])
