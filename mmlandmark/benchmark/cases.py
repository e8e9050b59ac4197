"""The cases that each benchmark compares, and its table with one row per case.

Every function takes the timing options of :func:`.runner.measure` (``blocks``, ``steps``,
``limit``) and returns a title and rows. All rows are compared with the first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..engine.config import find_checkpoint, load_config
from ..inference.backends.runtimes import check_backend
from ..inference.batch.predictor import image_tasks
from ..io.load import load_image
from . import timing
from .folder import folder_run
from .reading import generated, reading
from .runner import BenchmarkCase, measure
from .video import SIZE, video_run, write_video

Table = tuple[str, list[dict]]


def train_step(config: str, batch: int | None, **how) -> Table:
    """The same network, batch and input in both cases; no data are loaded."""
    loaded = load_config(config)
    timing.stock_model(loaded)  # a model that stock MMPose lacks is refused at once
    batch = batch or loaded.train_dataloader.batch_size
    arguments = dict(config=loaded, batch=batch)
    cases = [
        BenchmarkCase('stock: float32, squared error', timing.stock_step, arguments),
        BenchmarkCase('ours: channels-last, bf16', timing.package_step, arguments),
    ]
    return f'training step of {batch} images', _rows(cases, how)


def inference(
    config: str,
    checkpoint: str | None,
    img: Sequence[Path],
    backend: Sequence[str],
    **how,
) -> Table:
    """Predict from image files with equal weights: stock MMPose and each backend."""
    loaded = load_config(config)
    images = _checked(img)
    for name in backend:
        check_backend(name)
    checkpoint = checkpoint or find_checkpoint(loaded)
    arguments = dict(config=loaded, checkpoint=checkpoint, images=images)
    cases = [
        BenchmarkCase('stock: inference_topdown', timing.stock_inference, arguments)
    ]
    for name in backend:
        ours = dict(backend=name, **arguments)
        title = f'LandmarkDetector, {name}'
        cases.append(BenchmarkCase(title, timing.package_inference, ours))
    rows = _rows(cases, how)
    for row, case in zip(rows, cases, strict=True):
        row['px to stock'] = timing.largest_difference(case, cases[0])
        row[f'px to {backend[0]}'] = timing.largest_difference(case, cases[1])
    return f'file to points, {len(images)} images in turn', rows


def data(
    config: str, data: str | None, workers: Sequence[int], images: int, **how
) -> Table:
    """Images per second of the training pipeline, by the number of data workers."""
    shared = dict(config=load_config(config, data=data), images=images)
    cases = [
        BenchmarkCase(f'{n} workers', timing.loading, dict(workers=n, **shared))
        for n in workers
    ]
    return 'one pass over the training pipeline', _rates(cases, how)


def folder(
    config: str, checkpoint: str | None, img: Path, workers: Sequence[int], **how
) -> Table:
    """Images per second in a folder, by the number of processes, started in advance."""
    shared = dict(model=config, checkpoint=checkpoint, folder=str(img))
    cases = [
        BenchmarkCase(
            f'{n} worker' + 's' * (n > 1), folder_run, dict(workers=n, **shared)
        )
        for n in workers
    ]
    return f'{len(image_tasks(img))} images of a folder', _rates(cases, how)


def video(
    config: str,
    checkpoint: str | None,
    img: Path,
    frames: int,
    every: Sequence[int],
    **how,
) -> Table:
    """Frames per second of a generated video, by the detection interval in frames."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'video.mp4'
        write_video(img, path, frames)
        shared = dict(model=config, checkpoint=checkpoint, path=str(path))
        cases = [
            BenchmarkCase(
                f'faces detected every {n} frames' if n > 1 else 'in each frame',
                video_run,
                dict(every=n, **shared),
            )
            for n in every
        ]
        rows = _rates(cases, how)
    for row in rows:
        row['frames/s'] = row.pop('images/s')
    width, height = SIZE
    return f'{frames} frames of {width}x{height}, from the file to points', rows


def latency(
    config: str,
    checkpoint: str | None,
    img: Sequence[Path],
    backend: Sequence[str],
    batch: Sequence[int],
    stock: str | None = None,
    **how,
) -> Table:
    """Each backend with one image and with lists of images, and stock MMPose if named."""
    images = _checked(img)
    shared = dict(source=config, checkpoint=checkpoint, images=images)
    first = [] if stock is None else [_untrained_stock(stock, images)]
    cases = first + [
        BenchmarkCase(
            f'{name}, {size} at a time',
            timing.detector_batches,
            dict(backend=name, batch=size, **shared),
        )
        for name in backend
        for size in batch
    ]
    rows = _rows(cases, how)
    sizes = [1] * len(first) + [size for _ in backend for size in batch]
    for row, case, size in zip(rows, cases, sizes, strict=True):
        row['ms an image'] = float(np.median(case.seconds)) * 1000 / size
        row['images/s'] = 1000 / row['ms an image']
        row['ratio'] = rows[0]['ms'] / sizes[0] / row['ms an image']
    return f'file to points, {config}', rows


def _untrained_stock(config: str, images: list[str]) -> BenchmarkCase:
    """MMPose's ``inference_topdown``; its time does not depend on the weights."""
    arguments = dict(config=load_config(config), checkpoint=None, images=images)
    title = f'stock inference_topdown, {Path(config).stem}, random weights'
    return BenchmarkCase(title, timing.stock_inference, arguments)


def start(
    sources: Sequence[str],
    checkpoint: str | None,
    img: Sequence[Path],
    backend: Sequence[str],
    **how,
) -> Table:
    """A new process, from its start to the points of one image."""
    shared = dict(checkpoint=checkpoint, image=_checked(img[:1])[0])
    cases = [
        BenchmarkCase(
            f'{source}, {name}',
            timing.cold_start,
            dict(source=source, backend=name, **shared),
        )
        for source in sources
        for name in backend
    ]
    return 'cold process to the first points', _rows(cases, how)


def read(count: int, formats: Sequence[str], **how) -> Table:
    """Each format's reader, on generated annotations."""
    with tempfile.TemporaryDirectory() as name:
        paths = generated(Path(name), list(formats), count)
        cases = [
            BenchmarkCase(fmt, reading, dict(name=fmt, path=path, count=count))
            for fmt, path in paths.items()
        ]
        rows = _rows(cases, how)
    for row, case in zip(rows, cases, strict=True):
        row['s'] = row.pop('ms') / 1000
        row['CPU s'] = float(np.median(case.values))
        del row['quartiles'], row['ratio']
    return f'reading {count} annotations of 19 points, one per image', rows


def _checked(paths: Sequence[Path]) -> list[str]:
    """The paths as text; a file that is not an image is refused before anything starts."""
    for path in paths:
        load_image(path)
    return [str(path) for path in paths]


def _rows(cases: list[BenchmarkCase], how: dict) -> list[dict]:
    """Measure the cases; a row for each, compared with the first."""
    measure(cases, **how)
    return [case.row(cases[0]) for case in cases]


def _rates(cases: list[BenchmarkCase], how: dict) -> list[dict]:
    """The same, with images per second."""
    rows = _rows(cases, how)
    for row, case in zip(rows, cases, strict=True):
        row['images/s'] = float(np.median(np.divide(case.values, case.seconds)))
    return rows
