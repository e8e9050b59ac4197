"""A folder of films into one table, a row a film."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from ..cephalometry.definitions import DEFINITIONS
from ..errors import InputError
from ..utils.plain_text import printable
from ..utils.whole_file import cannot_write
from .files import safe_row
from .model import CephReport, table_rows

COLUMNS = (
    *('image', 'facing', 'mm_per_pixel', 'scale_from', 'skeletal_class', 'warnings'),
    *(
        column
        for definition in DEFINITIONS.values()
        for column in (
            f'{definition.name} [{definition.unit}]',
            f'{definition.name} sd [{definition.unit}]',
        )
    ),
)


def write_table(
    path: Path, films: Iterable[Path], sheet_of: Callable[[Path], CephReport]
) -> list[str]:
    """Measure film after film; each row is written before the next film is read.

    The rows stand in a partial file beside ``path``, which they take the place of when
    all are done. A run that ends before leaves the partial file, and ``path`` as it was.

    Args:
        path: Of the CSV; its folder is made.
        films: Image files.
        sheet_of: Measures one; its :class:`InputError` or ``OSError`` leaves the film out.

    Returns:
        Why films were left out, one line each.

    Raises:
        InputError: The file system refuses, such as a full disk.
    """
    partial = path.with_name(f'{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        left_out = _write_rows(partial, films, sheet_of)
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path, error, f'the rows so far are in {partial}') from None
    return left_out


def _write_rows(
    partial: Path, films: Iterable[Path], sheet_of: Callable[[Path], CephReport]
) -> list[str]:
    left_out = []
    with partial.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for film in films:
            try:
                row = table_row(sheet_of(film))
            except (InputError, OSError) as error:  # of reading the film
                said = str(error)
                said = said if film.name in said else f'{film.name}: {said}'
                left_out.append(printable(said))
                continue
            writer.writerow(safe_row(row))
            file.flush()
    return left_out


def table_row(sheet: CephReport) -> dict:
    """One film as a row; what was not measured is empty."""
    spacing = sheet.spacing
    sides = dict.fromkeys(spacing.pair if spacing else ())
    row = dict(
        image=sheet.title,
        facing=sheet.facing,
        mm_per_pixel=' x '.join(map(str, sides)),
        scale_from=spacing.source if spacing else '',
        skeletal_class=sheet.skeletal_class,
        warnings=' '.join(sheet.warnings),
    )
    for found in table_rows(sheet):
        name, unit = found['measurement'], found['unit']
        row[f'{name} [{unit}]'] = found['value']
        row[f'{name} sd [{unit}]'] = found['uncertainty']
    return row
