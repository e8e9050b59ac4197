"""From pixels to where measurements are taken: which way a head looks, and the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import InputError
from ..structures.pixel_spacing import PixelSpacing
from .names import FRONT_AND_BACK

FACINGS = ('left', 'right')

#: Sella to nasion in mm on films of any head, enlarged or not. Adults have 71 +- 3 (Jarabak
#: and Fizzell 1972): 80 is three SD above, and 90 that on the most enlarged films of the
#: growth studies (1 / 0.886; Dibbets and Nolte 2002, Am J Orthod Dentofac Orthop 122:196).
#: It grows until adulthood (Axelsson et al. 2003, Eur J Orthod 25:185), and the films of
#: ISBI 2015 have 58.7, 51.3 at the first percentile, by their own scale: 48 is below both.
SELLA_NASION_MM = (48.0, 90.0)


def find_facing(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which way heads look, by the pairs of points of which one lies in front.

    Args:
        points: Short names to ``(..., 2)`` pixels; NaN where missing.

    Returns:
        ``(...)`` of 1 for right, -1 for left, NaN where no pair says it.
    """
    shape = next(iter(points.values())).shape[:-1]
    ahead = [
        points[front][..., 0] - points[back][..., 0]
        for front, back in FRONT_AND_BACK
        if front in points and back in points
    ]
    total = np.nansum(ahead, axis=0) if ahead else np.zeros(shape)
    return np.where(total != 0, np.sign(total), np.nan)


def facing_sign(facing: str | None, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """1 for heads that look right and -1 for left: as given, else as found.

    Raises:
        InputError: ``facing`` is another word, or not given and not to be found.
    """
    if facing is None:
        found = find_facing(points)
        if found.ndim == 0 and np.isnan(found):
            raise InputError(
                'the points do not show which way the head looks: give facing (left or '
                'right)'
            )
        return found
    if facing not in FACINGS:
        raise InputError(f'facing is left or right, not {facing!r}')
    shape = next(iter(points.values())).shape[:-1]
    return np.full(shape, 1.0 if facing == 'right' else -1.0)


def scale_of(spacing, images: tuple[int, ...]) -> np.ndarray | None:
    """The spacing as mm per pixel in x and y, ``(2,)`` or ``(N, 2)``; None if unknown.

    Args:
        spacing: A :class:`PixelSpacing`, one number, ``(sy, sx)``, or ``(N, 2)`` of these
            for N images.
        images: ``()`` for one image, ``(N,)`` for more.

    Raises:
        InputError: Not positive numbers, or of another shape.
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
            f'spacing is mm per pixel, one number or (sy, sx), not {spacing}'
        )
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError(f'spacing {spacing} is not above zero')
    return values[..., ::-1]


def spacing_from_ruler(
    start: Sequence[float], end: Sequence[float], millimetres: float
) -> PixelSpacing:
    """The spacing from two points of a ruler, or of anything of known length.

    Args:
        start, end: x, y in pixels.
        millimetres: How far they are apart.

    Raises:
        InputError: The points are the same or no numbers, or the length is not above 0.
    """
    pixels = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if not (np.isfinite(pixels) and pixels > 0):
        raise InputError('the two points of the ruler are the same: give its two ends')
    if not (np.isfinite(millimetres) and millimetres > 0):
        raise InputError(f'a ruler of {millimetres} mm: its length is not above zero')
    source = f'a ruler of {millimetres:g} mm'
    return PixelSpacing.square(float(millimetres) / pixels, source)


def scale_in_doubt(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether sella and nasion, in mm, are too near or too far for any head, ``(...)``.

    A scale that is wrong by 2 is always seen. One that is wrong by 1.3 is seen where it
    carries the distance out of :data:`SELLA_NASION_MM`: a large head on an enlarged film
    made larger, a small one made smaller; not a small head made larger.
    """
    shape = next(iter(points.values())).shape[:-1]
    if 'S' not in points or 'N' not in points:
        return np.zeros(shape, bool)
    length = np.linalg.norm(points['N'] - points['S'], axis=-1)
    low, high = SELLA_NASION_MM
    return (length < low) | (length > high)
