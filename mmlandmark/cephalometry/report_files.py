"""Writes a report in the form that the name of the file asks for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from ..errors import InputError
from .report import DISCLAIMER, Sheet, facts, point_rows, table_rows
from .superimpose import Superimposition

FORMS = ('.html', '.pdf', '.json', '.csv')


def check_form(path: Path) -> None:
    """Refuse before any work what could not be written.

    Raises:
        InputError: Another suffix, or no such folder.
    """
    if path.suffix.lower() not in FORMS:
        raise InputError(
            f'a report is written as {", ".join(FORMS)}, not as {path.suffix or path.name}'
        )
    if not path.parent.is_dir():
        raise InputError(f'no folder {path.parent} to write {path.name} in')


def write_report(
    path: Path, image: np.ndarray, sheet: Sheet, over: Superimposition | None = None
) -> None:
    """Write one film's report, whole or not at all.

    Args:
        path: Of which the suffix says the form.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        sheet: Of the film.
        over: A second film laid over it; a CSV has no place for it.
    """
    form = path.suffix.lower()
    partial = path.with_name(f'{path.name}.partial')
    try:
        if form == '.html':
            from .report_html import html_report

            partial.write_text(html_report(image, sheet, over), encoding='utf-8')
        elif form == '.pdf':
            from .report_pdf import write_pdf

            write_pdf(partial, image, sheet, over)
        elif form == '.json':
            text = json.dumps(as_values(sheet, over), indent=1, ensure_ascii=False)
            partial.write_text(text + '\n', encoding='utf-8')
        else:
            _write_csv(partial, sheet)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def as_values(sheet: Sheet, over: Superimposition | None = None) -> dict:
    """The report as plain values for JSON."""
    values: dict[str, object] = dict(
        image=sheet.title,
        notice=DISCLAIMER,
        facts=facts(sheet),
        facing=sheet.facing,
        spacing=list(sheet.spacing) if sheet.spacing else None,
        skeletal_class=sheet.skeletal_class,
        warnings=sheet.warnings,
        measurements=table_rows(sheet),
        points=point_rows(sheet),
    )
    if over:
        points = np.round(over.points, 2).tolist()
        values['superimposition'] = dict(
            image=over.title,
            scale=over.scale,
            changes=over.changes,
            points=[
                dict(label=label, x=x if x == x else None, y=y if y == y else None)
                for label, (x, y) in zip(over.labels, points, strict=True)
            ],
        )
    return values


def _write_csv(path: Path, sheet: Sheet) -> None:
    rows = table_rows(sheet)
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
