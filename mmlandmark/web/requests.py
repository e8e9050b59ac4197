"""What the page sends back, checked: the points, and how they are to be measured."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import numpy as np

from ..cephalometry.norms import SEXES, read_norms
from ..cephalometry.orientation import FACINGS, spacing_from_ruler
from ..errors import InputError
from ..formats.points_json import points_of
from ..report.model import ReportOptions
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction

_MOST_HEADS = 200
_LEAST = 1e-5  # of a scale, a length and an age


@dataclass(frozen=True)
class MeasureRequest:
    """The points of a film as a page has them.

    Attributes:
        model: Which detector found them.
        predictions: One per head.
        settings: How they are to be measured.
    """

    model: str
    predictions: list[Prediction]
    settings: ReportOptions


def read_posted(
    body: bytes,
    size: tuple[int, int],
    low_confidence_mm: float = ReportOptions.low_confidence_mm,
) -> MeasureRequest:
    """Read what a page sends.

    Args:
        body: JSON with ``model``, ``heads`` (lists of points, as a points file has them,
            with ``checked`` and ``moved``) and ``settings``.
        size: Width and height of the image in pixels.
        low_confidence_mm: Expected error in mm above which a point is of low confidence.

    Raises:
        InputError: It is something else, or a setting cannot be used.
    """
    try:
        values = json.loads(body, parse_constant=_refuse_constant)
        settings = _settings(dict(values['settings']), low_confidence_mm)
        heads = list(values['heads'])
        model = str(values['model'])[:80]
        if not 0 < len(heads) <= _MOST_HEADS:
            raise InputError(f'{len(heads)} heads were sent, one or more are needed')
        predictions = [_prediction(list(head), settings) for head in heads]
        for prediction in predictions:
            _check_places(prediction, size)
    except InputError:
        raise
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        why = f'{type(error).__name__}: {str(error)[:200]}'
        raise InputError(f'this is not what the page sends: {why}') from None
    return MeasureRequest(model, predictions, settings)


def _refuse_constant(word: str) -> float:
    raise ValueError(f'{word} is not a number of JSON')


def _check_places(prediction: Prediction, size: tuple[int, int]) -> None:
    """Refuse what no detector finds and no hand sets: drawing it would have no end.

    A detector may find a point outside the image, but not farther than the image is large.
    """
    least, most = -np.array(size), 2 * np.array(size)
    # a missing point is NaN, and neither
    points, errors = prediction.points, prediction.expected_errors
    outside = ((points < least) | (points > most)).any(axis=1)
    if errors is not None:
        outside |= errors > sum(size)
    if outside.any():
        name = prediction.names[int(outside.argmax())][:80]
        raise InputError(f'the point {name!r} lies far outside the image')


def _prediction(rows: list[dict], settings: ReportOptions) -> Prediction:
    found = points_of(dict(points=rows))
    errors = found.expected_errors
    if errors is not None and found.moved is not None:
        # the error of what a person set has not been measured
        errors = np.where(found.moved, np.nan, errors)
    # where the spacing is known the limit in mm decides, not what was found without it
    flags = found.flags if settings.spacing is None else None
    return replace(found, spacing=settings.spacing, expected_errors=errors, flags=flags)


def source_of(prediction: Prediction, model: str) -> str:
    """Where the points come from, in words."""
    moved = 0 if prediction.moved is None else int(prediction.moved.sum())
    checked = int(prediction.edited.sum()) - moved
    said = [f'found by {model}']
    if moved:
        said.append(f'{moved} set by hand')
    if checked:
        said.append(f'{checked} checked')
    return ', '.join(said)


def _settings(values: dict, low_confidence_mm: float) -> ReportOptions:
    """The settings that a page's form gives; empty and absent is not known."""
    spacing = PixelSpacing.of(_number(values, 'mm_per_px', 'mm per pixel', 1000))
    if ruler := values.get('ruler'):
        length = _number(values, 'ruler_mm', 'the length of the ruler', 10_000)
        if length is None:
            raise InputError('give the length of the ruler in mm')
        (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in ruler)
        spacing = spacing_from_ruler((x1, y1), (x2, y2), length)
        _number(dict(ruler=spacing.mean), 'ruler', 'mm per pixel by the ruler', 1000)
    return ReportOptions(
        read_norms(),
        spacing=spacing,
        facing=_one_of(values, 'facing', FACINGS),
        sex=_one_of(values, 'sex', SEXES),
        age=_number(values, 'age', 'the age', 150),
        use_low_confidence=values.get('use_low_confidence') is True,
        low_confidence_mm=low_confidence_mm,
    )


def _number(values: dict, key: str, what: str, most: float) -> float | None:
    value = values.get(key)
    if value is None or value == '':
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f'{what} is no number') from None
    if not (math.isfinite(number) and number > 0):
        raise InputError(f'{what} is not above zero')
    if not _LEAST <= number <= most:
        raise InputError(f'{what} is not between {_LEAST:g} and {most:g}')
    return number


def _one_of(values: dict, key: str, choices: tuple[str, ...]) -> str | None:
    value = values.get(key) or None
    if value is not None and value not in choices:
        raise InputError(f'{key} is {" or ".join(choices)}, not {value!r}')
    return value
