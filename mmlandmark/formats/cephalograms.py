"""Reads cephalometric data sets of the field: Aariz (CEPHA29) and CL-Detection 2023."""

from __future__ import annotations

import csv
import io
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..io.mha_stack import open_stack
from ..io.pillow_files import has_image_name
from ..schemes import AARIZ29, CLDETECTION38
from ..structures.pixel_spacing import PixelSpacing
from ..structures.sample import LandmarkSample, ReadReport
from .common.points import checked_points, ordered
from .common.text_file import load_json, read_text
from .common.values import number, shown

AARIZ_FOLDERS = {'train': 'train', 'valid': 'val', 'test': 'test'}
AARIZ_ANNOTATORS = {'senior': 'Senior Orthodontists', 'junior': 'Junior Orthodontists'}
AARIZ_TABLE = 'cephalogram_machine_mappings.csv'


def read_aariz(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read Aariz, which is also CEPHA29: 1000 radiographs, 29 points, two annotations.

    ``{train,valid,test}/Cephalograms/ID.png``; ``Annotations/Cephalometric Landmarks/
    {Senior,Junior} Orthodontists/ID.json`` with ``landmarks[]`` of ``title``, ``symbol``,
    ``value`` (``x``, ``y``); ``Annotations/CVM Stages/ID.json``; and
    ``cephalogram_machine_mappings.csv`` with ``cephalogram_id, machine, pixel_size,
    image_format, mode``. The data do not state the index base; coordinates are taken as
    0-based pixels. Khalid et al., Scientific Data (2025), 10.1038/s41597-025-05542-3.

    Args:
        root: The folder of ``train``, ``valid`` and ``test``.
        report: Collects the radiographs left out, and counts those without a pixel size;
            without it the first bad one raises an error.

    Returns:
        One sample per radiograph: ``(29, 2)`` points, the mean of both annotations; the
        pixel size of the table; the split as published; ``extra['annotators']``,
        ``extra['machine']`` and ``extra['cvm_stage']``.

    Raises:
        InputError: A folder is missing, or a radiograph is bad and ``report`` is None.
    """
    root = Path(root)
    folders = [root / name for name in AARIZ_FOLDERS if (root / name).is_dir()]
    if not folders:
        raise InputError(f'{root} has no folder train, valid or test of Aariz')
    machines = _machines(root / AARIZ_TABLE)
    samples = []
    for folder in folders:
        images = folder / 'Cephalograms'
        if not images.is_dir():
            raise InputError(f'no folder {images}')
        for image in sorted(filter(has_image_name, images.iterdir())):
            try:
                samples.append(_aariz_head(folder, image, machines, report))
            except InputError as error:
                if report is None:
                    raise
                report.skip(image.relative_to(root), str(error))
    return samples


def _machines(file: Path) -> dict[str, dict[str, str]]:
    """The rows of the table of machines, by the id of the radiograph."""
    if not file.is_file():
        raise InputError(f'no table {file}, which has the pixel sizes')
    table = csv.DictReader(io.StringIO(read_text(file).removeprefix('\ufeff')))
    needed = {'cephalogram_id', 'machine', 'pixel_size', 'mode'}
    missing = needed - {*(table.fieldnames or ())}
    if missing:
        raise InputError(f'{file} has no column {", ".join(sorted(missing))}')
    found: dict[str, dict[str, str]] = {}
    for row in table:
        one = (row['cephalogram_id'] or '').strip()
        if found.setdefault(one, row) is not row:
            raise InputError(f'{file} has two rows of {shown(one)}')
    return found


def _aariz_head(
    folder: Path, image: Path, machines: dict, report: ReadReport | None
) -> LandmarkSample:
    labels = folder / 'Annotations' / 'Cephalometric Landmarks'
    views = {
        who: _aariz_points(labels / name / f'{image.stem}.json', report)
        for who, name in AARIZ_ANNOTATORS.items()
    }
    row = machines.get(image.stem)
    extra: dict[str, Any] = dict(annotators=views)
    spacing = None
    split = AARIZ_FOLDERS[folder.name]
    if row is None:
        if report is not None:
            report.count(f'radiographs without a row in {AARIZ_TABLE}: no spacing')
    else:
        spacing = PixelSpacing.square(_positive(row['pixel_size']), AARIZ_TABLE)
        extra['machine'] = (row['machine'] or '').strip()
        mode = (row['mode'] or '').strip().lower()
        if AARIZ_FOLDERS.get(mode) != split:
            raise InputError(f'{AARIZ_TABLE} says that it is of {shown(mode)}')
    stage = _stage(folder / 'Annotations' / 'CVM Stages' / f'{image.stem}.json')
    if stage is not None:
        extra['cvm_stage'] = stage
    return LandmarkSample(
        id=image.stem,
        image=image,
        points=np.mean(list(views.values()), axis=0),
        spacing=spacing,
        split=split,
        subject=image.stem,  # the data name no patients
        extra=extra,
    )


def _positive(text: str | None) -> float:
    try:
        value = float(text or '')
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f'its pixel_size is {shown(text)}, mm per pixel is needed')
    return value


def _aariz_points(file: Path, report: ReadReport | None) -> np.ndarray:
    data = load_json(file)
    rows = data.get('landmarks') if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'{file} has no list of landmarks')
    points = []
    for row in rows:
        name, value = row.get('title'), row.get('value')
        if not isinstance(name, str) or not isinstance(value, dict):
            raise InputError(f'{file}: landmark {shown(name)} has no title or value')
        x, y = (number(value.get(axis), f'{axis} of {shown(name)}') for axis in 'xy')
        points.append((name, x, y))
    return checked_points(ordered(points, AARIZ29, report), file.name)


def _stage(file: Path) -> Any:
    """The stage of cervical vertebral maturation; None if the file is not there."""
    if not file.is_file():
        return None
    data = load_json(file)
    stage = data.get('cvm_stage') if isinstance(data, dict) else None
    return stage.get('value', stage) if isinstance(stage, dict) else stage


def read_cldetection2023(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the training data of CL-Detection 2023: 400 radiographs, 38 points.

    ``train_stack.mha`` is a stack of images that are padded with zeros at the right and the
    lower edge, which are cut off. ``train-gt.json`` has ``points[]``: ``name`` (``'1'`` to
    ``'38'``), ``point`` (x, y, number of the image from 1) and ``scale``, mm per pixel. The
    organisers published neither names of the points nor parts of the training data: the
    split is drawn. Coordinates are taken as 0-based pixels.

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
        scales.add(_positive(str(row.get('scale'))))
    if len(scales) != 1:
        raise InputError(f'it has {len(scales)} scales')
    return LandmarkSample(
        id=f'{n:03d}',
        image=image,
        points=ordered(points, CLDETECTION38),
        spacing=PixelSpacing.square(scales.pop(), 'scale'),
        subject=f'{n:03d}',  # the data name no patients
    )
