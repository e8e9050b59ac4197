"""The report as a PDF of A4 pages, drawn by matplotlib."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from ..utils.plain_text import without_math
from .figure import cut, draw_superimposition, draw_tracing
from .model import (
    COLORS,
    DISCLAIMER,
    CephReport,
    change_text,
    deviation_text,
    facts,
    reasons,
    remarks,
    table_rows,
    value_text,
)
from .superimposition import Superimposition

A4 = (8.27, 11.69)  # inches
_LINE = 0.0155  # of a page's height
_TOP, _FOOT, _LEFT = 0.955, 0.06, 0.07

#: A line of text: its cells as ``(x, text, alignment, colour)``, and whether it is bold.
Line = tuple[list[tuple[float, str, str, str]], bool]


def write_pdf(
    path: Path | BinaryIO,
    image: np.ndarray,
    sheet: CephReport,
    over: Superimposition | None = None,
) -> None:
    """Write the tracing and what is known of it, the table, the superimposition."""
    pages = [_first_page(image, sheet), *_text_pages(sheet, _table_lines(sheet))]
    if over:
        pages += [_second_film(sheet, over), *_text_pages(sheet, _change_lines(over))]
    with PdfPages(
        path, metadata=dict(Title=f'Cephalometric report: {sheet.title}')
    ) as pdf:
        for page in pages:
            pdf.savefig(page, dpi=150)


def _page(sheet: CephReport) -> Figure:
    figure = Figure(figsize=A4)
    figure.text(_LEFT, 0.025, _wrapped(DISCLAIMER, 140), size=7.5, color='#333333')
    title = f'Cephalometric report: {without_math(cut(sheet.title, 60))}'
    figure.text(_LEFT, 0.972, title, size=11, weight='bold')
    return figure


def _wrapped(text: str, letters: int) -> str:
    return '\n'.join(map(without_math, textwrap.wrap(text, letters)))


def _first_page(image: np.ndarray, sheet: CephReport) -> Figure:
    figure = _page(sheet)
    draw_tracing(figure.add_axes((_LEFT, 0.39, 0.86, 0.57)), image, sheet)
    y = 0.375
    for warning in sheet.warnings:
        text = _wrapped(warning, 100)
        figure.text(_LEFT, y, text, size=9, va='top', color='#8a5a00', weight='bold')
        y -= 0.016 * (text.count('\n') + 1) + 0.004
    for key, value in facts(sheet).items():
        text = _wrapped(value, 74)
        figure.text(_LEFT, y, key, size=9, va='top', weight='bold')
        figure.text(0.32, y, text, size=9, va='top')
        y -= 0.016 * (text.count('\n') + 1) + 0.003
    figure.text(_LEFT, 0.07, f'Points checked by {"_" * 30}   Date {"_" * 14}', size=9)
    return figure


def _second_film(sheet: CephReport, over: Superimposition) -> Figure:
    figure = _page(sheet)
    lines = [f'Superimposed on S-N at S; {over.scale}.', *over.warnings]
    said = '\n'.join(_wrapped(line, 100) for line in lines)
    figure.text(_LEFT, 0.94, said, size=9, va='top')
    draw_superimposition(figure.add_axes((_LEFT, 0.19, 0.86, 0.62)), sheet, over)
    return figure


def _text_pages(sheet: CephReport, lines: Sequence[Line]) -> list[Figure]:
    """As many pages as the lines take."""
    per_page = int((_TOP - _FOOT) / _LINE)
    pages = []
    for start in range(0, len(lines), per_page):
        figure = _page(sheet)
        for number, (cells, bold) in enumerate(lines[start : start + per_page]):
            y = _TOP - number * _LINE
            for x, text, align, color in cells:
                figure.text(
                    x,
                    y,
                    without_math(text),
                    size=8,
                    va='top',
                    ha=align,
                    color=color,
                    weight='bold' if bold else 'normal',
                )
        pages.append(figure)
    return pages


def _words(text: str, bold: bool = False, color: str = '#222222') -> Line:
    return [(_LEFT, text, 'left', color)], bold


def _table_lines(sheet: CephReport) -> list[Line]:
    rows = table_rows(sheet)
    found = [row for row in rows if row['value'] is not None]
    head = [
        (x, text, align, '#222222')
        for x, text, align in (
            (_LEFT, 'Measurement', 'left'),
            (0.57, 'Value', 'right'),
            (0.74, 'Norm', 'right'),
            (0.93, 'Deviation', 'right'),
        )
    ]
    lines: list[Line] = [(head, True)]
    analysis = ''
    for row in found:
        if row['analysis'] != analysis:
            analysis = row['analysis']
            lines.append(_words(analysis, bold=True, color='#0d47a1'))
        lines.append((_cells(row), False))
    below = [line for text in ('', *remarks(rows)) for line in _paragraph(text)]
    return [*lines, *_not_measured(rows), *below]


def _cells(row: dict) -> list[tuple[float, str, str, str]]:
    star = ' *' if row['note'] else ''
    return [
        (_LEFT + 0.015, row['measurement'] + star, 'left', '#222222'),
        (0.57, value_text(row), 'right', '#222222'),
        (0.74, row['norm'], 'right', '#222222'),
        (0.93, deviation_text(row), 'right', COLORS[row['grade']]),
    ]


def _not_measured(rows: list[dict]) -> list[Line]:
    found = reasons(rows)
    lines = [_words('Not measured', bold=True, color='#0d47a1')] if found else []
    for reason, names in found.items():
        lines += _paragraph(f'{", ".join(names)}: {reason}')
    return lines


def _paragraph(text: str) -> list[Line]:
    return [_words(part) for part in textwrap.wrap(text, 118) or ['']]


def _change_lines(over: Superimposition) -> list[Line]:
    xs = (_LEFT, 0.55, 0.72, 0.93)

    def cells(*texts: str) -> list[tuple[float, str, str, str]]:
        places = zip(xs, texts, strict=True)
        return [(x, t, 'left' if x == _LEFT else 'right', '#222222') for x, t in places]

    lines: list[Line] = [(cells('Measurement', 'First', 'Second', 'Change'), True)]
    for row in over.changes:
        change = f'{change_text(row)} {row["unit"]}'
        both = f'{row["first"]:.1f}', f'{row["second"]:.1f}'
        lines.append((cells(row['measurement'], *both, change), False))
    return lines
