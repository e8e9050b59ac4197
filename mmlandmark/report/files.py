"""Writes a report as HTML, PDF, JSON, CSV or DICOM; the suffix of the file decides."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..utils.spreadsheet import safe_cell
from ..utils.whole_file import check_writable, write_whole
from .model import DISCLAIMER, CephReport, Report
from .superimposition import Superimposition

FORMS = ('.html', '.pdf', '.json', '.csv')

#: Suffix of a DICOM Structured Report of one radiograph; see :mod:`.dicom_sr`.
DICOM = '.dcm'

#: Version of the JSON report; increased when a key changes its name or its meaning.
SCHEMA_VERSION = 2


def check_form(path: Path) -> None:
    """Check that a report can be written to this path, before any work is done.

    Raises:
        InputError: The suffix is not one of :data:`FORMS` or :data:`DICOM`, or the path is
            not writable.
    """
    if path.suffix.lower() not in (*FORMS, DICOM):
        raise InputError(
            f'a report is written as {", ".join((*FORMS, DICOM))}, not as '
            f'{path.suffix or path.name}'
        )
    check_writable(path)


def write_report(
    path: Path,
    image: np.ndarray,
    report: Report,
    over: Superimposition | None = None,
    source: Path | None = None,
    overlay: bool = False,
) -> list[Path]:
    """Write the report of one head completely or not at all; creates the folder.

    Args:
        path: Its suffix decides the format.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: The report of the head.
        over: Later radiographs superimposed on it; a CSV has their measurements.
        source: The file of the radiograph, to which a DICOM report refers.
        overlay: Also write the tracing of a DICOM report as a presentation state.

    Returns:
        The files written beside a DICOM report; see :func:`.dicom_sr.write_sr`.

    Raises:
        InputError: The file cannot be written, for example because the disk is full, a
            DICOM report is to have later radiographs or a face, or ``overlay`` is given
            for another format.
    """
    if path.suffix.lower() == DICOM:
        from .dicom_sr import write_sr

        if over is not None or not isinstance(report, CephReport):
            raise InputError(
                'a DICOM report is of one radiograph: write another format'
            )
        return write_sr(path, image, report, source, overlay)
    if overlay:
        raise InputError('an overlay is written beside a DICOM report: write .dcm')
    content = report_bytes(path.suffix.lower(), image, report, over)
    write_whole(path, lambda partial: partial.write_bytes(content))
    return []


def report_bytes(
    form: str,
    image: np.ndarray,
    report: Report,
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
    return csv_text(_with_changes(report.rows, over)).encode()


def as_values(report: Report, over: Superimposition | None = None) -> dict:
    """The report as plain values for JSON."""
    values: dict[str, object] = dict(
        schema_version=SCHEMA_VERSION,
        image=report.title,
        notice=DISCLAIMER,
        facts=report.facts,
        **report.findings,
        warnings=report.warnings,
        measurements=report.rows,
        **report.prediction.to_dict(),
    )
    if over:
        values['superimposition'] = _superimposition_values(over)
    return values


def _superimposition_values(over: Superimposition) -> dict:
    return dict(
        radiographs=[
            dict(
                image=over.titles[t],
                scale=over.scales[t],
                warnings=over.warnings[t],
                points={
                    method: _point_values(over.labels[t], placed[t])
                    for method, placed in over.points.items()
                },
            )
            for t in range(len(over.titles))
        ],
        ages=over.ages,
        changes=over.changes,
    )


def _point_values(labels: Sequence[str], points: np.ndarray) -> list[dict]:
    return [
        dict(label=label, x=x if x == x else None, y=y if y == y else None)
        for label, (x, y) in zip(labels, points.tolist(), strict=True)
    ]


def _with_changes(rows: list[dict], over: Superimposition | None) -> list[dict]:
    """Rows of measurements with those of the later radiographs, and the change."""
    if over is None:
        return rows
    changes = {row['measurement']: row for row in over.changes}
    count = len(over.titles)
    wide = []
    for row in rows:
        found = changes.get(row['measurement'])
        more: dict[str, object] = {}
        for t in range(1, count + 1):
            more[f'later_{t}'] = found and found['values'][t]
            more[f'later_{t}_uncertainty'] = found and found['uncertainties'][t]
        for key in ('change', 'uncertainty', 'beyond_error'):
            name = 'change_uncertainty' if key == 'uncertainty' else key
            more[name] = found and found[key]
        wide.append(row | more)
    return wide


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
