"""Measures a folder of radiographs into one CSV table, one row per radiograph."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from ..cephalometry.definitions import DEFINITIONS
from ..errors import InputError
from ..utils.plain_text import printable
from ..utils.whole_file import cannot_write
from .files import safe_row
from .model import CephReport

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
    path: Path, radiographs: Iterable[Path], report_of: Callable[[Path], CephReport]
) -> list[str]:
    """Measure radiographs one by one; writes each row before it reads the next file.

    Rows go to a partial file beside ``path``, which replaces ``path`` at the end. A run
    that is interrupted leaves the partial file and does not change ``path``.

    Args:
        path: The CSV file; its folder is created.
        radiographs: Image files.
        report_of: Measures one file. A file for which it raises :class:`InputError` or
            ``OSError`` is skipped.

    Returns:
        One line per skipped file with the reason.

    Raises:
        InputError: The table cannot be written, for example because the disk is full.
    """
    partial = path.with_name(f'{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        left_out = _write_rows(partial, radiographs, report_of)
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path, error, f'the rows so far are in {partial}') from None
    return left_out


def _write_rows(
    partial: Path, radiographs: Iterable[Path], report_of: Callable[[Path], CephReport]
) -> list[str]:
    left_out = []
    with partial.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for radiograph in radiographs:
            try:
                row = table_row(report_of(radiograph))
            except (InputError, OSError) as error:  # from reading the radiograph
                line = str(error)
                line = line if radiograph.name in line else f'{radiograph.name}: {line}'
                left_out.append(printable(line))
                continue
            writer.writerow(safe_row(row))
            file.flush()
    return left_out


def table_row(report: CephReport) -> dict:
    """One radiograph as a row; None for what was not measured."""
    spacing = report.spacing
    sides = dict.fromkeys(spacing.pair if spacing else ())
    row = dict(
        image=report.title,
        facing=report.facing,
        mm_per_pixel=' x '.join(map(str, sides)),
        scale_from=spacing.source if spacing else '',
        skeletal_class=report.skeletal_class,
        warnings=' '.join(report.warnings),
    )
    for measured in report.rows:
        name, unit = measured['measurement'], measured['unit']
        row[f'{name} [{unit}]'] = measured['value']
        row[f'{name} sd [{unit}]'] = measured['uncertainty']
    return row
