"""The points of one film: out of a points file, or found by a detector."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..cephalometry.names import refuse_doubles, short_names
from ..cephalometry.orientation import FACINGS, find_facing
from ..errors import InputError
from ..structures.sample import validated_spacing

_MOST_PIXELS = 1e6


@dataclass
class Tracing:
    """Points by their names.

    Attributes:
        names: K names, in any spelling.
        points: ``(K, 2)`` x, y in pixels of the film; NaN where missing.
        expected_errors: ``(K,)`` how far off each is likely to be, in the same pixels; NaN
            where not known.
        low_confidence: ``(K,)`` bool: not to be measured from unseen.
        called_sure: ``(K,)`` bool: the file marks the point as not of low confidence; None
            where there is no such mark.
        spacing: mm per pixel as ``(sy, sx)``; None where not known.
        source: Where the points come from, for the report.
    """

    names: tuple[str, ...]
    points: np.ndarray
    expected_errors: np.ndarray
    low_confidence: np.ndarray
    spacing: tuple[float, float] | None = None
    source: str = ''
    called_sure: np.ndarray | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The field's short names, or the points' own."""
        found = zip(self.names, short_names(self.names), strict=True)
        return tuple(short or name for name, short in found)

    def named(self) -> dict[str, np.ndarray]:
        """Short names of the field to the ``(2,)`` of each."""
        rows = zip(short_names(self.names), self.points, strict=True)
        return {short: point for short, point in rows if short}


def read_tracing(path: str | Path) -> Tracing:
    """Read the points that ``tools/inference.py`` wrote, or that were corrected since.

    Raises:
        InputError: No such file, not its format, or a point that stands twice.
    """
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise InputError(f'no points file {path}') from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f'{path} is no JSON file of points: {error}') from None
    try:
        return tracing_of(values, f'points file {path.name}')
    except InputError as error:
        raise InputError(f'{path}: {error}') from None
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
    ) as error:
        raise InputError(
            f'{path} is not what tools/inference.py writes: {error!r}'
        ) from None


def tracing_of(values: dict, source: str) -> Tracing:
    """The points that a points file holds, out of its values.

    Args:
        values: As read from JSON, of one head.
        source: Where they come from, for the report.

    Raises:
        InputError: A point that stands twice, or what should be a number is none;
            ``LookupError`` and its like where a key is missing altogether.
    """
    found = values.get('predictions', [values])
    if len(found) != 1:
        raise InputError(f'{len(found)} heads, of which one is needed')
    rows = found[0]['points']
    if not rows:
        raise InputError('there is no point in it')
    names = tuple(str(row['name']) for row in rows)
    refuse_doubles(names)
    return Tracing(
        names,
        np.array([[_number(row, 'x'), _number(row, 'y')] for row in rows]),
        np.array([_number(row, 'expected_error') for row in rows]),
        np.array([row.get('low_confidence') is True for row in rows]),
        validated_spacing(found[0].get('spacing')),
        source,
        np.array([row.get('low_confidence') is False for row in rows]),
    )


def _number(row: dict, key: str) -> float:
    """NaN for none: a point that is missing, or a model that was not calibrated."""
    value = row.get(key)
    if value is None:
        return float('nan')
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f'{key} of {row["name"]} is {value!r}, not a number')
    if key == 'expected_error' and value < 0:
        raise InputError(f'{key} of {row["name"]} is {value}, below zero')
    if abs(value) > _MOST_PIXELS:  # of NaN this is not true: it is missing
        raise InputError(
            f'{key} of {row["name"]} is {value:.3g}: no film is that large'
        )
    return float(value)


def find_tracing(
    detector,
    image: np.ndarray,
    facing: str | None = None,
    spacing: tuple[float, float] | None = None,
    low_confidence_mm: float = 2.0,
    source: str = '',
) -> Tracing:
    """Find the points of a film with a detector that knows heads that look right.

    Args:
        detector: A :class:`mmlandmark.LandmarkDetector` of lateral heads.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB.
        facing: Which way the head looks; None tries both and takes the surer.
        spacing: mm per pixel as ``(sy, sx)``; None where not known.
        low_confidence_mm: A point whose expected error is larger is of low confidence;
            without a spacing, one that exceeds twice the model's median.
        source: Where the points come from, for the report.

    Raises:
        InputError: The detector finds nothing.
    """
    tried = [facing] if facing else list(FACINGS[::-1])
    found = [_looking(detector, image, way, spacing) for way in tried]
    best = min(found, key=_unsureness)
    doubts = best.low_confidence(low_confidence_mm)
    unknown = np.full(len(best.names), np.nan)
    return Tracing(
        best.names,
        best.points,
        unknown if best.expected_errors is None else best.expected_errors,
        np.zeros(len(best.names), bool) if doubts is None else doubts,
        spacing,
        source,
    )


def _looking(detector, image: np.ndarray, facing: str, spacing):
    """The prediction for a head that faces this way, in pixels of the image."""
    seen = image if facing == 'right' else np.ascontiguousarray(image[:, ::-1])
    predictions = detector(seen, spacing=spacing)
    if not predictions:
        raise InputError('the detector finds no head in it')
    prediction = predictions[0]
    if facing == 'left':
        prediction.points = prediction.points * (-1, 1) + (image.shape[1] - 1, 0)
    return prediction


def _unsureness(prediction) -> float:
    errors = prediction.expected_errors
    return float(-prediction.scores.mean() if errors is None else errors.mean())


def facing_of(tracing: Tracing, facing: str | None) -> str:
    """Which way the head looks: as given, else as its points show.

    Raises:
        InputError: The points do not show it.
    """
    if facing:
        return facing
    points = tracing.named()
    if not points:
        names = ', '.join(tracing.names[:5])
        raise InputError(f'none of its points has a known name: it has {names}')
    found = find_facing(points)
    if np.isnan(found):
        raise InputError(
            'the points do not show which way the head faces: give facing (left or '
            'right)'
        )
    return 'right' if found > 0 else 'left'
