"""The report of one frontal face: symmetry and proportions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..cephalometry.frontal import IRIS, IRIS_SD_MM, frontal_symbols, measure_face
from ..errors import InputError
from ..schemes import IBUG68, name_key
from ..structures.prediction import Prediction
from ..utils.plain_text import printable
from .model import (
    Report,
    ReportOptions,
    low_confidence_of,
    low_confidence_warning,
    missing_warning,
    scale_text,
)
from .rows import value_text

#: Degrees of yaw and of pitch above which the report warns: a turned head looks asymmetric,
#: and the lower third of a raised head looks shorter. The poses that face68 estimates in 40
#: frontal studio portraits (Face Research Lab London Set, Canada) reach 3.5 and 8.1
#: degrees.
MAX_YAW, MAX_PITCH = 5.0, 12.0


@dataclass(kw_only=True)
class FaceReport(Report):
    """The content of the report of one face."""

    heading: ClassVar[str] = 'Facial report'

    @property
    def summary(self) -> str:
        """The report in a few words."""
        measured = [row for row in self.rows if row['value'] is not None]
        chin = [r for r in measured if r['measurement'] == 'Chin deviation angle']
        text = f'; chin deviation {value_text(chin[0])}' if chin else ''
        return f'{len(measured)} measurements{text}'


def make_face_report(
    title: str,
    prediction: Prediction,
    source: str,
    settings: ReportOptions,
    more_warnings: Sequence[str] = (),
) -> FaceReport:
    """Measure a frontal face and collect the warnings about it.

    Args:
        title: Name of the photograph.
        prediction: Its points, of ``ibug68``.
        source: The origin of the points as text.
        settings: How they are measured; norms, sex, age and facing are those of lateral
            heads and are not used.
        more_warnings: Warnings about the photograph that the caller already has.

    Raises:
        InputError: The points are of another scheme.
    """
    names = tuple(map(printable, prediction.names))
    symbols = frontal_symbols(names)
    numbers = _numbers(names)
    prediction = replace(
        prediction,
        names=names,
        labels=tuple(s or n for s, n in zip(symbols, numbers, strict=True)),
        spacing=settings.spacing or prediction.spacing,
    )
    low_confidence = low_confidence_of(prediction, settings)
    used = np.array([symbol is not None for symbol in symbols])
    excluded = low_confidence & used & (not settings.use_low_confidence)
    report = FaceReport(
        title=printable(title),
        prediction=replace(prediction, flags=tuple(map(bool, low_confidence))),
        source=printable(source),
        low_confidence=low_confidence,
        scale=_scale(prediction, settings.spacing is None),
        measurements=measure_face(
            prediction.points,
            names,
            prediction.spacing,
            expected_errors=prediction.expected_errors,
            low_confidence=excluded,
        ),
    )
    report.warnings += [
        *more_warnings,
        *_pose_warning(prediction),
        *missing_warning(prediction),
        *low_confidence_warning(report, used, excluded, settings.advice),
    ]
    return report


def _numbers(names: Sequence[str]) -> list[str]:
    """The 1-based number of each of the 68 points, by which 300-W labels them."""
    places = IBUG68.places()
    return [IBUG68.labels[places[name_key(name)]] for name in names]


def _scale(prediction: Prediction, of_points: bool) -> str:
    spacing = prediction.spacing
    if spacing is None:
        return 'uncalibrated: angles and ratios only, no distances'
    text = scale_text(spacing, of_points)
    if spacing.source == IRIS:
        text += f'; the iris of adults varies by {IRIS_SD_MM} mm (SD), which ± includes'
    return f'{text}; perspective is not corrected for'


def _pose_warning(prediction: Prediction) -> list[str]:
    """A warning if the head is turned, computed from the current points."""
    try:
        from ..face.head_pose import head_pose
    except ImportError:  # SciPy is not a requirement of mmlandmark-lite
        return ['Whether the face is frontal was not checked: SciPy is not installed.']
    order = {name_key(name): k for k, name in enumerate(prediction.names)}
    places = [order.get(name_key(name)) for name in IBUG68.points]
    if None in places:
        return ['Whether the face is frontal was not checked: points are missing.']
    try:
        pitch, yaw, _ = head_pose(prediction.points[np.array(places, int)])
    except InputError:
        pitch = yaw = np.nan
    if np.isnan(yaw):
        return ['Whether the face is frontal was not checked: points are missing.']
    if abs(yaw) <= MAX_YAW and abs(pitch) <= MAX_PITCH:
        return []
    return [
        f'The head is turned (yaw {yaw:+.0f}°, pitch {pitch:+.0f}°): left and right, and '
        'upper and lower parts, cannot be compared.'
    ]
