"""Reads the training data of the challenges CL-Detection 2023 and 2024."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...io.mha_stack import open_stack
from ...io.pillow_files import has_image_name
from ...schemes import CLDETECTION38, CLDETECTION53
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport
from ..common.image_finder import ImageFinder
from ..common.points import checked_points, ordered
from ..common.text_file import load_json, read_text
from ..common.values import number, shown
from .spacing import positive

LABELS_2024 = 'labels.csv'
_COLUMNS_2024 = ('image file', 'spacing(mm)')


def read_cldetection2023(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the training data of CL-Detection 2023: 400 radiographs, 38 points.

    ``train_stack.mha`` is a stack of images that are padded with zeros at the right and the
    lower edge, which are cut off. ``train-gt.json`` has ``points[]``: ``name`` (``'1'`` to
    ``'38'``), ``point`` (x, y, number of the image from 1) and ``scale``, mm per pixel. The
    organisers published no parts of the training data: the split is drawn. Coordinates are
    taken as 0-based pixels.

    Layout: https://github.com/szuboy/CL-Detection2023 (``step1_preprocessing.py``).

    Args:
        root: The folder of both files; or of ``train-gt.json`` and ``images/1.bmp``, ....
        report: Collects the radiographs left out; without it the first bad one raises.

    Returns:
        One sample per radiograph: ``(38, 2)`` points and its spacing.

    Raises:
        InputError: A file is missing or damaged, or a radiograph is bad and ``report`` is
            None.
    """
    root = Path(root)
    found = sorted([*root.glob('*gt*.json')]) if root.is_dir() else []
    if len(found) != 1:
        raise InputError(
            f'{root} has {len(found)} files *gt*.json, such as train-gt.json'
        )
    images = _cld_images(root)
    samples = []
    for n, rows in sorted(_cld_rows(found[0]).items()):
        try:
            if n not in images:
                raise InputError(f'there is no image {n}')
            samples.append(_cld_head(n, rows, images[n]()))
        except InputError as error:
            if report is None:
                raise InputError(f'image {n}: {error}') from None
            report.skip(f'image {n}', str(error))
    return samples


def _cld_images(root: Path) -> dict[int, Any]:
    """The number of each image, from 1, and the function that gives it."""
    stacks = sorted(root.glob('*stack*.mha'))
    if stacks:
        stack = open_stack(stacks[0])
        return {i + 1: partial(_unpadded, stack, i) for i in range(len(stack))}
    files = [p for p in sorted(root.glob('images/*')) if has_image_name(p)]
    if not files:
        raise InputError(f'{root} has neither *stack*.mha nor images/1.bmp')
    return {int(p.stem): partial(Path, p) for p in files if p.stem.isdecimal()}


def _unpadded(stack: np.ndarray, i: int) -> np.ndarray:
    """An image of the stack without the zeros at its right and lower edge."""
    image = stack[i]
    flat = image if image.ndim == 2 else image.max(axis=2)
    rows, columns = (np.flatnonzero(flat.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise InputError('it is black')
    return image[: rows[-1] + 1, : columns[-1] + 1]


def _cld_rows(file: Path) -> dict[int, list[dict]]:
    """The rows of each image."""
    data = load_json(file)
    rows = data.get('points') if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'{file} has no list of points')
    found: dict[int, list[dict]] = {}
    for row in rows:
        place = row.get('point')
        if not isinstance(place, list) or len(place) != 3 or type(place[2]) is not int:
            raise InputError(f'{file}: a point is {shown(place)}, not x, y, image')
        found.setdefault(place[2], []).append(row)
    return found


def _cld_head(n: int, rows: list[dict], image: Any) -> LandmarkSample:
    points, scales = [], set()
    for row in rows:
        name = str(row.get('name'))
        x, y = (number(v, f'a coordinate of {shown(name)}') for v in row['point'][:2])
        points.append((name, x, y))
        scales.add(positive(str(row.get('scale'))))
    if len(scales) != 1:
        raise InputError(f'it has {len(scales)} scales')
    return LandmarkSample(
        id=f'{n:03d}',
        image=image,
        points=ordered(points, CLDETECTION38),
        spacing=PixelSpacing.square(scales.pop(), 'scale'),
        subject=f'{n:03d}',  # the data name no patients
    )


def read_cldetection2024(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the training data of CL-Detection 2024: 396 radiographs, 53 points.

    ``labels.csv`` has a row per radiograph: ``image file``, ``spacing(mm)`` (mm per
    pixel), ``p1x``, ``p1y``, ..., ``p53x``, ``p53y``; the images are ``images/001.bmp``,
    .... The organisers publish no parts of the training data: the split is drawn.
    Coordinates are taken as 0-based pixels. Empty cells are missing points.

    Layout: https://github.com/haoyuuuuu/CL-Detection2024-Baseline-UNet (``README.md`` and
    ``step1_dataset_split.py``).

    Args:
        root: The folder of ``labels.csv`` and ``images``, which is ``Training Set``, or the
            folder above it.
        report: Collects the radiographs left out; without it the first bad one raises.

    Returns:
        One sample per radiograph: ``(53, 2)`` points and its spacing.

    Raises:
        InputError: No such file, other columns, or a radiograph is bad and ``report`` is
            None.
    """
    root = Path(root)
    if not (root / LABELS_2024).is_file() and (root / 'Training Set').is_dir():
        root = root / 'Training Set'
    finder = ImageFinder([[root / 'images', root]])
    samples: list[LandmarkSample] = []
    seen: set[str] = set()
    for line, row in _rows_2024(root / LABELS_2024):
        try:
            samples.append(_head_2024(row, finder, seen))
        except InputError as error:
            if report is None:
                raise InputError(f'{LABELS_2024} line {line}: {error}') from None
            report.skip(f'{LABELS_2024} line {line}', str(error))
    return samples


def _rows_2024(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The number of the line and the cells of each radiograph, by column."""
    table = csv.reader(io.StringIO(read_text(file).removeprefix('\ufeff')), strict=True)
    try:
        rows = [(table.line_num, row) for row in table if any(map(str.strip, row))]
    except csv.Error as error:
        raise InputError(f'{file} is not a CSV file: {error}') from None
    heads = [_column(cell) for cell in rows[0][1]] if rows else []
    names = range(1, len(CLDETECTION53) + 1)
    wanted = [*_COLUMNS_2024, *(f'p{i}{axis}' for i in names for axis in 'xy')]
    if heads != wanted:
        absent = [name for name in wanted if name not in heads]
        raise InputError(
            f'{file} is not that of CL-Detection 2024: its columns are not {wanted[0]}, '
            f'{wanted[1]}, p1x to p{len(CLDETECTION53)}y'
            + (f', it lacks {absent[0]}' if absent else '')
        )
    for line, row in rows[1:]:
        if len(row) != len(wanted):
            raise InputError(
                f'{file}, line {line} has {len(row)} cells, {len(wanted)} are needed'
            )
    return [(line, dict(zip(wanted, row, strict=True))) for line, row in rows[1:]]


def _column(cell: str) -> str:
    return re.sub(r'\s+', ' ', cell.strip().lower()).replace(' (mm)', '(mm)')


def _head_2024(
    row: dict[str, str], finder: ImageFinder, seen: set[str]
) -> LandmarkSample:
    name = row[_COLUMNS_2024[0]].strip()
    image = finder.find(name)
    if name in seen:
        raise InputError(f'{shown(name)} has two rows: keep one of them')
    seen.add(name)
    points = [
        [_cell(row[f'p{i}{axis}']) for axis in 'xy']
        for i in range(1, len(CLDETECTION53) + 1)
    ]
    return LandmarkSample(
        id=image.stem,
        image=image,
        points=checked_points(np.array(points)),
        spacing=PixelSpacing.square(positive(row[_COLUMNS_2024[1]]), _COLUMNS_2024[1]),
        subject=image.stem,  # the data name no patients
    )


def _cell(text: str) -> float:
    if not text.strip():
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise InputError(f'{shown(text)} is not a number') from None
