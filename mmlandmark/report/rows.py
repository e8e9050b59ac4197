"""The measurements of a report as rows of plain values, and how each value is written.

Every output format shows these rows: HTML, PDF, JSON, CSV and the page in the browser.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..cephalometry.measure import Measurement

#: The color of each grade: dark enough to be read on white. The text beside it says the
#: same, so no information is in the color alone.
COLORS = {
    'within 1 SD': '#1b5e20',
    '1 to 2 SD': '#8a5a00',
    'beyond 2 SD': '#b00020',
    'in range': '#1b5e20',
    'out of range': '#b00020',
    '': '#333',
}
GRADES = tuple(COLORS)


def grade(measurement: Measurement) -> str:
    """One of :data:`GRADES`: the distance from the norm; empty where it is not known."""
    deviation, norm = measurement.deviation, measurement.norm
    if np.isfinite(deviation):
        size = round(abs(float(deviation)), 6)
        return GRADES[0] if size <= 1 else GRADES[1] if size <= 2 else GRADES[2]
    if norm is None or norm.sd is not None or not np.isfinite(measurement.value):
        return ''
    if norm.low is None or norm.high is None:
        return ''
    return GRADES[3] if norm.low <= measurement.value <= norm.high else GRADES[4]


def measurement_rows(measurements: Iterable[Measurement]) -> list[dict]:
    """One row per measurement: plain values, rounded; None where not known."""
    return [measurement_row(measurement) for measurement in measurements]


def measurement_row(measurement: Measurement) -> dict:
    """One row of :func:`measurement_rows`."""
    norm = measurement.norm
    return dict(
        analysis=measurement.definition.analysis,
        measurement=measurement.name,
        value=rounded(measurement.value),
        uncertainty=rounded(measurement.uncertainty),
        unit=measurement.unit,
        norm=str(norm or ''),
        deviation_sd=rounded(measurement.deviation),
        grade=grade(measurement),
        scale_in_doubt=bool(measurement.scale_in_doubt),
        not_available=measurement.reason,
        note=measurement.definition.note,
        source=norm.source if norm else '',
        population=norm.population if norm else '',
        norm_status=norm.status if norm else '',
    )


def rounded(value) -> float | None:
    """The value with two decimals; None for NaN and infinity."""
    return round(float(value), 2) + 0.0 if np.isfinite(value) else None


def value_text(row: dict) -> str:
    """A value with one decimal, its uncertainty and its unit; empty where there is none."""
    if row['value'] is None:
        return ''
    unit = row['unit'] if row['unit'] == '°' else f' {row["unit"]}'
    return f'{_number(row["value"])}{_uncertainty(row)}{unit}'


def deviation_text(row: dict) -> str:
    """A deviation with its sign, or the grade where the norm is a range.

    A question mark follows where the scale is in doubt.
    """
    text = row['grade']
    if row['deviation_sd'] is not None:
        text = f'{_number(row["deviation_sd"], "+.1f")} SD'
    return f'{text} ?' if text and row['scale_in_doubt'] else text


def change_text(row: dict) -> str:
    """A change between two radiographs with its sign and its uncertainty."""
    return f'{_number(row["change"], "+.1f")}{_uncertainty(row)}'


def beyond_text(row: dict) -> str:
    """Whether a change is larger than its error, as text; empty where not known."""
    return {True: 'yes', False: 'no', None: ''}[row['beyond_error']]


def _uncertainty(row: dict) -> str:
    return '' if row['uncertainty'] is None else f' ± {row["uncertainty"]:.1f}'


def _number(value: float, form: str = '.1f') -> str:
    """The number without a minus sign where it rounds to zero."""
    return format(round(value, 1) + 0.0, form)


def remarks(rows: list[dict]) -> list[str]:
    """The lines below the table: notes, the meaning of ±, the sources of the norms."""
    measured = [row for row in rows if row['value'] is not None]
    notes: dict[str, list[str]] = {}
    for row in measured:
        if row['note']:
            notes.setdefault(row['note'], []).append(row['measurement'])
    sources = dict.fromkeys(
        f'{row["source"].split(";")[0]} ({row["population"]})'
        for row in measured
        if row['norm'] and row['source']
    )
    return [
        *(f'* {", ".join(names)}: {note}.' for note, names in notes.items()),
        *['? The scale is in doubt.'] * any(row['scale_in_doubt'] for row in measured),
        '± is one standard deviation, propagated from the expected error of each point; '
        'it does not include the difference between annotators.',
        _source_line(sources, any(row['norm'] for row in measured)),
        *_secondary(measured),
    ]


def _source_line(sources: Iterable[str], has_norms: bool) -> str:
    if not has_norms:
        return 'No value is compared with a norm.'
    listed = '; '.join(sources)
    return f'Norms: {listed}.' if listed else 'The norms name no source.'


def _secondary(rows: list[dict]) -> list[str]:
    """A line that norms were not compared with their sources; none if all were."""
    norms = [row['norm_status'] for row in rows if row['norm']]
    count = norms.count('from secondary source')
    if not count:
        return []
    return [
        f'{count} of these {len(norms)} norms are from secondary sources: they were not '
        'compared with the publications named.'
    ]


def reasons(rows: list[dict]) -> dict[str, list[str]]:
    """Each reason why a measurement has no value, and the measurements it holds for."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row['value'] is None:
            found.setdefault(row['not_available'], []).append(row['measurement'])
    return found
