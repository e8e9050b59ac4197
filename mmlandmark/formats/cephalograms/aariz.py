"""Reads Aariz, and CEPHA29, the challenge for which its films were annotated."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...io.pillow_files import has_image_name
from ...schemes import AARIZ29
from ...structures.pixel_spacing import PixelSpacing
from ...structures.sample import LandmarkSample, ReadReport, note
from ..common.points import checked_points, ordered
from ..common.text_file import load_json, read_text
from ..common.values import number, shown
from .spacing import positive

AARIZ_FOLDERS = {'train': 'train', 'valid': 'val', 'test': 'test'}
AARIZ_ANNOTATORS = {'senior': 'Senior Orthodontists', 'junior': 'Junior Orthodontists'}
AARIZ_TABLE = 'cephalogram_machine_mappings.csv'

Machines = dict[str, dict[str, str]]


def read_aariz(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read Aariz: 1000 radiographs, 29 points, two annotations.

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
        ``extra['machine']`` and ``extra['cvm_stage']``, the number of the stage.

    Raises:
        InputError: A folder is missing, or a radiograph is bad and ``report`` is None.
    """
    root = Path(root)
    return _read(root, _machines(root / AARIZ_TABLE), AARIZ_ANNOTATORS, report)


def read_cepha29(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the data of the challenge CEPHA29 (ISBI 2023), which have the layout of Aariz.

    What public code of the challenge shows differs from Aariz in these points: the folders
    may be ``Train``, ``Valid`` and ``Test``; the table of machines may be absent, so that
    there is no spacing; landmarks may have a ``symbol`` without ``title``. A radiograph may
    have one annotation, or none, as films of a challenge's test part do.

    Layout: https://github.com/manwaarkhd/CEPHA29 (``results/valid``), and loaders in public
    repositories.

    Args:
        root: The folder of ``train``, ``valid`` and ``test``.
        report: Collects the radiographs left out, and counts those without an annotation
            and those without a pixel size; without it the first bad one raises an error.

    Returns:
        Samples like those of :func:`read_aariz`.

    Raises:
        InputError: A folder is missing, or a radiograph is bad and ``report`` is None.
    """
    root = Path(root)
    table = root / AARIZ_TABLE
    return _read(root, _machines(table) if table.is_file() else {}, {}, report)


def _read(
    root: Path, machines: Machines, needed: dict[str, str], report: ReadReport | None
) -> list[LandmarkSample]:
    """Read all parts; ``needed`` are the annotators that every radiograph must have."""
    found = {path.name.lower(): path for path in sorted(root.glob('*/'))}
    folders = [
        (found[name], part) for name, part in AARIZ_FOLDERS.items() if name in found
    ]
    if not folders:
        raise InputError(f'{root} has no folder train, valid or test')
    samples: list[LandmarkSample] = []
    for folder, part in folders:
        images = folder / 'Cephalograms'
        if not images.is_dir():
            raise InputError(f'no folder {images}')
        for image in sorted(filter(has_image_name, images.iterdir())):
            try:
                views = _views(folder, image.stem, needed, report)
                if not views:
                    note(report, 'radiographs left out, without an annotation')
                    continue
                row = machines.get(image.stem)
                samples.append(_sample(folder, part, image, views, row, report))
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


def _views(
    folder: Path, one: str, needed: dict[str, str], report: ReadReport | None
) -> dict[str, np.ndarray]:
    """The ``(29, 2)`` points of each annotator of a radiograph."""
    labels = folder / 'Annotations' / 'Cephalometric Landmarks'
    files = {
        who: labels / name / f'{one}.json' for who, name in AARIZ_ANNOTATORS.items()
    }
    return {
        who: _points(file, report)
        for who, file in files.items()
        if who in needed or file.is_file()
    }


def _sample(
    folder: Path,
    split: str,
    image: Path,
    views: dict[str, np.ndarray],
    row: dict[str, str] | None,
    report: ReadReport | None,
) -> LandmarkSample:
    extra: dict[str, Any] = dict(annotators=views)
    spacing = None
    if row is None:
        note(report, f'radiographs without a row in {AARIZ_TABLE}: no spacing')
    else:
        spacing = PixelSpacing.square(positive(row['pixel_size']), AARIZ_TABLE)
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


def _points(file: Path, report: ReadReport | None) -> np.ndarray:
    data = load_json(file)
    rows = data.get('landmarks') if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'{file} has no list of landmarks')
    points = []
    for row in rows:
        name, value = row.get('title', row.get('symbol')), row.get('value')
        if not isinstance(name, str) or not isinstance(value, dict):
            raise InputError(f'{file}: landmark {shown(name)} has no title or value')
        x, y = (number(value.get(axis), f'{axis} of {shown(name)}') for axis in 'xy')
        points.append((name, x, y))
    return checked_points(ordered(points, AARIZ29, report), file.name)


def _stage(file: Path) -> int | str | None:
    """The stage of cervical vertebral maturation; None if the file is not there."""
    if not file.is_file():
        return None
    data = load_json(file)
    stage = data.get('cvm_stage') if isinstance(data, dict) else None
    value = stage.get('value') if isinstance(stage, dict) else stage
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, (int, str))
    ):
        raise InputError(f'{file}: its cvm_stage is {shown(value)}, a number is needed')
    return value
