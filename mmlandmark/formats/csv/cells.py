"""Reads CSV files as cells, so that messages can name the row and column of an error."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...io.pillow_files import IMAGE_SUFFIXES
from ...utils.spreadsheet import original_cell
from ..common.text_file import read_text

SEPARATORS = '\t;,'  # in order of preference: '1,5;2,5' has two cells
_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*\s*', re.IGNORECASE)
MISSING = {'', 'nan', 'na', 'n/a', 'null', 'none'}


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Attributes:
        path: The file.
        header: One heading per column; all empty if the file has no heading row.
        rows: Rows with equal numbers of cells, without the heading row and blank rows.
        lines: The number of each row as a spreadsheet shows it, from 1.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def where(self, row: int, column: int | None = None) -> str:
        """The address of a row or cell in messages; ``row`` and ``column`` are 0-based."""
        place = f'{self.path}, row {self.lines[row]}'
        return place if column is None else f'{place}, column {self.name(column)}'

    def name(self, column: int) -> str:
        """The letters of a 0-based column, with its heading if it has one."""
        letters, rest = '', column + 1
        while rest:
            rest, last = divmod(rest - 1, 26)
            letters = chr(ord('A') + last) + letters
        heading = self.header[column]
        return f'{letters} ({shortened(heading)})' if heading else letters

    def text(self, row: int, column: int) -> str:
        """The text of a cell without surrounding white space."""
        return self.rows[row][column].strip()

    def numbers(self, columns: Sequence[int]) -> np.ndarray:
        """The columns as ``(N, C)`` floats; NaN where a cell is one of ``MISSING``.

        Raises:
            InputError: A cell is not a number, has a decimal comma, or is infinite.
        """
        table = np.empty((len(self.rows), len(columns)))
        for i, row in enumerate(self.rows):
            try:
                table[i] = [float(row[column]) for column in columns]
            except ValueError:
                table[i] = [self._number(i, column) for column in columns]
        for i, j in np.argwhere(np.isinf(table))[:1]:
            raise InputError(
                f'{self.where(i, columns[j])}: {self.text(i, columns[j])!r} is not '
                'a coordinate: leave the cell empty if there is none'
            )
        return table

    def _number(self, row: int, column: int) -> float:
        text = self.text(row, column)
        if text.lower() in MISSING:
            return np.nan
        try:
            return float(text)
        except ValueError:
            pass
        if re.fullmatch(r'[-+]?\d*,\d+', text):
            why = 'has a decimal comma: save the table with decimal points'
        else:
            why = 'is not a number: give a coordinate, or leave the cell empty'
        raise InputError(f'{self.where(row, column)}: {shortened(text)!r} {why}')


def shortened(text: str) -> str:
    """At most 40 characters: a cell can contain a whole image."""
    return text if len(text) <= 40 else text[:37] + '...'


def is_image_name(text: str) -> bool:
    """Whether a text ends with the suffix of an image file."""
    return text.strip().lower().endswith(IMAGE_SUFFIXES)


def is_numbering(headings: list[str]) -> bool:
    """Whether headings only count (``0``, ``1``, ...) or alternate (``x``, ``y``, ...)."""
    count = len(headings)
    counted = ([str(i + first) for i in range(count)] for first in (0, 1))
    alternating = [axis for _ in range(count // 2) for axis in 'xy']
    lower = [heading.lower() for heading in headings]
    return count > 1 and lower in (*counted, alternating)


def read_cells(path: str | Path) -> Cells:
    """Read a table separated by commas, semicolons or tabs, in UTF-8 or as its BOM says.

    A first line ``sep=;``, as Excel reads it, gives the separator. The apostrophe of
    :func:`~mmlandmark.utils.spreadsheet.safe_cell` is removed.

    Raises:
        InputError: No such file, not a CSV file, it is empty, or rows have different
            numbers of cells.
    """
    path = Path(path)
    rows, lines = _filled_rows(path)
    if not rows:
        raise InputError(
            f'{path} is empty: one row per image, or one row per point, is needed'
        )
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise InputError(
                f'{path}, row {line} has {len(row)} cells, row {lines[0]} has '
                f'{len(rows[0])}: give all rows as many cells, empty ones where missing'
            )
    header = [''] * len(rows[0])
    if _is_header(rows[0]):
        header = [' '.join(heading.split()) for heading in rows[0]]
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise InputError(f'{path} has headings and no rows below them')
    return Cells(path, header, rows, lines)


def _is_header(row: list[str]) -> bool:
    if any(is_image_name(cell) for cell in row):
        return False
    rest = [cell.strip() for cell in row[1:]]
    # img.gif,0,1 is a row of one point, not a numbering
    numbering = is_numbering(rest) and '.' not in row[0]
    return numbering or not all(map(_is_number, rest))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.lower() in MISSING
    return True


def _filled_rows(path: Path) -> tuple[list[list[str]], list[int]]:
    """The rows that are not blank, and the number of each, from 1."""
    if path.is_dir():
        raise InputError(f'{path} is a folder: give the .csv file in it')
    text = read_text(path)
    if '\0' in text:
        raise InputError(f'{path} is binary: save the table as a CSV file in UTF-8')
    # newline='' keeps line ends in quoted cells for the csv module
    lines = list(io.StringIO(text.removeprefix('\ufeff'), newline=''))
    declared = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    skipped = 1 if declared else 0
    first = next((line for line in lines[skipped:] if line.strip()), '')
    rows, numbers = [], []
    try:
        with _long_cells():
            separator = declared[1] if declared else _separator(first)
            table = csv.reader(lines[skipped:], delimiter=separator, strict=True)
            for number, row in enumerate(table, start=1 + skipped):
                if any(cell.strip() for cell in row):
                    rows.append([original_cell(cell) for cell in row])
                    numbers.append(number)
    except csv.Error as error:
        raise InputError(f'{path} is not a CSV file: {error}') from None
    return rows, numbers


@contextmanager
def _long_cells() -> Iterator[None]:
    """Raise the csv module's limit of 131072 characters: a cell can contain an image."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _separator(line: str) -> str:
    return max(SEPARATORS, key=lambda s: len(next(csv.reader([line], delimiter=s), ())))
