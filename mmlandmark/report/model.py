"""The sheet of one film: what every form of the report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ..cephalometry.classes import class_in_words
from ..cephalometry.measure import Measurement, measure
from ..cephalometry.names import field_labels, named_points, short_names
from ..cephalometry.norms import Norms
from ..cephalometry.orientation import SELLA_NASION_MM, find_facing
from ..structures.pixel_spacing import GIVEN, PixelSpacing
from ..structures.prediction import Prediction
from ..utils.plain_text import printable
from ..version import __version__
from .head import facing_of

DISCLAIMER = (
    'Research software, no medical device: not for diagnosis or treatment unless a '
    'qualified person has checked every point.'
)
#: Of each grade. Dark enough to be read on white; the words beside them say the same.
COLORS = {
    'within 1 SD': '#1b5e20',
    '1 to 2 SD': '#8a5a00',
    'beyond 2 SD': '#b00020',
    'in range': '#1b5e20',
    'out of range': '#b00020',
    '': '#333',
}
GRADES = tuple(COLORS)
#: Nothing is measured from a point whose expected error is above this many mm. It is more
#: than :data:`.prediction.LOW_CONFIDENCE_MM`, at which a point is marked: 2 mm would hold
#: measurements by porion back on seven films of ten, 3 mm on three (ISBI 2015, 120-150).
NOT_MEASURED_MM = 3.0


@dataclass
class CephReport:
    """Everything a report says of one film.

    Attributes:
        title: What the film is called.
        prediction: Its points, with the field's short names as labels and the spacing
            that lengths are measured by.
        source: Where the points come from, in words.
        low_confidence: ``(K,)`` bool, the points that need a check.
        facing: ``'left'`` or ``'right'``.
        scale: The calibration in words.
        measurements: Every measurement by its name.
        skeletal_class: In words.
        anb: The angle it goes by, as it is read; empty without.
        norms: Where the norms come from, and for whom.
        warnings: What a reader must know before the numbers.
    """

    title: str
    prediction: Prediction
    source: str
    low_confidence: np.ndarray
    facing: str
    scale: str
    measurements: dict[str, Measurement]
    skeletal_class: str
    anb: str
    norms: str
    warnings: list[str]
    version: str = __version__
    date: str = ''

    @property
    def spacing(self) -> PixelSpacing | None:
        """mm per pixel; None where not known."""
        return self.prediction.spacing


@dataclass(frozen=True)
class ReportOptions:
    """What holds for every film of a call.

    Attributes:
        spacing: mm per pixel; None takes that of the points file.
        facing: None finds it.
        norms: From :func:`.norms.read_norms`.
        norms_name: What the norms are called.
        sex, age: For the norms; None is not known.
        use_low_confidence: Measure from doubtful points too.
        low_confidence_mm: A point is doubtful where more is expected, in mm.
        low_confidence_requested: Whether that limit was given: it then holds for points
            that their file calls sure, too.
        advice: What to do about doubtful points that were not measured from.
    """

    norms: Norms
    norms_name: str = 'of the package'
    spacing: PixelSpacing | None = None
    facing: str | None = None
    sex: str | None = None
    age: float | None = None
    use_low_confidence: bool = False
    low_confidence_mm: float = NOT_MEASURED_MM
    low_confidence_requested: bool = False
    advice: str = (
        'check and correct them in the points file; '
        '--use-doubtful measures all the same'
    )


def make_sheet(
    title: str,
    prediction: Prediction,
    source: str,
    settings: ReportOptions,
    said: Sequence[str] = (),
) -> CephReport:
    """Measure a film and say what has to be said about it.

    Args:
        title: What the film is called.
        prediction: Its points.
        source: Where they come from, in words.
        settings: How they are measured.
        said: Warnings of the film besides.

    Raises:
        InputError: The points do not show the facing of the head, and it is not given.
    """
    scale = _scale(prediction, settings)
    names = tuple(map(printable, prediction.names))
    prediction = replace(
        prediction,
        names=names,
        labels=field_labels(names),
        spacing=settings.spacing or prediction.spacing,
    )
    facing = facing_of(prediction, settings.facing)
    doubts = prediction.low_confidence(
        settings.low_confidence_mm,
        believe_flags=not settings.low_confidence_requested,
    )
    doubts = np.zeros(len(names), bool) if doubts is None else doubts
    held_back = doubts & (not settings.use_low_confidence)
    found = measure(
        prediction.points,
        names,
        prediction.spacing,
        facing=facing,
        expected_errors=prediction.expected_errors,
        low_confidence=held_back,
        norms=settings.norms,
        sex=settings.sex,
        age=settings.age,
    )
    anb = found['ANB']
    report = CephReport(
        printable(title),
        replace(prediction, flags=tuple(map(bool, doubts))),
        printable(source),
        doubts,
        facing,
        scale,
        found,
        class_in_words(float(anb.value), float(anb.uncertainty)),
        value_text(_row(anb)),
        _norms(settings),
        [],
        date=date.today().isoformat(),
    )
    report.warnings += [
        *_scale_warning(found['S-N']),
        *said,
        *_facing_warning(report),
        *_point_warnings(report, held_back, settings.advice),
    ]
    return report


def _scale(prediction: Prediction, settings: ReportOptions) -> str:
    spacing = settings.spacing or prediction.spacing
    if spacing is None:
        return 'uncalibrated: distances are not shown, angles and ratios are'
    rest = (
        '' if 'Magnification' in spacing.source else '; not corrected for magnification'
    )
    return f'{scale_text(spacing, settings.spacing is None)}{rest}'


def scale_text(spacing: PixelSpacing, of_points: bool = False) -> str:
    """A scale in words and who states it; two sides where pixels are not square.

    Args:
        spacing: mm per pixel.
        of_points: Whether it is read from the points file.
    """
    size = ' x '.join(f'{side:.4g}' for side in dict.fromkeys(spacing.pair))
    source = printable(spacing.source)
    origin = f'as {source}' if source.startswith(GIVEN) else f'by {source}'
    if of_points:
        origin = f'as the points file says ({origin})'
    return f'{size} mm per pixel, {origin}'


def _norms(settings: ReportOptions) -> str:
    whom = 'adult' if settings.age is None else f'{settings.age:g} years'
    sex = settings.sex or 'sex not given'
    return f'{printable(settings.norms_name)}; {whom}, {sex}'


def _scale_warning(sella_nasion: Measurement) -> list[str]:
    """Read off the S-N distance, which :func:`.placing.scale_in_doubt` judges too."""
    low, high = SELLA_NASION_MM
    length = float(sella_nasion.value)
    if np.isnan(length) or low <= length <= high:
        return []
    return [
        f'Scale in doubt: S-N is {length:.1f} mm, where heads have {low:g} to {high:g}. '
        'Deviations of distances are marked with a question mark.'
    ]


def _facing_warning(report: CephReport) -> list[str]:
    points = named_points(report.prediction)
    found = find_facing(points) if points else np.nan
    if np.isnan(found) or (found > 0) == (report.facing == 'right'):
        return []
    return [
        f'Facing in doubt: {report.facing} is given, the points look the other way.'
    ]


def _point_warnings(
    report: CephReport, held_back: np.ndarray, advice: str
) -> list[str]:
    prediction = report.prediction
    labels = np.array(prediction.labels)
    missing = prediction.missing
    said = []
    if missing.any():
        said.append(f'Missing points: {", ".join(labels[missing])}.')
    pairs = zip(prediction.names, short_names(prediction.names), strict=True)
    if unknown := [name for name, short in pairs if short is None]:
        said.append(
            f'Points of unknown names, in no measurement: {", ".join(unknown)}.'
        )
    ringed = report.low_confidence & ~missing
    if ringed.any():
        listed = f'Doubtful points (amber rings): {", ".join(labels[ringed])}.'
        said.append(
            f'{listed} Not measured from: {advice}.'
            if held_back.any()
            else f'{listed} Measured from all the same, unchecked.'
        )
    return said


def grade(measurement: Measurement) -> str:
    """One of :data:`GRADES`: how far from the norm, empty where none can be said."""
    deviation, norm = measurement.deviation, measurement.norm
    if np.isfinite(deviation):
        size = round(abs(float(deviation)), 6)
        return GRADES[0] if size <= 1 else GRADES[1] if size <= 2 else GRADES[2]
    if norm is None or norm.sd is not None or not np.isfinite(measurement.value):
        return ''
    if norm.low is None or norm.high is None:
        return ''
    return GRADES[3] if norm.low <= measurement.value <= norm.high else GRADES[4]


def table_rows(sheet: CephReport) -> list[dict]:
    """Every measurement as plain values; None for what is not known."""
    return [_row(found) for found in sheet.measurements.values()]


def _row(found: Measurement) -> dict:
    return dict(
        analysis=found.definition.analysis,
        measurement=found.name,
        value=_rounded(found.value),
        uncertainty=_rounded(found.uncertainty),
        unit=found.unit,
        norm=str(found.norm or ''),
        deviation_sd=_rounded(found.deviation),
        grade=grade(found),
        scale_in_doubt=bool(found.scale_in_doubt),
        not_available=found.reason,
        note=found.definition.note,
        source=found.norm.source if found.norm else '',
        population=found.norm.population if found.norm else '',
    )


def _rounded(value) -> float | None:
    return round(float(value), 2) + 0.0 if np.isfinite(value) else None


def value_text(row: dict) -> str:
    """A value as it is read: one decimal, with its unit and its uncertainty."""
    if row['value'] is None:
        return ''
    spread = '' if row['uncertainty'] is None else f' ± {row["uncertainty"]:.1f}'
    unit = row['unit'] if row['unit'] == '°' else f' {row["unit"]}'
    return f'{_signless(row["value"])}{spread}{unit}'


def deviation_text(row: dict) -> str:
    """A deviation with its sign, or the grade of a norm that is a range.

    A question mark follows where the scale is in doubt.
    """
    text = row['grade']
    if row['deviation_sd'] is not None:
        text = f'{_signless(row["deviation_sd"], "+.1f")} SD'
    return f'{text} ?' if text and row['scale_in_doubt'] else text


def change_text(row: dict) -> str:
    """A change with its sign and its uncertainty."""
    spread = '' if row['uncertainty'] is None else f' ± {row["uncertainty"]:.1f}'
    return f'{_signless(row["change"], "+.1f")}{spread}'


def _signless(value: float, form: str = '.1f') -> str:
    """Without the sign of a zero."""
    return format(round(value, 1) + 0.0, form)


def facts(sheet: CephReport) -> dict[str, str]:
    """What stands above the table, in order."""
    return {
        'Skeletal class': sheet.skeletal_class
        + (f' (ANB {sheet.anb})' if sheet.anb else ''),
        'Scale': sheet.scale,
        'Facing': sheet.facing,
        'Points': sheet.source,
        'Norms': sheet.norms,
        'Made by': f'mmlandmark {sheet.version}, {sheet.date}',
    }


def remarks(rows: list[dict]) -> list[str]:
    """What stands below the table: notes, what ± is, and where the norms come from."""
    found = [row for row in rows if row['value'] is not None]
    notes: dict[str, list[str]] = {}
    for row in found:
        if row['note']:
            notes.setdefault(row['note'], []).append(row['measurement'])
    sources = dict.fromkeys(
        f'{row["source"].split(";")[0]} ({row["population"]})'
        for row in found
        if row['norm'] and row['source']
    )
    return [
        *(f'* {", ".join(names)}: {note}.' for note, names in notes.items()),
        *['? The scale is in doubt.'] * any(row['scale_in_doubt'] for row in found),
        '± is one standard deviation, carried from the expected error of each point; it '
        'knows nothing of how annotators differ.',
        f'Norms: {"; ".join(sources)}.' if sources else 'The norms name no source.',
    ]


def reasons(rows: list[dict]) -> dict[str, list[str]]:
    """Why measurements have no value, and which."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row['value'] is None:
            found.setdefault(row['not_available'], []).append(row['measurement'])
    return found
