"""Reads the ISBI 2015 cephalometric challenge: 400 radiographs, 19 points, 2 annotators.

``RawImage/{TrainingData,Test1Data,Test2Data}/NNN.bmp``, and one text file per radiograph in
``400_senior`` and ``400_junior``. The data do not state the index base; coordinates are
taken as 0-based pixels. Wang et al., Medical Image Analysis 31 (2016) 63-76.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..io.pillow_files import has_image_name
from ..structures.pixel_spacing import PixelSpacing
from ..structures.sample import LandmarkSample, ReadReport
from .common.points import checked_points

POINTS = 19
#: The spacing of all 400 images, as the challenge states it.
SPACING = PixelSpacing.square(0.1, 'ISBI 2015')
ANNOTATORS = ('senior', 'junior')
FOLDERS = {'TrainingData': 'train', 'Test1Data': 'test1', 'Test2Data': 'test2'}


def read_isbi2015(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the challenge; the ground truth is the mean of both annotators.

    Args:
        root: The folder that holds ``RawImage``, ``400_senior`` and ``400_junior``.
        report: Collects the radiographs left out; without it the first bad one raises an
            error.

    Returns:
        One sample per radiograph: ``(19, 2)`` points, 0-based pixels; spacing 0.1 mm;
        ``split`` ``'train'``, ``'test1'`` or ``'test2'``; ``extra['annotators']`` the
        points of ``'senior'`` and ``'junior'``.

    Raises:
        InputError: A folder is missing, or a radiograph is bad and ``report`` is None.
    """
    root = Path(root)
    needed = [root / 'RawImage', *(root / f'400_{who}' for who in ANNOTATORS)]
    missing = [folder.name for folder in needed if not folder.is_dir()]
    if missing:
        raise InputError(
            f'{root} has no {", ".join(missing)}: give the folder that holds RawImage, '
            '400_senior and 400_junior',
            root=None,
        )
    samples = []
    for folder, split in FOLDERS.items():
        for image in _images(root / 'RawImage' / folder):
            try:
                samples.append(_read_head(root, image, split))
            except InputError as error:
                if report is None:
                    raise
                report.skip(image.relative_to(root), str(error))
    return samples


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if has_image_name(path))


def _read_head(root: Path, image: Path, split: str) -> LandmarkSample:
    views = {
        who: read_points(root / f'400_{who}' / f'{image.stem}.txt')
        for who in ANNOTATORS
    }
    return LandmarkSample(
        id=image.stem,
        image=image,
        points=np.mean([views[who] for who in ANNOTATORS], axis=0),
        spacing=SPACING,
        split=split,
        subject=image.stem,  # one radiograph per patient
        extra=dict(annotators=views),
    )


def read_points(path: Path) -> np.ndarray:
    """Read the first 19 lines ``x,y``; the lines after them are classes of measurements.

    Returns:
        ``(19, 2)`` float64 pixels.

    Raises:
        InputError: No such file, fewer than 19 lines, or a line is not a point.
    """
    try:
        text = path.read_bytes().decode('utf-8-sig', errors='replace')
    except FileNotFoundError:
        raise InputError(f'no annotation {path.parent.name}/{path.name}') from None
    except OSError as error:
        raise InputError(f'{path} cannot be read: {error.strerror}') from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < POINTS:
        raise InputError(
            f'{path.parent.name}/{path.name} has {len(lines)} lines, {POINTS} are needed'
        )
    found = [_read_point(path, n, line) for n, line in enumerate(lines[:POINTS], 1)]
    return checked_points(np.array(found), f'{path.parent.name}/{path.name}')


def _read_point(path: Path, number: int, line: str) -> tuple[float, float]:
    try:
        x, y = line.split(',')
        return float(x), float(y)
    except ValueError:
        raise InputError(
            f'{path.parent.name}/{path.name} line {number} is {line[:40]!r}, '
            'not a point x,y'
        ) from None
