"""A folder of films into one table, a row a film."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from ..errors import InputError
from .definitions import DEFINITIONS
from .report import Sheet, table_rows

COLUMNS = (
    *('image', 'facing', 'mm_per_pixel', 'skeletal_class', 'warnings'),
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
    path: Path, films: Iterable[Path], sheet_of: Callable[[Path], Sheet]
) -> list[str]:
    """Measure film after film; each row is in the file before the next film is read.

    Args:
        path: Of the CSV.
        films: Image files.
        sheet_of: Measures one; its :class:`InputError` leaves the film out.

    Returns:
        Why films were left out, one line each.
    """
    left_out = []
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for film in films:
            try:
                row = table_row(sheet_of(film))
            except InputError as error:
                said = str(error)
                left_out.append(said if film.name in said else f'{film.name}: {said}')
                continue
            writer.writerow(row)
            file.flush()
    return left_out


def table_row(sheet: Sheet) -> dict:
    """One film as a row; what was not measured is empty."""
    spacing = dict.fromkeys(sheet.spacing or ())
    row = dict(
        image=sheet.title,
        facing=sheet.facing,
        mm_per_pixel=' x '.join(f'{side:.6g}' for side in spacing),
        skeletal_class=sheet.skeletal_class,
        warnings=' '.join(sheet.warnings),
    )
    for found in table_rows(sheet):
        name, unit = found['measurement'], found['unit']
        row[f'{name} [{unit}]'] = found['value']
        row[f'{name} sd [{unit}]'] = found['uncertainty']
    return row
