"""Writes a report as HTML, PDF, JSON or CSV; the suffix of the file decides."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..utils.spreadsheet import safe_cell
from ..utils.whole_file import check_writable, write_whole
from .model import DISCLAIMER, CephReport
from .superimposition import Superimposition

FORMS = ('.html', '.pdf', '.json', '.csv')

#: Of the JSON report; raised when a key changes its name or its meaning.
SCHEMA_VERSION = 1


def check_form(path: Path) -> None:
    """Check that a report can be written to this path, before any work is done.

    Raises:
        InputError: The suffix is not one of :data:`FORMS`, or the path is not writable.
    """
    if path.suffix.lower() not in FORMS:
        raise InputError(
            f'a report is written as {", ".join(FORMS)}, not as {path.suffix or path.name}'
        )
    check_writable(path)


def write_report(
    path: Path,
    image: np.ndarray,
    report: CephReport,
    over: Superimposition | None = None,
) -> None:
    """Write the report of one radiograph completely or not at all; creates the folder.

    Args:
        path: Its suffix decides the format.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: Of the radiograph.
        over: A second radiograph superimposed on it; not part of a CSV.

    Raises:
        InputError: The file cannot be written, for example because the disk is full.
    """
    content = report_bytes(path.suffix.lower(), image, report, over)
    write_whole(path, lambda partial: partial.write_bytes(content))


def report_bytes(
    form: str,
    image: np.ndarray,
    report: CephReport,
    over: Superimposition | None = None,
) -> bytes:
    """The content of a report file.

    Args:
        form: One of :data:`FORMS`.
        image, report, over: As for :func:`write_report`.
    """
    # matplotlib is imported only where figures are drawn
    if form == '.html':
        from .html import html_report

        return html_report(image, report, over).encode()
    if form == '.pdf':
        from .pdf import write_pdf

        file = io.BytesIO()
        write_pdf(file, image, report, over)
        return file.getvalue()
    if form == '.json':
        text = json.dumps(as_values(report, over), indent=1, ensure_ascii=False)
        # a lone surrogate of a name becomes an escape of JSON
        return f'{text}\n'.encode(errors='backslashreplace')
    return csv_text(report.rows).encode()


def as_values(report: CephReport, over: Superimposition | None = None) -> dict:
    """The report as plain values for JSON."""
    values: dict[str, object] = dict(
        schema_version=SCHEMA_VERSION,
        image=report.title,
        notice=DISCLAIMER,
        facts=report.facts,
        facing=report.facing,
        skeletal_class=report.skeletal_class,
        warnings=report.warnings,
        measurements=report.rows,
        **report.prediction.to_dict(),
    )
    if over:
        values['superimposition'] = _superimposition_values(over)
    return values


def _superimposition_values(over: Superimposition) -> dict:
    return dict(
        image=over.title,
        scale=over.scale,
        warnings=over.warnings,
        changes=over.changes,
        points=[
            dict(label=label, x=x if x == x else None, y=y if y == y else None)
            for label, (x, y) in zip(over.labels, over.points.tolist(), strict=True)
        ],
    )


def csv_text(rows: list[dict]) -> str:
    """Rows with the same keys as a CSV table; None becomes an empty cell.

    Text from files and file names cannot act as a spreadsheet formula.
    """
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(map(safe_row, rows))
    return text.getvalue()


def safe_row(row: dict) -> dict:
    """A row with :func:`.safe_cell` applied to its texts; norms may begin with a minus."""
    return {
        key: safe_cell(value) if isinstance(value, str) and key != 'norm' else value
        for key, value in row.items()
    }
