"""Writes a report in the form that the name of the file asks for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..utils.spreadsheet import safe_cell
from ..utils.whole_file import check_writable, write_whole
from .model import DISCLAIMER, CephReport, facts, table_rows
from .superimposition import Superimposition

FORMS = ('.html', '.pdf', '.json', '.csv')


def check_form(path: Path) -> None:
    """Refuse before any work what could not be written.

    Raises:
        InputError: Another suffix, or a place that is not to be written in.
    """
    if path.suffix.lower() not in FORMS:
        raise InputError(
            f'a report is written as {", ".join(FORMS)}, not as {path.suffix or path.name}'
        )
    check_writable(path)


def write_report(
    path: Path,
    image: np.ndarray,
    sheet: CephReport,
    over: Superimposition | None = None,
) -> None:
    """Write one film's report, whole or not at all; its folder is made.

    Args:
        path: Of which the suffix says the form.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        sheet: Of the film.
        over: A second film laid over it; a CSV has no place for it.

    Raises:
        InputError: The file system refuses, such as a full disk.
    """
    content = report_bytes(path.suffix.lower(), image, sheet, over)
    write_whole(path, lambda partial: partial.write_bytes(content))


def report_bytes(
    form: str, image: np.ndarray, sheet: CephReport, over: Superimposition | None = None
) -> bytes:
    """The content of a report's file.

    Args:
        form: One of :data:`FORMS`.
        image, sheet, over: As :func:`write_report` takes them.
    """
    if form == '.html':
        from .html import html_report

        return html_report(image, sheet, over).encode()
    if form == '.pdf':
        from .pdf import write_pdf

        file = io.BytesIO()
        write_pdf(file, image, sheet, over)
        return file.getvalue()
    if form == '.json':
        text = json.dumps(as_values(sheet, over), indent=1, ensure_ascii=False)
        # a lone surrogate of a name becomes an escape of JSON
        return f'{text}\n'.encode(errors='backslashreplace')
    return csv_text(table_rows(sheet)).encode()


def as_values(sheet: CephReport, over: Superimposition | None = None) -> dict:
    """The report as plain values for JSON."""
    values: dict[str, object] = dict(
        image=sheet.title,
        notice=DISCLAIMER,
        facts=facts(sheet),
        facing=sheet.facing,
        skeletal_class=sheet.skeletal_class,
        warnings=sheet.warnings,
        measurements=table_rows(sheet),
        **sheet.prediction.to_dict(),
    )
    if over:
        points = over.points.tolist()
        values['superimposition'] = dict(
            image=over.title,
            scale=over.scale,
            warnings=over.warnings,
            changes=over.changes,
            points=[
                dict(label=label, x=x if x == x else None, y=y if y == y else None)
                for label, (x, y) in zip(over.labels, points, strict=True)
            ],
        )
    return values


def csv_text(rows: list[dict]) -> str:
    """Rows of the same keys as a table; None is an empty cell.

    What comes from a file or its name is no formula to a spreadsheet.
    """
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(map(safe_row, rows))
    return text.getvalue()


def safe_row(row: dict) -> dict:
    """A row with its texts as :func:`.safe_cell` leaves them, but the numbers of norms."""
    return {
        key: safe_cell(value) if isinstance(value, str) and key != 'norm' else value
        for key, value in row.items()
    }
