"""Measures a folder of images into one CSV table, one row per image."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from ..cephalometry.definitions import DEFINITIONS, Definition
from ..cephalometry.frontal import FRONTAL_DEFINITIONS
from ..errors import InputError
from ..utils.plain_text import printable
from ..utils.whole_file import cannot_write
from .face import FaceReport
from .files import safe_row
from .model import Report


def _value_columns(definitions: Mapping[str, Definition]) -> list[str]:
    columns = []
    for one in definitions.values():
        columns += [f'{one.name} [{one.unit}]', f'{one.name} sd [{one.unit}]']
    return columns


_SCALE = ('mm_per_pixel', 'scale_from')
#: Columns of a table of lateral heads, and of a table of frontal faces.
COLUMNS = (
    *('image', 'facing', *_SCALE, 'skeletal_class', 'warnings'),
    *_value_columns(DEFINITIONS),
)
FACE_COLUMNS = ('image', *_SCALE, 'warnings', *_value_columns(FRONTAL_DEFINITIONS))


def write_table(
    path: Path, radiographs: Iterable[Path], report_of: Callable[[Path], Report]
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
    partial: Path, radiographs: Iterable[Path], report_of: Callable[[Path], Report]
) -> list[str]:
    left_out = []
    with partial.open('w', newline='', encoding='utf-8') as file:
        writer: csv.DictWriter | None = None
        for radiograph in radiographs:
            try:
                report = report_of(radiograph)
                own = FACE_COLUMNS if isinstance(report, FaceReport) else COLUMNS
                if writer is None:
                    writer = _writer(file, own)
                elif list(writer.fieldnames) != list(own):
                    raise InputError(
                        'a table is of lateral heads or of faces, not of both: measure '
                        'them separately'
                    )
                row = table_row(report)
            except (InputError, OSError) as error:  # from reading the radiograph
                line = str(error)
                line = line if radiograph.name in line else f'{radiograph.name}: {line}'
                left_out.append(printable(line))
                continue
            writer.writerow(safe_row(row))
            file.flush()
        if writer is None:
            _writer(file, COLUMNS)
    return left_out


def _writer(file: TextIO, columns: Sequence[str]) -> csv.DictWriter:
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    return writer


def table_row(report: Report) -> dict:
    """The row of one image; None for a value that was not measured."""
    spacing = report.spacing
    sides = dict.fromkeys(spacing.pair if spacing else ())
    row: dict[str, object] = dict(
        image=report.title,
        mm_per_pixel=' x '.join(map(str, sides)),
        scale_from=spacing.source if spacing else '',
        **report.findings,
        warnings=' '.join(report.warnings),
    )
    for measured in report.rows:
        name, unit = measured['measurement'], measured['unit']
        row[f'{name} [{unit}]'] = measured['value']
        row[f'{name} sd [{unit}]'] = measured['uncertainty']
    return row
