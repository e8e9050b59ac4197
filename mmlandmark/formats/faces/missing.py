"""Points that are not there: one meaning in every format."""

from __future__ import annotations

import numpy as np

from ...errors import InputError


def checked_points(points: np.ndarray, where: object = '') -> np.ndarray:
    """Points as read, NaN in both coordinates where one is missing.

    Args:
        points: ``(K, 2)`` or ``(K, 3)`` numbers.
        where: Stands before a message.

    Raises:
        InputError: A coordinate is infinite, a point lacks one of its coordinates, or no
            point is set.
    """
    points = np.asarray(points, float)
    before = f'{where}: ' if where else ''
    missing = np.isnan(points)
    for k in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1))[:1]:
        raise InputError(
            f'{before}point {k + 1} lacks a coordinate: give all of them, or none'
        )
    for k in np.flatnonzero(np.isinf(points).any(axis=1))[:1]:
        raise InputError(f'{before}point {k + 1} has a coordinate that is not finite')
    if missing.all():
        raise InputError(f'{before}no point is set')
    return points
