"""The report as a PDF of A4 pages, drawn with matplotlib."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from ..utils.plain_text import without_math
from .figure import (
    draw_superimposition,
    draw_tracing,
    method_title,
    shortened,
)
from .growth import BEYOND_NOTE, growth_figures
from .model import DISCLAIMER, CephReport, Report
from .rows import (
    COLORS,
    beyond_text,
    change_text,
    deviation_text,
    reasons,
    remarks,
    value_text,
)
from .superimposition import Superimposition

A4 = (8.27, 11.69)  # inches
_LINE = 0.0155  # height of a table line as a fraction of the page
_TOP, _BOTTOM, _LEFT = 0.955, 0.06, 0.07
_INK, _HEADING, _WARNING = '#222222', '#0d47a1', '#8a5a00'

#: A cell of a line: x as a fraction of the page, text, horizontal alignment, color.
Cell = tuple[float, str, str, str]
#: A line of text: its cells, and whether it is bold.
Line = tuple[list[Cell], bool]


def write_pdf(
    path: Path | BinaryIO,
    image: np.ndarray,
    report: Report,
    over: Superimposition | None = None,
) -> None:
    """Write the tracing, the table of measurements and the superimposition.

    Args:
        path: A path or an open binary file.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: The report of the head.
        over: Later radiographs superimposed on it.
    """
    pages = [_first_page(image, report), *_text_pages(report, _table_lines(report))]
    if over and isinstance(report, CephReport):
        pages += [_superimposition_page(report, over, one) for one in over.points]
        pages += growth_figures(over)
        pages += _text_pages(report, _change_lines(over))
    title = f'{report.heading}: {report.title}'
    with PdfPages(path, metadata=dict(Title=title)) as pdf:
        for page in pages:
            pdf.savefig(page, dpi=150)


def _page(report: Report) -> Figure:
    """An empty page with its title and the disclaimer."""
    figure = Figure(figsize=A4)
    figure.text(_LEFT, 0.025, _wrapped(DISCLAIMER, 140), size=7.5, color='#333333')
    title = f'{report.heading}: {without_math(shortened(report.title, 60))}'
    figure.text(_LEFT, 0.972, title, size=11, weight='bold')
    return figure


def _wrapped(text: str, letters: int) -> str:
    return '\n'.join(map(without_math, textwrap.wrap(text, letters)))


def _first_page(image: np.ndarray, report: Report) -> Figure:
    figure = _page(report)
    draw_tracing(figure.add_axes((_LEFT, 0.39, 0.86, 0.57)), image, report)
    y = 0.375
    for warning in report.warnings:
        text = _wrapped(warning, 100)
        figure.text(_LEFT, y, text, size=9, va='top', color=_WARNING, weight='bold')
        y -= 0.016 * (text.count('\n') + 1) + 0.004
    for label, value in report.facts.items():
        text = _wrapped(value, 74)
        figure.text(_LEFT, y, label, size=9, va='top', weight='bold')
        figure.text(0.32, y, text, size=9, va='top')
        y -= 0.016 * (text.count('\n') + 1) + 0.003
    figure.text(_LEFT, 0.07, f'Points checked by {"_" * 30}   Date {"_" * 14}', size=9)
    return figure


def _superimposition_page(
    report: CephReport, over: Superimposition, method: str
) -> Figure:
    figure = _page(report)
    warnings = [line for lines in over.warnings for line in lines]
    lines = [f'Superimposed on {method_title(method)}; {over.scale}.', *warnings]
    text = '\n'.join(_wrapped(line, 100) for line in lines)
    figure.text(_LEFT, 0.94, text, size=9, va='top')
    axis = figure.add_axes((_LEFT, 0.19, 0.86, 0.62))
    draw_superimposition(axis, report, over, method)
    return figure


def _text_pages(report: Report, lines: Sequence[Line]) -> list[Figure]:
    """The lines on as many pages as they need."""
    per_page = int((_TOP - _BOTTOM) / _LINE)
    pages = []
    for start in range(0, len(lines), per_page):
        figure = _page(report)
        for number, (cells, bold) in enumerate(lines[start : start + per_page]):
            y = _TOP - number * _LINE
            style: dict[str, Any] = dict(
                size=8, va='top', weight='bold' if bold else 'normal'
            )
            for x, text, align, color in cells:
                figure.text(x, y, without_math(text), ha=align, color=color, **style)
        pages.append(figure)
    return pages


def _text_line(text: str, bold: bool = False, color: str = _INK) -> Line:
    return [(_LEFT, text, 'left', color)], bold


def _row_line(xs: Sequence[float], *texts: str, bold: bool = False) -> Line:
    """A line of a table: the first cell aligned left, the others aligned right."""
    aligns = ['left'] + ['right'] * (len(xs) - 1)
    return list(zip(xs, texts, aligns, [_INK] * len(xs), strict=True)), bold


def _table_lines(report: Report) -> list[Line]:
    rows = report.rows
    xs = (_LEFT, 0.57, 0.74, 0.93)
    heads = ('Measurement', 'Value', 'Norm', 'Deviation')
    shown = 4 if any(row['norm'] for row in rows) else 2
    lines = [_row_line(xs[:shown], *heads[:shown], bold=True)]
    analysis = ''
    for row in rows:
        if row['value'] is None:
            continue
        if row['analysis'] != analysis:
            analysis = row['analysis']
            lines.append(_text_line(analysis, bold=True, color=_HEADING))
        lines.append((_cells(row), False))
    lines += _not_measured(rows)
    return lines + [line for text in ('', *remarks(rows)) for line in _paragraph(text)]


def _cells(row: dict) -> list[Cell]:
    star = ' *' if row['note'] else ''
    return [
        (_LEFT + 0.015, row['measurement'] + star, 'left', _INK),
        (0.57, value_text(row), 'right', _INK),
        (0.74, row['norm'], 'right', _INK),
        (0.93, deviation_text(row), 'right', COLORS[row['grade']]),
    ]


def _not_measured(rows: list[dict]) -> list[Line]:
    found = reasons(rows)
    lines = [_text_line('Not measured', bold=True, color=_HEADING)] if found else []
    for reason, names in found.items():
        lines += _paragraph(f'{", ".join(names)}: {reason}')
    return lines


def _paragraph(text: str) -> list[Line]:
    return [_text_line(part) for part in textwrap.wrap(text, 118) or ['']]


def _change_lines(over: Superimposition) -> list[Line]:
    count = len(over.titles) + 1
    # the last radiographs, where a page has no room for all
    shown = range(max(0, count - 5), count)
    xs = (_LEFT, *np.linspace(0.42, 0.66, len(shown)), 0.82, 0.93)
    heads = [f'No. {number + 1}' for number in shown]
    lines = [_row_line(xs, 'Measurement', *heads, 'Change', 'Beyond error', bold=True)]
    for row in over.changes:
        change = f'{change_text(row)} {row["unit"]}'
        values = [f'{row["values"][number]:.1f}' for number in shown]
        lines.append(
            _row_line(xs, row['measurement'], *values, change, beyond_text(row))
        )
    return [*lines, *_paragraph(''), *_paragraph(BEYOND_NOTE)]
