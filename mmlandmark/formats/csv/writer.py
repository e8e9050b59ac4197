"""Writes a table of points: one row per head, two columns per point."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...schemes import Scheme, name_key, scheme_from_names
from ...structures.sample import LandmarkSample, ReadReport
from ...utils.spreadsheet import safe_cell
from ..common.writing import Names, by_image, names_in, text_of
from .layout import can_head_columns, point_name
from .table import read_csv


def write_csv(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``image``, ``face``, ``subject``, ``split``, ``POINT_x``, ``POINT_y``, ...

    Columns that no sample needs are left out; cells of missing points are empty.

    Args:
        out: The ``.csv`` file.
        samples: Samples of image files.
        scheme: Their K points.
        label: Not used.

    Returns:
        Each image and its name in the table.

    Raises:
        InputError: Columns with the name of a point would not be read as its columns.
    """
    images = by_image(samples)
    names = names_in(images, out.parent)
    if lost := [name for name in scheme.points if not can_head_columns(name)]:
        raise InputError(
            f'the columns {lost[0]}_x and {lost[0]}_y would not be read as those of the '
            f'point {lost[0]!r}: rename the point'
        )
    several = any(len(heads) > 1 for heads in images.values())
    subjects = all(sample.subject for sample in samples)
    splits = all(sample.split for sample in samples)
    header = ['image', *(['face'] * several), *(['subject'] * subjects)]
    header += ['split'] * splits
    header += [f'{safe_cell(name)}_{axis}' for name in scheme.points for axis in 'xy']
    with out.open('w', encoding='utf-8', newline='') as file:
        table = csv.writer(file, lineterminator='\n')
        table.writerow(header)
        for path, heads in images.items():
            for number, sample in enumerate(heads, start=1):
                row = [safe_cell(names[path]), *([str(number)] * several)]
                row += [safe_cell(str(sample.subject))] * subjects
                row += [str(sample.split)] * splits
                flat = sample.points.ravel().tolist()
                table.writerow([*row, *(text_of(v) if v == v else '' for v in flat)])
    return names


def read_csv_points(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a table into the order of a scheme; see :func:`.table.read_csv`.

    Columns are matched by name. Columns that only count (``point 0``, ...) are taken in the
    order of the scheme.

    Raises:
        InputError: As :func:`.table.read_csv`, or the table lacks a point of the scheme.
    """
    table = read_csv(src, report=report)
    column = {name_key(name): i for i, name in enumerate(table.points)}
    order: list[int | None] = [
        next((column[k] for k in keys if k in column), None) for keys in _keys(scheme)
    ]
    counted = all(name.startswith('point ') for name in table.points)
    if counted and None in order and len(table.points) == len(scheme):
        order = list(range(len(scheme)))
    absent = [p for p, i in zip(scheme.points, order, strict=True) if i is None]
    if absent:
        raise InputError(
            f'{src} lacks {len(absent)} of the {len(scheme)} points of scheme '
            f'{scheme.name}, {absent[0]!r} first'
        )
    for sample in table.samples:
        sample.points = sample.points[np.array(order, int)]
    return table.samples


def _keys(scheme: Scheme) -> list[list[str]]:
    """The keys by which each point may be headed."""
    others = scheme.synonyms or ((),) * len(scheme)
    return [
        [name_key(point_name(name)) for name in (point, *more)]
        for point, more in zip(scheme.points, others, strict=True)
    ]


def csv_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the points of a table.

    Raises:
        InputError: As :func:`.table.read_csv`.
    """
    return scheme_from_names(name, list(read_csv(src, report=ReadReport()).points))
