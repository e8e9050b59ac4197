"""Reads tables of points as samples; see :mod:`mmlandmark.formats.csv`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...schemes import name_key
from ...structures.sample import LandmarkSample, ReadReport
from ..common.splits import split_named
from .cells import Cells, read_cells, shortened
from .images import image_finder, image_ids, image_name, images_in_cells
from .layout import Layout, described, find_layout, point_name

_NOT_THERE = {'0', '0.0', 'false', 'no'}
RESERVED = {'annotators', 'depth'}  # keys of extra whose values are not text


@dataclass
class CsvTable:
    """The content of a table.

    Attributes:
        samples: One sample per face, in the order of the table.
        points: The names of the K points, in the order of the samples' ``(K, 2)``.
        layout: One line that describes the detected layout.
    """

    samples: list[LandmarkSample]
    points: tuple[str, ...]
    layout: str


@dataclass
class _Points:
    """The points of N faces, the face of each row, and the first row of each face."""

    names: tuple[str, ...]
    xy: np.ndarray  # (N, K, 2)
    image_of: list[int]
    first: list[int]


def read_csv(
    path: str | Path,
    images: str | Path | None = None,
    report: ReadReport | None = None,
    index_base: int = 0,
    subject_from: str | None = None,
    need_images: bool = True,
) -> CsvTable:
    """Read a table of points, separated by commas, semicolons or tabs.

    Layouts: one row per image (``image, nose_x, nose_y, ...``; or an image name followed by
    x and y of every point; or gray values in a column ``Image``), or one row per point
    (``image, landmark, x, y``). Empty cells are missing points, and so are points with 0 in
    a visibility column (``nose_v`` or ``visible``). Columns of subject, split and face are
    read. Other columns, also of boxes (``bbox_x``), are named in ``layout``; in a table
    with one row per image they are kept as text in ``extra``.

    Args:
        path: The CSV file.
        images: The folder of the image names; by default the folder of the table. Images
            are found in its subfolders too, and by the end of an absolute path of another
            computer.
        report: Collects the rows whose image is missing; without it the first raises an
            error.
        index_base: 0 if the centre of the top left pixel is (0, 0), 1 if it is (1, 1).
        subject_from: A regular expression, matched from the beginning of an image name,
            whose first group is the subject: ``(.+)_`` for ``Ann_Lee_3.jpg``.
        need_images: False keeps the rows whose image does not exist, with its name.

    Returns:
        The samples with 0-based points, the point names and the layout.

    Raises:
        InputError: No such table, no layout or more than one fits, an invalid cell, an
            image or point occurs twice, or an image is missing and ``report`` is None.
    """
    if index_base not in (0, 1):
        raise InputError(f'index_base is {index_base}: it must be 0 or 1')
    cells = read_cells(path)
    layout = find_layout(cells)
    points = (_wide if layout.landmark is None else _long)(cells, layout)
    points.xy -= index_base
    subjects = _subjects(cells, layout, points, subject_from)
    splits = _splits(cells, layout, points)
    extras = _extras(cells, layout, points)
    ids, pictures, absent = _images(cells, layout, points, images)
    columns = (ids, pictures, points.xy, splits, subjects, extras)
    samples = [
        LandmarkSample(identity, image, xy, split=split, subject=subject, extra=extra)
        for identity, image, xy, split, subject, extra in zip(*columns, strict=True)
    ]
    line = described(cells, layout, points.names, pictures[0])
    if not need_images:
        absent = {}
    for i, why in absent.items():
        where = cells.where(points.first[i])
        if report is None:
            raise InputError(f'{where}: {why}')
        report.skip(where, why)
    kept = [sample for i, sample in enumerate(samples) if i not in absent]
    return CsvTable(kept, points.names, line)


def _images(
    cells: Cells, layout: Layout, points: _Points, images: str | Path | None
) -> tuple[list[str], Sequence[Path | np.ndarray], dict[int, str]]:
    """Id and image of each face, and why some images are missing, by index."""
    if layout.gray:
        return (*images_in_cells(cells, layout.image), {})
    names = [image_name(cells, row, layout.image) for row in points.first]
    faces = [_face(cells, layout, row) for row in points.first]
    ids = image_ids(cells, list(zip(names, faces, strict=True)), points.first)
    finder = image_finder(cells.path, images)
    paths: list[Path] = []
    absent: dict[int, str] = {}
    for i, name in enumerate(names):
        try:
            paths.append(finder.find(name))
        except InputError as error:
            paths.append(Path(name))
            absent[i] = (
                f'{error}: add it, remove the row, or give the folder of the images'
            )
    return ids, paths, absent


def _face(cells: Cells, layout: Layout, row: int) -> str:
    """The face number of a row; ``''`` if the table has no such column."""
    return '' if layout.face is None else cells.text(row, layout.face)


def _wide(cells: Cells, layout: Layout) -> _Points:
    xy = np.stack([cells.numbers(layout.xs), cells.numbers(layout.ys)], axis=2)
    for row, k in np.argwhere(np.isnan(xy[..., 0]) != np.isnan(xy[..., 1]))[:1]:
        _refuse_half(cells, row, layout.xs[k], layout.ys[k])
    for k, column in enumerate(layout.visible):
        xy[_hidden(cells, column), k] = np.nan
    rows = list(range(len(xy)))
    return _Points(layout.points, xy, rows, rows)


def _long(cells: Cells, layout: Layout) -> _Points:
    flat = cells.numbers(layout.xs + layout.ys)
    for (row,) in np.argwhere(np.isnan(flat).sum(axis=1) == 1)[:1]:
        _refuse_half(cells, row, layout.xs[0], layout.ys[0])
    for column in layout.visible:
        flat[_hidden(cells, column)] = np.nan
    images: dict[tuple[str, str], int] = {}
    names: dict[str, str] = {}
    row_of: dict[tuple[tuple[str, str], str], int] = {}
    for row in range(len(flat)):
        name = image_name(cells, row, layout.image)
        image = (name, _face(cells, layout, row))
        point = point_name(cells.text(row, layout.landmark or 0))
        key = name_key(point)
        if not key:
            raise InputError(f'{cells.where(row, layout.landmark)}: name the landmark')
        images.setdefault(image, row)
        names.setdefault(key, point)
        if row_of.setdefault((image, key), row) != row:
            other = cells.lines[row_of[image, key]]
            raise InputError(
                f'{cells.where(row)} gives {point!r} of {name} again, after row {other}: '
                'keep one of them, or number the faces in a column headed face'
            )
    number = {image: i for i, image in enumerate(images)}
    place = {name: k for k, name in enumerate(_in_order(names))}
    xy = np.full((len(images), len(names), 2), np.nan)
    image_of = [0] * len(flat)
    for (image, name), row in row_of.items():
        xy[number[image], place[name]] = flat[row]
        image_of[row] = number[image]
    points = tuple(names[name] for name in place)
    return _Points(points, xy, image_of, list(images.values()))


def _hidden(cells: Cells, column: int | None) -> np.ndarray:
    """The rows with visibility 0, which means missing as in COCO."""
    texts = (
        []
        if column is None
        else [cells.text(i, column) for i in range(len(cells.rows))]
    )
    return np.array([i for i, t in enumerate(texts) if t.lower() in _NOT_THERE], int)


def _in_order(names: dict[str, str]) -> list[str]:
    """Names in order of appearance; numbers sorted, as an image may lack points."""
    counted = [re.fullmatch(r'point (\d+)', name) for name in names.values()]
    numbers = [int(match[1]) for match in counted if match]
    if len(numbers) < len(names):
        return list(names)
    return [name for _, name in sorted(zip(numbers, names, strict=True))]


def _refuse_half(cells: Cells, row: int, x: int, y: int) -> None:
    empty, there = (x, y) if np.isnan(cells.numbers([x])[row, 0]) else (y, x)
    raise InputError(
        f'{cells.where(row, empty)} is empty and column {cells.name(there)} is not: '
        'give both x and y of the point, or neither'
    )


def _per_image(cells: Cells, column: int | None, points: _Points) -> list[str | None]:
    """The text of a column for every face; it must be equal in all rows of a face."""
    if column is None:
        return [None] * len(points.first)
    for row, image in enumerate(points.image_of):
        first = points.first[image]
        if cells.text(row, column) != cells.text(first, column):
            raise InputError(
                f'{cells.where(row, column)} differs from row {cells.lines[first]} of '
                'the same image: give all rows of an image the same'
            )
    return [cells.text(row, column) or None for row in points.first]


def _splits(cells: Cells, layout: Layout, points: _Points) -> list[str | None]:
    words = _per_image(cells, layout.split, points)
    return [
        _part(cells, layout, row, word) if word else None
        for row, word in zip(points.first, words, strict=True)
    ]


def _part(cells: Cells, layout: Layout, row: int, word: str) -> str:
    part = split_named(word)
    if part is None:
        raise InputError(
            f"{cells.where(row, layout.split)}: {shortened(word)!r} is not 'train', "
            "'val' or 'test': correct it, or rename the column"
        )
    return part


def _subjects(
    cells: Cells, layout: Layout, points: _Points, pattern: str | None
) -> list[str | None]:
    if pattern is None:
        return _per_image(cells, layout.subject, points)
    if layout.subject is not None or layout.gray:
        why = 'images without names' if layout.gray else 'a column of subjects'
        raise InputError(f'{cells.path} has {why}: leave out subject_from')
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(
            f'subject_from {pattern!r} is not a regular expression: {error}'
        ) from None
    if not compiled.groups:
        raise InputError(
            f'subject_from {pattern!r} needs a group for the subject, such as (.+)_'
        )
    return [_matched(cells, row, layout.image, compiled) for row in points.first]


def _matched(cells: Cells, row: int, column: int, pattern: re.Pattern) -> str:
    name = image_name(cells, row, column)
    match = pattern.match(name)
    if not match or not match[1]:
        raise InputError(
            f'{cells.where(row)}: subject_from {pattern.pattern!r} finds no subject in '
            f'{name!r}'
        )
    return match[1]


def _extras(cells: Cells, layout: Layout, points: _Points) -> list[dict]:
    if layout.landmark is not None:  # other columns belong to points, not to images
        return [{} for _ in points.first]
    for column in layout.rest:
        if cells.header[column] in RESERVED:
            raise InputError(
                f'{cells.path}: column {cells.name(column)} cannot be kept under this '
                'heading: head it otherwise'
            )
    rest = [(cells.header[column], column) for column in layout.rest]
    return [
        {heading: cells.text(row, column) for heading, column in rest}
        for row in points.first
    ]
