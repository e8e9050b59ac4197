"""Writes an agreement study: one HTML page, one PDF, and CSV tables."""

from __future__ import annotations

import base64
import csv
import io
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from ..utils.plain_text import printable, without_math
from ..utils.spreadsheet import safe_cell
from ..utils.whole_file import write_whole
from ..version import __version__
from .agreement import Comparison, PointAgreement, Series, Study
from .figures import bias_map, bias_pages, bland_altman_pages
from .statistics import Interval

NOTES = (
    'Differences are second minus first; dx is positive to the right of the image, dy '
    'downwards.',
    'Dahlberg is sqrt(sum d² / 2n). ICC(2,1) is absolute agreement, ICC(3,1) consistency, '
    'of single readings (Shrout & Fleiss 1979), with the 95 % intervals of McGraw & Wong '
    '1996. Limits are those of Bland & Altman 1986, bias ± 1.96 SD.',
    "p of a landmark is Hotelling's T² that its bias in x and y is zero, p of a "
    'measurement a paired t test; both are adjusted by the method of Holm for the number '
    'of landmarks, or of different measurements, of the comparison.',
    'SD of the distances and of the differences has the divisor n - 1.',
)
_A4 = (8.27, 11.69)
_LINES = 58  # lines of a PDF page


def write_study(folder: Path, study: Study) -> list[Path]:
    """Write ``agreement.html``, ``agreement.pdf`` and the CSV tables into a folder.

    Returns:
        The files: also ``landmarks.csv``, ``measurements.csv`` and, for three observers or
        more, ``all_observers.csv``.

    Raises:
        InputError: A file cannot be written.
    """
    tables = {
        'landmarks.csv': landmark_rows(study.comparisons),
        'measurements.csv': measurement_rows(study.comparisons),
        'all_observers.csv': group_rows(study),
    }
    contents = {
        'agreement.html': html(study).encode(),
        'agreement.pdf': pdf(study),
        **{name: csv_bytes(rows) for name, rows in tables.items() if rows},
    }
    for name, content in contents.items():
        write_whole(folder / name, partial(_write, content))
    return [folder / name for name in contents]


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def landmark_rows(comparisons: Sequence[Comparison]) -> list[dict]:
    """One row per comparison and landmark, first all landmarks together."""
    return [
        dict(first=c.first, second=c.second, kind=c.kind) | _landmark_row(one, c.unit)
        for c in comparisons
        for one in (c.overall, *c.landmarks)
    ]


def _landmark_row(found: PointAgreement, unit: str) -> dict:
    dx, dy = found.bias.mean
    spread = found.bias.ellipse_of_bias()
    wide, narrow = np.linalg.norm(spread, axis=0)
    # the points of one image are not independent, so that all together have no test
    single = found.name != 'all'
    return {
        'landmark': found.name,
        'n': found.n,
        f'mre_{unit}': found.mre,
        f'sd_{unit}': found.sd,
        **{f'sdr_{radius:g}{unit}': rate for radius, rate in found.sdr.items()},
        f'bias_x_{unit}': float(dx),
        f'bias_y_{unit}': float(dy),
        f'ellipse_major_{unit}': float(wide) if single else np.nan,
        f'ellipse_minor_{unit}': float(narrow) if single else np.nan,
        'ellipse_angle_deg': _angle(spread[:, 0]) if single else np.nan,
        'p_holm': found.p_holm,
    }


def _angle(axis: np.ndarray) -> float:
    """Direction of the major axis, degrees from the x axis towards y, -90 to 90."""
    if not np.isfinite(axis).all():
        return float('nan')
    return float((np.degrees(np.arctan2(axis[1], axis[0])) + 90) % 180 - 90)


def measurement_rows(comparisons: Sequence[Comparison]) -> list[dict]:
    """One row per comparison and measurement."""
    return [
        dict(
            first=c.first,
            second=c.second,
            kind=c.kind,
            measurement=m.name,
            unit=m.unit,
            n=m.limits.n,
            dahlberg=m.dahlberg,
            **_interval('icc2', m.agreement),
            **_interval('icc3', m.consistency),
            **_interval('bias', m.limits.bias),
            sd=m.limits.sd,
            limit_low=m.limits.low,
            limit_high=m.limits.high,
            limit_error=m.limits.limit_error,
            p_holm=m.p_holm,
        )
        for c in comparisons
        for m in c.measurements
    ]


def group_rows(study: Study) -> list[dict]:
    """One row per measurement: ICCs among all observers."""
    return [
        dict(
            measurement=one.name,
            unit=one.unit,
            n=one.n,
            **_interval('icc2', one.agreement),
            **_interval('icc3', one.consistency),
        )
        for one in study.groups
    ]


def _interval(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f'{name}_low': found.low, f'{name}_high': found.high}


def csv_bytes(rows: Sequence[dict]) -> bytes:
    """Rows with the same keys as a CSV table; NaN is an empty cell."""
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return safe_cell(printable(value))
    if isinstance(value, float):
        return '' if np.isnan(value) else f'{value:.6g}'
    return value


def number(value: float, form: str = '.2f') -> str:
    """The number as text; a dash for NaN."""
    return '–' if np.isnan(value) else format(round(value, 12) + 0.0, form)


def p_text(p: float) -> str:
    """A p value with three decimals."""
    return '–' if np.isnan(p) else '< 0.001' if p < 0.001 else f'{p:.3f}'


def interval_text(found: Interval) -> str:
    """An estimate with its interval in brackets."""
    if np.isnan(found.value):
        return '–'
    return f'{found.value:.2f} ({number(found.low)} to {number(found.high)})'


def facts(series: Series) -> dict[str, str]:
    """The facts of the comparison, as labels and texts."""
    scale = 'mm' if series.unit == 'mm' else 'pixels, since the scale is not known'
    return {
        'Observers': printable(', '.join(dict.fromkeys(series.observers))),
        'Images': str(len(series.ids)),
        'Landmarks': str(len(series.names)),
        'Distances in': scale,
        'Left out': printable('; '.join(series.left_out)) or 'nothing',
        'Made by': f'mmlandmark {__version__}, {date.today().isoformat()}',
    }


_ENVIRONMENT = Environment(
    loader=PackageLoader('mmlandmark.studies'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(number=number, p_text=p_text, interval=interval_text)


def html(study: Study) -> str:
    """The page; its figures are embedded."""
    series = study.series
    return _ENVIRONMENT.get_template('agreement.html').render(
        study=study,
        facts=facts(series),
        notes=NOTES,
        figures=[
            [
                _png(figure)
                for figure in (
                    bias_map(series, comparison),
                    *bias_pages(comparison),
                    *bland_altman_pages(comparison),
                )
            ]
            for comparison in study.comparisons
        ],
    )


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=110)
    return base64.b64encode(buffer.getvalue()).decode('ascii')


def pdf(study: Study) -> bytes:
    """The same tables and figures as a PDF of A4 pages."""
    file = io.BytesIO()
    with PdfPages(file, metadata=dict(Title='Agreement of observers')) as pages:
        for page in _text_pages(_front(study)):
            pages.savefig(page)
        for comparison in study.comparisons:
            for page in _text_pages(_table(comparison)):
                pages.savefig(page)
            pages.savefig(bias_map(study.series, comparison))
            for figure in (*bias_pages(comparison), *bland_altman_pages(comparison)):
                pages.savefig(figure)
    return file.getvalue()


def _front(study: Study) -> list[str]:
    lines = ['Agreement of observers', '']
    for label, text in facts(study.series).items():
        lines += textwrap.wrap(f'{label}: {text}', 100)
    lines.append('')
    for note in NOTES:
        lines += textwrap.wrap(note, 100)
    if study.groups:
        lines += ['', f'{"All observers":<32}{"n":>5}{"ICC(2,1)":>26}{"ICC(3,1)":>26}']
        lines += [
            f'{one.name[:31]:<32}{one.n:>5}{interval_text(one.agreement):>26}'
            f'{interval_text(one.consistency):>26}'
            for one in study.groups
        ]
    return lines


def _table(c: Comparison) -> list[str]:
    lines = [f'{printable(c.second)} against {printable(c.first)} ({c.kind})', '']
    radii = list(c.overall.sdr)
    head = ''.join(f'{f"SDR {radius:g}":>9}' for radius in radii)
    lines.append(
        f'{f"Landmark ({c.unit})":<26}{"n":>6}{"MRE":>7}{"SD":>7}{head}{"bias x":>8}'
        f'{"bias y":>8}{"p (Holm)":>10}'
    )
    for one in (c.overall, *c.landmarks):
        rates = ''.join(f'{number(one.sdr[radius], ".1f"):>9}' for radius in radii)
        dx, dy = map(float, one.bias.mean)
        lines.append(
            f'{printable(one.name)[:25]:<26}{one.n:>6}{number(one.mre):>7}'
            f'{number(one.sd):>7}{rates}{number(dx):>8}{number(dy):>8}{p_text(one.p_holm):>10}'
        )
    if c.measurements:
        lines += ['', f'{"Measurement":<33}{"Dahlberg":>9}{"ICC(2,1)":>23}'
                  f'{"ICC(3,1)":>23}{"bias":>7}{"limits":>16}{"p (Holm)":>10}']  # fmt: skip
    for m in c.measurements:
        limits = f'{number(m.limits.low, ".1f")} to {number(m.limits.high, ".1f")}'
        lines.append(
            f'{f"{m.name} ({m.unit})"[:32]:<33}{number(m.dahlberg):>9}'
            f'{interval_text(m.agreement):>23}{interval_text(m.consistency):>23}'
            f'{number(m.limits.bias.value):>7}{limits:>16}{p_text(m.p_holm):>10}'
        )
    return lines


def _text_pages(lines: Sequence[str]) -> Iterable[Figure]:
    for start in range(0, len(lines), _LINES):
        page = Figure(figsize=_A4)
        for row, line in enumerate(lines[start : start + _LINES]):
            page.text(
                0.05,
                0.96 - row * 0.0155,
                without_math(line),
                family='monospace',
                size=6.3,
                weight='bold' if start + row == 0 else 'normal',
            )
        yield page
