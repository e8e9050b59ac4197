"""DeepLabCut's ``CollectedData_SCORER.csv``: one row per image, headings in three rows.

The headings are ``scorer``, ``bodyparts`` and ``coords``; projects of several animals have
``individuals`` between the first two. The image is in one column
(``labeled-data/VIDEO/img0001.png``) or in three. Empty cells are missing points. Tables of
predictions have a column ``likelihood``; those that number frames of a video have no images
and are refused. The ``.h5`` beside the table has the same content and is read too, see
:mod:`.deeplabcut_h5`; DeepLabCut makes it of a written table by its ``convertcsv2h5``.

Index base: 0-based pixels, as DeepLabCut's training code takes them. Mathis et al., Nature
Neuroscience 21 (2018) 1281-1289.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from ..utils.spreadsheet import original_cell, safe_cell
from .common.heads import Head, Parsed, read_heads
from .common.image_finder import ImageFinder, finder_beside
from .common.points import scheme_of
from .common.text_file import read_text
from .common.values import shown
from .common.writing import Names, by_image, named_points, stems_of, text_of
from .deeplabcut_h5 import SUFFIXES, table_rows

SCORER = 'mmlandmark'
_COORDS = ('x', 'y', 'likelihood')


class _Table:
    """The rows of a table, and the columns of each point of each individual.

    Attributes:
        index: The number of columns of the image name, 1 or 3.
        columns: Individual to name of a point to column of ``x``, ``y``, ``likelihood``.
    """

    def __init__(self, file: Path):
        self.file = file
        if file.suffix.lower() in SUFFIXES:
            self._parsed = table_rows(file)
        else:
            self._parsed = self._parse(read_text(file).removeprefix('\ufeff'))
        rows = list(islice(self._parsed, 4))
        heads = [row[0].strip().lower() for row in rows]
        depth = 4 if 'individuals' in heads else 3
        wanted = ['scorer', 'individuals', 'bodyparts', 'coords']
        if depth == 3:
            wanted.remove('individuals')
        if heads[:depth] != wanted:
            raise InputError(
                f'{file} is not a table of DeepLabCut: its first rows are not '
                f'{", ".join(wanted)}'
            )
        self._first, self._rest, self._depth = rows[0], rows[depth:], depth
        for number, row in enumerate(rows, start=1):
            self._check(number, row)
        self._find_columns(rows, depth)

    def _parse(self, text: str) -> Iterator[list[str]]:
        # a StringIO takes four bytes for each character
        lines = (found[0] for found in re.finditer(r'[^\n]*\n|[^\n]+', text))
        try:
            for row in csv.reader(lines, strict=True):
                if row:
                    yield list(map(original_cell, row))
        except csv.Error as error:
            raise InputError(f'{self.file} is not a CSV file: {error}') from None

    def rows(self) -> Iterator[list[str]]:
        """The rows below the headings, which can be read once.

        Raises:
            InputError: The file is no CSV from there on, or a row has other cells.
        """
        rows = chain(self._rest, self._parsed)
        for number, row in enumerate(rows, start=self._depth + 1):
            self._check(number, row)
            yield row

    def _check(self, number: int, row: list[str]) -> None:
        if len(row) != len(self._first):
            raise InputError(
                f'{self.file}, row {number} has {len(row)} cells, row 1 has '
                f'{len(self._first)}'
            )

    def _find_columns(self, rows: list[list[str]], depth: int) -> None:
        parts, coords = rows[depth - 2], rows[depth - 1]
        who = rows[1] if depth == 4 else [''] * len(parts)
        self.index = next((i for i in range(1, len(parts)) if parts[i].strip()), 0)
        if self.index not in (1, 3):
            raise InputError(f'{self.file}: its second column is not that of a point')
        self.columns: dict[str, dict[str, dict[str, int]]] = {}
        for i in range(self.index, len(parts)):
            coord = coords[i].strip().lower()
            if coord not in _COORDS:
                raise InputError(f'{self.file}: a column is headed {shown(coords[i])}')
            point = self.columns.setdefault(who[i], {}).setdefault(parts[i], {})
            if coord in point:
                raise InputError(
                    f'{self.file}: two columns {coord} of {shown(parts[i])}'
                )
            point[coord] = i
        for points in self.columns.values():
            for name, axes in points.items():
                if not {'x', 'y'} <= axes.keys():
                    raise InputError(
                        f'{self.file}: {shown(name)} lacks a column x or y'
                    )

    def name(self, row: list[str]) -> str:
        """The path of the image of a row."""
        return '/'.join(cell.strip() for cell in row[: self.index]).replace('\\', '/')


def read_deeplabcut(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a table; body parts are matched with the points by name.

    Args:
        src: The ``.csv`` or ``.h5`` file, with the images beside it, or below the folder
            of the project.
        scheme: The K points. :func:`deeplabcut_scheme` makes one from the file.
        report: Collects the rows that cannot be read; without it the first raises.

    Returns:
        One sample per image and individual with a point: ``(K, 2)`` points, 0-based pixels;
        the folder of the image, which is a video, as its subject; ``extra['scores']``
        the likelihoods, where the table has them.

    Raises:
        InputError: No such file, not a table of DeepLabCut, or a bad row and ``report`` is
            None.
    """
    return read_heads(_heads(_Table(Path(src)), report), scheme, report)


def deeplabcut_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the body parts in a table.

    Raises:
        InputError: No such file or not a table of DeepLabCut.
    """
    table = _Table(Path(src))
    return scheme_of((p for c in table.columns.values() for p in c), name, table.file)


def write_deeplabcut(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write a table; several heads of an image become individuals.

    Args:
        out: The ``.csv`` file, in a folder that is named as the video of the images is.
        samples: Samples of image files, which have to be beside the table.
        scheme: Their K points.
        label: The beginning of the names of individuals.

    Returns:
        Each image and its name beside the table.
    """
    images = by_image(samples)
    names = stems_of(images)
    count = max(map(len, images.values()))
    scored = any('scores' in sample.extra for sample in samples)
    coords = _COORDS if scored else _COORDS[:2]
    width = count * len(scheme) * len(coords)
    rows = [['scorer', '', '', *[SCORER] * width]]
    if count > 1:
        people = [f'{label}{i + 1}' for i in range(count)]
        each = len(scheme) * len(coords)
        rows.append(
            ['individuals', '', '', *(who for who in people for _ in range(each))]
        )
    parts = [name for name in scheme.points for _ in coords]
    rows.append(['bodyparts', '', '', *parts * count])
    rows.append(['coords', '', '', *coords * (count * len(scheme))])
    folder = out.resolve().parent.name
    for path, heads in images.items():
        cells = [c for head in heads for c in _cells(head, scheme, scored)]
        empty = [''] * (width - len(cells))
        rows.append(['labeled-data', folder, names[path], *cells, *empty])
    with out.open('w', encoding='utf-8', newline='') as file:
        safe = [list(map(safe_cell, row)) for row in rows]
        csv.writer(file, lineterminator='\n').writerows(safe)
    return names


def _cells(sample: LandmarkSample, scheme: Scheme, scored: bool) -> list[str]:
    points = {p['name']: p for p in named_points(sample, scheme)}
    cells = []
    for name in scheme.points:
        p = points.get(name)
        cells += ['', ''] if p is None else [text_of(p['x']), text_of(p['y'])]
        if scored:
            score = None if p is None else p['score']
            cells.append('' if score is None else text_of(score))
    return cells


def _heads(table: _Table, report: ReadReport | None) -> Iterator[Parsed]:
    finder = finder_beside(table.file)
    for nth, row in enumerate(table.rows(), start=1):
        for who, points in table.columns.items():
            cells = (row[i] for axes in points.values() for i in axes.values())
            if any(map(_is_set, cells)):
                where = f'{table.file.name} image {nth}' + (f' {who}' if who else '')
                yield where, partial(_head, table, row, points, finder)
        if report is not None and not any(map(_is_set, row[table.index :])):
            report.count('images without points')


def _head(
    table: _Table,
    row: list[str],
    points: dict[str, dict[str, int]],
    finder: ImageFinder,
) -> Head:
    name = table.name(row)
    if '.' not in name:
        raise InputError(
            f'{shown(name)} is not an image but a frame of a video: extract the frames'
        )
    # the end of the path that exists, as DeepLabCut names images below the project
    path = finder.find(name if name.startswith('/') else f'/{name}')
    found, scores = [], {}
    for point, axes in points.items():
        x, y = (_number(row[axes[axis]]) for axis in 'xy')
        if math.isnan(x) != math.isnan(y):
            raise InputError(
                f'{shown(point)} lacks a coordinate: give both, or neither'
            )
        if math.isnan(x):
            continue
        found.append((point, x, y))
        if 'likelihood' in axes:
            scores[point] = _number(row[axes['likelihood']])
    folders = PurePosixPath(name).parts[:-1]
    video = folders[-1] if 'labeled-data' in folders and len(folders) > 1 else None
    return Head(path, PurePosixPath(name).name, found, scores=scores, subject=video)


def _is_set(cell: str) -> bool:
    return cell.strip().lower() not in ('', 'nan')


def _number(cell: str) -> float:
    if not _is_set(cell):
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        raise InputError(f'{shown(cell)} is not a number') from None
    if not math.isfinite(value):
        raise InputError(f'{shown(cell)} is not a finite number')
    return value
