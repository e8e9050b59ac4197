"""Orientation (facing) of a lateral head, and the scale of its image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import InputError
from ..structures.pixel_spacing import PixelSpacing
from .names import CLOCKWISE, FRONT_AND_BACK

FACINGS = ('left', 'right')

#: Plausible sella-nasion distance in mm, with or without magnification. Adults have
#: 71 +- 3 (Jarabak and Fizzell 1972): 80 is the mean plus three SD, which becomes 90 at the
#: largest magnification of the growth studies (1 / 0.886; Dibbets and Nolte 2002, Am J
#: Orthod Dentofac Orthop 122:196). S-N grows until adulthood (Axelsson et al. 2003, Eur J
#: Orthod 25:185). The radiographs of ISBI 2015 have a median of 58.7 and a first percentile
#: of 51.3 by their nominal scale; 48 is below both.
SELLA_NASION_MM = (48.0, 90.0)


def find_facing(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """The side that heads face once they are upright.

    It is the sign of the sum of the signed areas of some triangles, which does not depend
    on the rotation of the head. If no triangle is complete, the head is assumed to be
    upright, and anterior and posterior points are compared.

    Args:
        points: Short names to ``(..., 2)`` pixels; NaN where missing.

    Returns:
        ``(...)``: 1 for right, -1 for left, NaN where the points do not show it.
    """
    shape = next(iter(points.values())).shape[:-1]
    areas = [
        _cross(points[b] - points[a], points[c] - points[b])
        for a, b, c in CLOCKWISE
        if {a, b, c} <= points.keys()
    ]
    ahead = [
        points[front][..., 0] - points[back][..., 0]
        for front, back in FRONT_AND_BACK
        if {front, back} <= points.keys()
    ]
    total = np.nansum(areas, axis=0) if areas else np.zeros(shape)
    total = np.where(total != 0, total, np.nansum(ahead, axis=0) if ahead else 0)
    return np.where(total != 0, np.sign(total), np.nan)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Twice the signed area of a triangle: above zero if ``b`` is clockwise of ``a``."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def facing_sign(facing: str | None, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """1 for heads that face right, -1 for left; determined from the points if not given.

    Raises:
        InputError: ``facing`` is not left or right, or it is None and the points of one
            head do not show it.
    """
    if facing is None:
        found = find_facing(points)
        if found.ndim == 0 and np.isnan(found):
            raise InputError(
                'the points do not show which way the head faces: give facing (left or '
                'right)'
            )
        return found
    if facing not in FACINGS:
        raise InputError(f'facing must be left or right, not {facing!r}')
    shape = next(iter(points.values())).shape[:-1]
    return np.full(shape, 1.0 if facing == 'right' else -1.0)


def scale_of(spacing, images: tuple[int, ...]) -> np.ndarray | None:
    """The spacing as mm per pixel in x and y, ``(2,)`` or ``(N, 2)``; None where not known.

    Args:
        spacing: A :class:`PixelSpacing`, one number, ``(sy, sx)``, or ``(N, 2)`` of these
            for N images.
        images: ``()`` for one image, ``(N,)`` for N images.

    Raises:
        InputError: Not positive numbers, or another shape.
    """
    if spacing is None:
        return None
    if isinstance(spacing, PixelSpacing):
        return spacing.xy
    try:
        values = np.asarray(spacing, float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim == 0:
        values = np.repeat(values, 2)
    if values.shape not in ((2,), (*images, 2)):
        raise InputError(
            f'spacing must be mm per pixel, one number or (sy, sx), not {spacing}'
        )
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError(f'spacing must be above zero, not {spacing}')
    return values[..., ::-1]


def spacing_from_ruler(
    start: Sequence[float], end: Sequence[float], millimetres: float
) -> PixelSpacing:
    """The spacing from two points at a known distance, such as two marks of a ruler.

    Args:
        start, end: x, y in pixels.
        millimetres: Their distance in mm.

    Raises:
        InputError: The points are equal or not finite, or the distance is not above 0.
    """
    pixels = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if not (np.isfinite(pixels) and pixels > 0):
        raise InputError(
            'the two points of the ruler are the same: give two different ones'
        )
    if not (np.isfinite(millimetres) and millimetres > 0):
        raise InputError(
            f'the length of the ruler must be above zero, not {millimetres} mm'
        )
    source = f'a ruler of {millimetres:g} mm'
    return PixelSpacing.square(float(millimetres) / pixels, source)


def scale_in_doubt(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether S-N in mm is outside of :data:`SELLA_NASION_MM`, ``(...)``.

    A scale that is wrong by a factor of 2 is always detected. One that is wrong by 1.3 is
    detected only if it moves S-N out of this range: a large head enlarged or a small head
    reduced, but not a small head enlarged.
    """
    shape = next(iter(points.values())).shape[:-1]
    if 'S' not in points or 'N' not in points:
        return np.zeros(shape, bool)
    length = np.linalg.norm(points['N'] - points['S'], axis=-1)
    low, high = SELLA_NASION_MM
    return (length < low) | (length > high)
