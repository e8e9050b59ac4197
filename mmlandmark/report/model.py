"""The report of one radiograph: what the HTML, PDF, JSON and CSV files show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ..cephalometry.classes import class_in_words
from ..cephalometry.measure import Measurement, measure
from ..cephalometry.names import short_names
from ..cephalometry.norms import Norms
from ..cephalometry.orientation import SELLA_NASION_MM, find_facing
from ..utils.plain_text import printable
from ..version import __version__
from .rows import measurement_row, measurement_rows, rounded, value_text
from .tracing import Tracing, facing_of

DISCLAIMER = (
    'Research software, not a medical device: not for diagnosis or treatment unless a '
    'qualified person has checked every point.'
)


@dataclass
class CephReport:
    """The content of the report of one radiograph.

    Attributes:
        title: Name of the radiograph, usually its file name.
        tracing: Its points.
        facing: ``'left'`` or ``'right'``.
        spacing: mm per pixel as ``(sy, sx)``; None where not known.
        scale: The scale and its origin as text.
        measurements: Every measurement by its name.
        skeletal_class: The class as text.
        anb: The ANB angle with its unit as text; empty where it was not measured.
        norms: The origin of the norms, and the age and sex they are for, as text.
        warnings: What a reader must know before the numbers.
        version: Of mmlandmark.
        date: Of the report, ISO 8601.
    """

    title: str
    tracing: Tracing
    facing: str
    spacing: tuple[float, float] | None
    scale: str
    measurements: dict[str, Measurement]
    skeletal_class: str
    anb: str
    norms: str
    warnings: list[str]
    version: str = __version__
    date: str = ''

    @property
    def rows(self) -> list[dict]:
        """Every measurement as plain values; see :func:`.rows.measurement_rows`."""
        return measurement_rows(self.measurements.values())

    @property
    def facts(self) -> dict[str, str]:
        """The lines above the table, in order: a label and its text."""
        anb = f' (ANB {self.anb})' if self.anb else ''
        return {
            'Skeletal class': f'{self.skeletal_class}{anb}',
            'Scale': self.scale,
            'Facing': self.facing,
            'Points': self.tracing.source,
            'Norms': self.norms,
            'Made by': f'mmlandmark {self.version}, {self.date}',
        }


@dataclass(frozen=True)
class ReportOptions:
    """How radiographs are measured; the same for all radiographs of a call.

    Attributes:
        norms: From :func:`.norms.read_norms`.
        norms_name: What the report calls the norms.
        spacing: mm per pixel as ``(sy, sx)``; None takes the spacing of the points file.
        scale_from: The origin of ``spacing`` as text.
        facing: ``'left'`` or ``'right'``; None determines it from the points.
        sex, age: Select the norms; None where not known. Age is in years.
        use_low_confidence: Also measure from points of low confidence.
        low_confidence_mm: Expected error in mm above which a point is of low confidence.
        low_confidence_requested: Whether the user gave this limit. It then also applies to
            points that their file marks as ``"low_confidence": false``.
        advice: What a user can do about points of low confidence; ends the warning about
            them.
    """

    norms: Norms
    norms_name: str = 'default norms'
    spacing: tuple[float, float] | None = None
    scale_from: str = 'as given'
    facing: str | None = None
    sex: str | None = None
    age: float | None = None
    use_low_confidence: bool = False
    low_confidence_mm: float = 3.0
    low_confidence_requested: bool = False
    advice: str = 'check and correct them in the points file'


def make_report(
    title: str,
    tracing: Tracing,
    settings: ReportOptions,
    more_warnings: Sequence[str] = (),
) -> CephReport:
    """Measure a radiograph and collect the warnings about it.

    Args:
        title: Name of the radiograph.
        tracing: Its points.
        settings: How they are measured.
        more_warnings: Warnings about the radiograph that the caller already has.

    Raises:
        InputError: ``settings.facing`` is None and the points do not show which way the
            head faces.
    """
    tracing = replace(
        tracing,
        names=tuple(map(printable, tracing.names)),
        source=printable(tracing.source),
    )
    facing = facing_of(tracing, settings.facing)
    spacing = settings.spacing or tracing.spacing
    low_confidence = tracing.low_confidence & (not settings.use_low_confidence)
    found = measure(
        tracing.points,
        tracing.names,
        spacing,
        facing=facing,
        expected_errors=tracing.expected_errors,
        low_confidence=low_confidence,
        norms=settings.norms,
        sex=settings.sex,
        age=settings.age,
    )
    anb = found['ANB']
    return CephReport(
        printable(title),
        tracing,
        facing,
        spacing,
        _scale(spacing, settings),
        found,
        class_in_words(float(anb.value), float(anb.uncertainty)),
        value_text(measurement_row(anb)),
        _norms(settings),
        [
            *_scale_warning(found['S-N']),
            *more_warnings,
            *_facing_warning(tracing, facing),
            *_point_warnings(tracing, low_confidence, settings.advice),
        ],
        date=date.today().isoformat(),
    )


def _scale(spacing: tuple[float, float] | None, settings: ReportOptions) -> str:
    if spacing is None:
        return 'uncalibrated: angles and ratios only, no distances'
    origin = settings.scale_from if settings.spacing else 'from the points file'
    rest = '' if 'Magnification' in origin else '; not corrected for magnification'
    return f'{scale_text(spacing)}, {origin}{rest}'


def scale_text(spacing: tuple[float, float]) -> str:
    """``0.1 mm per pixel``, or ``0.1 x 0.2 mm per pixel`` if pixels are not square."""
    size = ' x '.join(f'{side:.4g}' for side in dict.fromkeys(spacing))
    return f'{size} mm per pixel'


def _norms(settings: ReportOptions) -> str:
    whom = 'adult' if settings.age is None else f'{settings.age:g} years'
    sex = settings.sex or 'sex not given'
    return f'{printable(settings.norms_name)}; {whom}, {sex}'


def _scale_warning(sella_nasion: Measurement) -> list[str]:
    """Uses the limits of :func:`.orientation.scale_in_doubt`."""
    low, high = SELLA_NASION_MM
    length = float(sella_nasion.value)
    if np.isnan(length) or low <= length <= high:
        return []
    return [
        f'Scale in doubt: S-N is {length:.1f} mm; {low:g} to {high:g} mm is plausible. '
        'Deviations of distances are marked with a question mark.'
    ]


def _facing_warning(tracing: Tracing, facing: str) -> list[str]:
    points = tracing.named()
    found = find_facing(points) if points else np.nan
    if np.isnan(found) or (found > 0) == (facing == 'right'):
        return []
    return [f'Facing in doubt: {facing} is given, but the points face the other way.']


def _point_warnings(
    tracing: Tracing, low_confidence: np.ndarray, advice: str
) -> list[str]:
    missing = ~np.isfinite(tracing.points).all(axis=1)
    warnings = []
    if missing.any():
        warnings.append(f'Missing points: {_listed(tracing, missing)}.')
    pairs = zip(tracing.names, short_names(tracing.names), strict=True)
    if unknown := [name for name, short in pairs if short is None]:
        warnings.append(
            f'Points with unknown names, not used for measurements: {", ".join(unknown)}.'
        )
    ringed = tracing.low_confidence & ~missing
    if ringed.any():
        listed = f'Points of low confidence (amber rings): {_listed(tracing, ringed)}.'
        warnings.append(
            f'{listed} Not used for measurements: {advice}.'
            if low_confidence.any()
            else f'{listed} Used for measurements, although nobody has checked them.'
        )
    return warnings


def _listed(tracing: Tracing, which: np.ndarray) -> str:
    return ', '.join(np.array(tracing.labels)[which])


def point_rows(tracing: Tracing) -> list[dict]:
    """One row per point: plain values, with the keys of a points file."""
    return [
        dict(
            name=name,
            label=label,
            x=rounded(x),
            y=rounded(y),
            expected_error=rounded(error),
            low_confidence=bool(flag),
        )
        for name, label, (x, y), error, flag in zip(
            tracing.names,
            tracing.labels,
            tracing.points,
            tracing.expected_errors,
            tracing.low_confidence,
            strict=True,
        )
    ]
