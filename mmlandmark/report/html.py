"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
from html import escape
from itertools import groupby

import numpy as np
from matplotlib.figure import Figure

from .figure import superimposition_figure, tracing_figure
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

_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#222;margin:24px auto;max-width:1080px;
padding:0 16px}
h1{font-size:21px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:16px;margin:22px 0 6px}
.top{display:flex;gap:24px;flex-wrap:wrap}.top figure{flex:1 1 420px;margin:0}
.top div{flex:1 1 320px}img{max-width:100%;height:auto;border:1px solid #bbb}
table{border-collapse:collapse;width:100%}td,th{padding:3px 8px;text-align:left;
border-bottom:1px solid #e2e2e2;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}th.a{background:#eef2f6;padding-top:6px}
dt{font-weight:600;margin-top:7px}dd{margin:0;overflow-wrap:anywhere}
.warn{background:#fff4d6;border-left:4px solid #e0a100;padding:6px 10px;margin:6px 0;
overflow-wrap:anywhere}
.not{background:#f3f3f3;border-left:4px solid #777;padding:6px 10px;margin:12px 0}
.small,footer{font-size:12px;color:#555}.sign{margin-top:26px}
.bar{position:relative;display:inline-block;width:122px;height:12px;background:#eee}
.bar i{position:absolute;top:0;bottom:0;left:40px;width:42px;background:#d7ead8}
.bar b{position:absolute;top:0;bottom:0;width:4px}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
"""


def html_report(
    image: np.ndarray, sheet: CephReport, over: Superimposition | None = None
) -> str:
    """The page; what comes from a file is escaped, pictures are in it.

    Args:
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        sheet: Of the film.
        over: A second film laid over it.
    """
    rows = table_rows(sheet)
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>'
        f'Cephalometric report: {escape(sheet.title)}</title><style>{_STYLE}</style>',
        f'<h1>Cephalometric report: {escape(sheet.title)}</h1>',
        f'<div class="not">{escape(DISCLAIMER)}</div>',
        f'<div class="top"><figure>{_picture(tracing_figure(image, sheet), "tracing")}'
        f'</figure><div>{_facts(sheet)}</div></div>',
        '<h2>Measurements</h2>',
        _table([row for row in rows if row['value'] is not None]),
        _superimposition(sheet, over) if over else '',
        _unavailable(rows),
        _remarks(rows),
        '<p class="sign">Points checked by ______________________ &nbsp; Date ____________'
        f'</p><footer>{escape(DISCLAIMER)}</footer></html>\n',
    ]
    return '\n'.join(part for part in parts if part)


def _picture(figure: Figure, what: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format='jpg', dpi=150, pil_kwargs=dict(quality=88))
    data = base64.b64encode(buffer.getvalue()).decode('ascii')
    return f'<img alt="{escape(what)}" src="data:image/jpeg;base64,{data}">'


def _facts(sheet: CephReport) -> str:
    items = ''.join(
        f'<dt>{escape(key)}</dt><dd>{escape(value)}</dd>'
        for key, value in facts(sheet).items()
    )
    return f'{_warnings(sheet.warnings)}<dl>{items}</dl>'


def _warnings(lines: list[str]) -> str:
    return ''.join(f'<div class="warn">{escape(line)}</div>' for line in lines)


def _table(rows: list[dict]) -> str:
    head = (
        '<tr><th>Measurement<th class="n">Value<th class="n">Norm<th class="n">Deviation'
        '<th>-3 to +3 SD</tr>'
        if rows
        else '<tr><td>None could be taken.</tr>'
    )
    body = ''.join(
        f'<tr><th class="a" colspan="5">{escape(analysis)}</th></tr>'
        + ''.join(_row(row) for row in group)
        for analysis, group in groupby(rows, key=lambda row: row['analysis'])
    )
    return f'<table>{head}{body}</table>'


def _row(row: dict) -> str:
    color = COLORS[row['grade']]
    star = ' *' if row['note'] else ''
    return (
        f'<tr><td title="{escape(row["note"])}">{escape(row["measurement"])}{star}'
        f'<td class="n">{escape(value_text(row))}<td class="n">{escape(row["norm"])}'
        f'<td class="n" style="color:{color};font-weight:600">'
        f'{escape(deviation_text(row))}<td>{_bar(row["deviation_sd"], color)}</tr>'
    )


def _bar(deviation: float | None, color: str) -> str:
    """Where the value lies between -3 and 3 SD; the shade is 1 SD to either side."""
    if deviation is None:
        return ''
    left = round(59 + 20 * max(-2.95, min(2.95, deviation)))
    mark = f'<b style="left:{left}px;background:{color}"></b>'
    return f'<span class="bar"><i></i>{mark}</span>'


def _unavailable(rows: list[dict]) -> str:
    items = ''.join(
        f'<tr><td>{escape(reason)}<td>{escape(", ".join(names))}</tr>'
        for reason, names in reasons(rows).items()
    )
    head = '<h2>Not measured</h2>'
    return f'{head}<table class="small">{items}</table>' if items else ''


def _remarks(rows: list[dict]) -> str:
    return ''.join(f'<p class="small">{escape(line)}</p>' for line in remarks(rows))


def _superimposition(sheet: CephReport, over: Superimposition) -> str:
    rows = ''.join(
        f'<tr><td>{escape(row["measurement"])}<td class="n">{row["first"]:.1f}'
        f'<td class="n">{row["second"]:.1f}<td class="n">{change_text(row)}'
        f'<td>{escape(row["unit"])}</tr>'
        for row in over.changes
    )
    picture = _picture(superimposition_figure(sheet, over), 'superimposition')
    warnings = _warnings(over.warnings)
    return (
        f'<h2>Superimposition with {escape(over.title)}</h2>{warnings}<p>On S-N at S; '
        f'{escape(over.scale)}.</p>{picture}<table><tr><th>Measurement<th class="n">First'
        f'<th class="n">Second<th class="n">Change<th></tr>{rows}</table>'
    )
