"""Converts a prediction to plain values for JSON, and back with validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from .head_view import HeadView
from .pixel_spacing import PixelSpacing

if TYPE_CHECKING:
    from .prediction import Prediction

#: Largest absolute value of a coordinate, pixels: larger than any image.
MAX_PIXELS = 1e6

#: Of points files; raised when a key changes its name or its meaning.
SCHEMA_VERSION = 1

#: Of a head's pose, in the order of the array.
ANGLES = ('pitch', 'yaw', 'roll')


def to_values(prediction: Prediction, low_confidence: np.ndarray | None) -> dict:
    """See :meth:`.prediction.Prediction.to_dict`."""
    p = prediction
    values: dict[str, Any] = dict(
        box=None if p.box is None else [float(v) for v in p.box],
        spacing=p.spacing.to_dict() if p.spacing else None,
    )
    if p.rotation:
        values['rotation'] = float(p.rotation)
    if p.box_score is not None:
        values['box_score'] = float(p.box_score)
    if p.head_pose is not None:
        values['head_pose'] = dict(zip(ANGLES, map(float, p.head_pose), strict=True))
    if p.size is not None:
        values['size'] = [int(side) for side in p.size]
    values['scheme'] = p.scheme_name
    if p.skeleton:
        values['skeleton'] = [[int(a), int(b)] for a, b in p.skeleton]
    if p.median_expected_error is not None:
        values['median_expected_error'] = float(p.median_expected_error)
    if p.view is not None:
        values['view'] = p.view.to_dict()
    return values | dict(points=_rows(p, low_confidence))


def _rows(p: Prediction, low_confidence: np.ndarray | None) -> list[dict]:
    rows: list[dict] = [
        dict(name=name, label=label, x=_plain(x), y=_plain(y))
        for name, label, (x, y) in zip(p.names, p.labels, p.points, strict=True)
    ]
    for row, score in zip(rows, p.scores, strict=True):
        if np.isfinite(score):
            row['score'] = float(score)
    for key, numbers in (
        ('z', p.z),
        ('expected_error', p.expected_errors),
        ('expected_error_mm', p.expected_errors_mm),
    ):
        if numbers is not None:
            for row, number in zip(rows, numbers, strict=True):
                row[key] = _plain(number)
    for key, flags in (
        ('low_confidence', low_confidence),
        ('moved', p.moved),
        ('checked', p.checked),
    ):
        if flags is not None:
            for row, flag in zip(rows, flags, strict=True):
                row[key] = bool(flag)
    return rows


def _plain(value: float) -> float | None:
    """The value as a float; None for NaN, which JSON lacks."""
    return float(value) if np.isfinite(value) else None


def fields_of(values: Any) -> dict:
    """See :meth:`.prediction.Prediction.from_dict`."""
    if not isinstance(values, dict):
        raise InputError(
            f'a prediction is an object with "points", not {shown(values)}'
        )
    rows = _dicts(values.get('points'))
    names = tuple(
        _text(row.get('name'), f'name of point {n}') for n, row in enumerate(rows, 1)
    )
    spacing, median = values.get('spacing'), values.get('median_expected_error')
    return dict(
        points=np.column_stack([_numbers(rows, names, axis) for axis in 'xy']),
        scores=_numbers(rows, names, 'score'),
        names=names,
        labels=tuple(
            _text(row.get('label', name), f'label of {name}')
            for row, name in zip(rows, names, strict=True)
        ),
        box=_box(values.get('box')),
        spacing=_spacing(spacing),
        expected_errors=_known(rows, names, 'expected_error'),
        median_expected_error=None if median is None else _size_of_error(median),
        z=_known(rows, names, 'z'),
        size=_size(values.get('size')),
        skeleton=_skeleton(values.get('skeleton', []), len(names)),
        scheme_name=_text(values.get('scheme', 'landmarks'), 'scheme'),
        moved=_marks(rows, 'moved'),
        checked=_marks(rows, 'checked'),
        flags=_flags(rows),
        **_of_face(values),
        view=None if values.get('view') is None else HeadView.from_dict(values['view']),
    )


def _of_face(values: dict) -> dict:
    """Rotation and score of the box and pose of the head, as far as they are stated."""
    found = dict(
        rotation=_finite(values.get('rotation', 0.0), 'rotation', 360.0),
        box_score=values.get('box_score'),
        head_pose=values.get('head_pose'),
    )
    if found['box_score'] is not None:
        found['box_score'] = _finite(found['box_score'], 'box_score', 1.0)
    if (pose := found['head_pose']) is not None:
        if not isinstance(pose, dict):
            raise InputError(f'head_pose is {shown(pose)}, an object is needed')
        found['head_pose'] = tuple(_finite(pose.get(k), k, 360.0) for k in ANGLES)
    return found


def _finite(value: Any, what: str, most: float) -> float:
    if type(value) not in (int, float) or not abs(value) <= most:
        raise InputError(f'{what} is {shown(value)}, not a number up to {most:g}')
    return float(value)


def _dicts(rows: Any) -> list[dict]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'"points" is {shown(rows)}, a list of objects is needed')
    if not rows:
        raise InputError('there is no point in it')
    return rows


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise InputError(f'{what} is {shown(value)}, text is needed')
    return value


def _numbers(rows: list[dict], names: tuple[str, ...], key: str) -> np.ndarray:
    return np.array(
        [
            number(row.get(key), f'{key} of {name}')
            for row, name in zip(rows, names, strict=True)
        ]
    )


def _known(rows: list[dict], names: tuple[str, ...], key: str) -> np.ndarray | None:
    """The numbers of a key; None if no point has it."""
    if not any(key in row for row in rows):
        return None
    found = _numbers(rows, names, key)
    if key == 'expected_error' and (found < 0).any():
        name = names[int((found < 0).argmax())]
        raise InputError(f'{key} of {name} is {found.min():g}, below zero')
    return found


def number(value: Any, what: str, limit: float = MAX_PIXELS) -> float:
    """A number of pixels; NaN for null or NaN (not known).

    Raises:
        InputError: The value is not a number, or its absolute value is above ``limit``.
    """
    if value is None:
        return float('nan')
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f'{what} is {shown(value)}, not a number')
    if abs(value) > limit:
        raise InputError(f'{what} is {shown(value)}: no image is that large')
    return float(value)


def _size_of_error(value: Any) -> float:
    median = number(value, 'median_expected_error')
    if not median >= 0:
        raise InputError(f'median_expected_error is {shown(value)}, not above zero')
    return median


def _box(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4:
        raise InputError(f'box is {shown(value)}, [x1, y1, x2, y2] is needed')
    box = tuple(number(side, 'a side of box') for side in value)
    if not np.isfinite(box).all():
        raise InputError('a side of box is null, a number is needed')
    return box


def _size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    whole = isinstance(value, list) and all(type(side) is int for side in value)
    if not whole or len(value) != 2 or not all(0 < s <= MAX_PIXELS for s in value):
        raise InputError(f'size is {shown(value)}, [width, height] is needed')
    return value[0], value[1]


def _skeleton(pairs: Any, count: int) -> tuple[tuple[int, int], ...]:
    whole = isinstance(pairs, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(type(end) is int and 0 <= end < count for end in pair)
        for pair in pairs
    )
    if not whole:
        raise InputError(
            f'skeleton is {shown(pairs)}, pairs of places in "points" are needed'
        )
    return tuple((a, b) for a, b in pairs)


def _marks(rows: list[dict], key: str) -> np.ndarray | None:
    if not any(key in row for row in rows):
        return None
    return np.array([row.get(key) is True for row in rows])


def _flags(rows: list[dict]) -> tuple[bool | None, ...] | None:
    stated = [row.get('low_confidence') for row in rows]
    flags = tuple(flag if isinstance(flag, bool) else None for flag in stated)
    return flags if any(flag is not None for flag in flags) else None


def shown(value: Any) -> str:
    """A value as quoted in messages, at most 40 characters."""
    if isinstance(value, (list, dict)):
        return f'a {type(value).__name__} of {len(value)}'
    if isinstance(value, int) and abs(value) > 10**20:
        return 'an integer of more than 20 digits'
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + '...'


def _spacing(value: Any) -> PixelSpacing | None:
    """The spacing in a points file; it may also be the pair ``[sy, sx]``."""
    if value is None or isinstance(value, list):
        return PixelSpacing.from_pair(value)
    return PixelSpacing.from_dict(value)
