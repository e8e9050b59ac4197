"""The report of one head: what the HTML, PDF, JSON and CSV files show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import numpy as np

from ..cephalometry.classes import class_in_words
from ..cephalometry.frontal import IRIS
from ..cephalometry.measure import Measurement, measure
from ..cephalometry.names import field_labels, named_points, short_names
from ..cephalometry.norms import Norms
from ..cephalometry.orientation import SELLA_NASION_MM, find_facing
from ..errors import InputError
from ..structures.pixel_spacing import GIVEN, PixelSpacing
from ..structures.prediction import Prediction
from ..utils.plain_text import printable
from ..version import __version__
from .head import facing_of
from .rows import measurement_row, measurement_rows, value_text

DISCLAIMER = (
    'Research software, not a medical device: not for diagnosis or treatment unless a '
    'qualified person has checked every point.'
)
#: Expected error in mm above which a point is not used for measurements. It is larger than
#: :data:`.prediction.LOW_CONFIDENCE_MM`, above which a point is marked: a limit of 2 mm
#: would exclude porion on seven of ten radiographs, 3 mm on three (ISBI 2015, 120-150).
NOT_MEASURED_MM = 3.0


@dataclass(kw_only=True)
class Report:
    """The content of the report of one head; every output format shows it.

    Attributes:
        title: Name of the image, by default its file name.
        prediction: Its points, with the field's short names as labels and the spacing
            that lengths are measured by.
        source: The origin of the points as text.
        low_confidence: ``(K,)`` bool, the points of low confidence.
        scale: The scale and its origin as text.
        measurements: Every measurement by its name.
        warnings: Remarks that are shown above the measurements.
        version: Version of mmlandmark.
        date: Date of the report, ISO 8601.
    """

    heading: ClassVar[str]

    title: str
    prediction: Prediction
    source: str
    low_confidence: np.ndarray
    scale: str
    measurements: dict[str, Measurement]
    warnings: list[str] = field(default_factory=list)
    version: str = __version__
    date: str = field(default_factory=lambda: date.today().isoformat())

    @property
    def spacing(self) -> PixelSpacing | None:
        """mm per pixel; None where not known."""
        return self.prediction.spacing

    @property
    def rows(self) -> list[dict]:
        """Every measurement as plain values; see :func:`.rows.measurement_rows`."""
        return measurement_rows(self.measurements.values())

    @property
    def facts(self) -> dict[str, str]:
        """The lines above the table, in order: a label and its text."""
        return {
            'Scale': self.scale,
            'Points': self.source,
            'Made by': f'mmlandmark {self.version}, {self.date}',
        }

    @property
    def findings(self) -> dict[str, str]:
        """Further entries of a JSON file and of a table, by their keys."""
        return {}

    @property
    def summary(self) -> str:
        """The report in a few words."""
        raise NotImplementedError


@dataclass(kw_only=True)
class CephReport(Report):
    """The content of the report of one radiograph.

    Attributes:
        facing: ``'left'`` or ``'right'``.
        skeletal_class: The class as text.
        anb: The ANB angle with its unit as text; empty where it was not measured.
        norms: The origin of the norms, and the age and sex they are for, as text.
    """

    heading: ClassVar[str] = 'Cephalometric report'

    facing: str
    skeletal_class: str
    anb: str
    norms: str

    @property
    def facts(self) -> dict[str, str]:
        """The lines above the table, in order: a label and its text."""
        anb = f' (ANB {self.anb})' if self.anb else ''
        return {
            'Skeletal class': f'{self.skeletal_class}{anb}',
            'Scale': self.scale,
            'Facing': self.facing,
            'Points': self.source,
            'Norms': self.norms,
            'Made by': f'mmlandmark {self.version}, {self.date}',
        }

    @property
    def findings(self) -> dict[str, str]:
        """Further entries of a JSON file and of a table, by their keys."""
        return dict(facing=self.facing, skeletal_class=self.skeletal_class)

    @property
    def summary(self) -> str:
        """The report in a few words."""
        return self.skeletal_class


@dataclass(frozen=True)
class ReportOptions:
    """The options of a report; they apply to all radiographs of a call.

    Attributes:
        norms: From :func:`.norms.read_norms`.
        norms_name: What the report calls the norms.
        spacing: mm per pixel; None takes the spacing of the points file.
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
    spacing: PixelSpacing | None = None
    facing: str | None = None
    sex: str | None = None
    age: float | None = None
    use_low_confidence: bool = False
    low_confidence_mm: float = NOT_MEASURED_MM
    low_confidence_requested: bool = False
    advice: str = 'check and correct them in the points file'


def make_report(
    title: str,
    prediction: Prediction,
    source: str,
    settings: ReportOptions,
    more_warnings: Sequence[str] = (),
) -> CephReport:
    """Measure a radiograph and collect the warnings about it.

    Args:
        title: Name of the radiograph.
        prediction: Its points.
        source: The origin of the points as text.
        settings: How they are measured.
        more_warnings: Warnings about the radiograph that the caller already has.

    Raises:
        InputError: ``settings.facing`` is None and the points do not show which way the
            head faces; or the spacing is from an iris, which a radiograph does not show.
    """
    if settings.spacing and settings.spacing.source == IRIS:
        raise InputError(
            'an iris gives the scale of a photograph of a face, not of a lateral head'
        )
    scale = _scale(prediction, settings)
    names = tuple(map(printable, prediction.names))
    prediction = replace(
        prediction,
        names=names,
        labels=field_labels(names),
        spacing=settings.spacing or prediction.spacing,
    )
    facing = facing_of(prediction, settings.facing)
    low_confidence = low_confidence_of(prediction, settings)
    excluded = low_confidence & (not settings.use_low_confidence)
    measurements = _measurements(prediction, facing, excluded, settings)
    anb = measurements['ANB']
    report = CephReport(
        title=printable(title),
        prediction=replace(prediction, flags=tuple(map(bool, low_confidence))),
        source=printable(source),
        low_confidence=low_confidence,
        facing=facing,
        scale=scale,
        measurements=measurements,
        skeletal_class=class_in_words(float(anb.value), float(anb.uncertainty)),
        anb=value_text(measurement_row(anb)),
        norms=_norms(settings),
    )
    report.warnings += [
        *_scale_warning(measurements['S-N']),
        *more_warnings,
        *_facing_warning(report),
        *missing_warning(report.prediction),
        *_name_warning(report.prediction),
        *low_confidence_warning(
            report, np.ones_like(excluded), excluded, settings.advice
        ),
    ]
    return report


def low_confidence_of(prediction: Prediction, settings: ReportOptions) -> np.ndarray:
    """``(K,)`` bool, the points of low confidence by the limit of the settings."""
    flags = prediction.low_confidence(
        settings.low_confidence_mm,
        believe_flags=not settings.low_confidence_requested,
    )
    return np.zeros(len(prediction.names), bool) if flags is None else flags


def _measurements(
    prediction: Prediction,
    facing: str,
    excluded: np.ndarray,
    settings: ReportOptions,
) -> dict[str, Measurement]:
    """Every measurement of a prediction, without the excluded points ``(K,)``."""
    return measure(
        prediction.points,
        prediction.names,
        prediction.spacing,
        facing=facing,
        expected_errors=prediction.expected_errors,
        low_confidence=excluded,
        norms=settings.norms,
        sex=settings.sex,
        age=settings.age,
    )


def _scale(prediction: Prediction, settings: ReportOptions) -> str:
    spacing = settings.spacing or prediction.spacing
    if spacing is None:
        return 'uncalibrated: angles and ratios only, no distances'
    rest = (
        '' if 'Magnification' in spacing.source else '; not corrected for magnification'
    )
    return f'{scale_text(spacing, settings.spacing is None)}{rest}'


def scale_text(spacing: PixelSpacing, of_points: bool = False) -> str:
    """``0.1 mm per pixel, as given``; ``0.1 x 0.2`` for pixels that are not square.

    Args:
        spacing: mm per pixel.
        of_points: Whether it is read from the points file.
    """
    size = ' x '.join(f'{side:.4g}' for side in dict.fromkeys(spacing.pair))
    source = printable(spacing.source)
    origin = f'as {source}' if source.startswith(GIVEN) else f'from {source}'
    if of_points:
        origin = f'from the points file ({origin})'
    return f'{size} mm per pixel, {origin}'


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
        'Check the mm per pixel of this image file. '
        'Deviations of distances are marked with a question mark.'
    ]


def _facing_warning(report: CephReport) -> list[str]:
    points = named_points(report.prediction)
    found = find_facing(points) if points else np.nan
    if np.isnan(found) or (found > 0) == (report.facing == 'right'):
        return []
    return [
        f'Facing in doubt: {report.facing} is given, but the points face the other way.'
    ]


def missing_warning(prediction: Prediction) -> list[str]:
    """A line that names the missing points; none if there are none."""
    missing = prediction.missing
    if not missing.any():
        return []
    return [f'Missing points: {", ".join(np.array(prediction.labels)[missing])}.']


def _name_warning(prediction: Prediction) -> list[str]:
    pairs = zip(prediction.names, short_names(prediction.names), strict=True)
    unknown = [name for name, short in pairs if short is None]
    if not unknown:
        return []
    return [
        f'Points with unknown names, not used for measurements: {", ".join(unknown)}.'
    ]


def low_confidence_warning(
    report: Report, used: np.ndarray, excluded: np.ndarray, advice: str
) -> list[str]:
    """A line that names the points of low confidence; none if there are none.

    Args:
        report: The report, still without warnings.
        used: ``(K,)`` bool, the points that any measurement needs.
        excluded: ``(K,)`` bool, the points that are left out of the measurements.
        advice: What a user can do about excluded points.
    """
    ringed = report.low_confidence & ~report.prediction.missing
    if not ringed.any():
        return []
    listed = ', '.join(np.array(report.prediction.labels)[ringed])
    listed = f'Points of low confidence (amber rings): {listed}.'
    if not (ringed & used).any():
        return [f'{listed} No measurement needs them.']
    if excluded.any():
        return [f'{listed} Not used for measurements: {advice}.']
    return [f'{listed} Used for measurements, although nobody has checked them.']
