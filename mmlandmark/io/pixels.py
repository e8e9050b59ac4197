"""Mapping of pixel values of any number type to 8 bits."""

from __future__ import annotations

import cv2
import numpy as np

from ..errors import InputError

# Fraction of pixels that saturate at either end when more than 8 bits are mapped to 8: a
# lead marker or an overexposed edge must not set the contrast of the whole image.
CLIPPED = 0.001

# The brightest pixel of an 8-bit image stored as floats is above this; optical densities
# and line integrals are below.
_DARKEST_WHITE = 16

_AT_ONCE = 1_000_000


def from_array(array: np.ndarray, name: object = 'the image') -> np.ndarray:
    """Convert an array of any number type to 8-bit pixels, see :func:`as_8_bit`.

    Args:
        array: ``(H, W)`` or ``(H, W, 1)`` gray, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA,
            whose alpha is dropped.
        name: The name in messages.

    Returns:
        ``(H, W)`` or ``(H, W, 3)`` uint8.

    Raises:
        InputError: Another shape, values that are not numbers, or NaN or infinite values.
    """
    array = np.asarray(array)
    channels = array.shape[2:]
    if array.size == 0 or array.ndim not in (2, 3) or channels not in _CHANNELS:
        raise InputError(
            'an image is (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, not '
            f'{array.shape} {array.dtype}'
        )
    if channels == (1,):
        array = array[..., 0]
    elif channels == (4,):
        array = array[..., :3]
    return as_8_bit(array, name)


_CHANNELS = ((), (1,), (3,), (4,))


def as_8_bit(values: np.ndarray, name: object = 'the image') -> np.ndarray:
    """Convert pixel values of any number type to uint8, the same for gray and colour.

    - uint8 is kept; False and True become 0 and 255.
    - Integers that are all in 0..255 are 8-bit values in a wider type: they are kept.
    - Floats that are all in 0..1 are fractions of white: they are multiplied by 255.
    - Floats in 0..255 with a maximum of 16 or more are 8-bit values: they are rounded.
    - Other values are mapped linearly, see :func:`to_8_bit`.

    Args:
        values: ``(H, W)`` or ``(H, W, 3)``.
        name: The name in messages.

    Raises:
        InputError: The values are not numbers, or one is NaN or infinite.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype.kind not in 'iuf':
        raise InputError(f'{name}: the pixels must be numbers, not {values.dtype}')
    if values.dtype.kind == 'f':
        require_finite(values, name)
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        return to_8_bit(values)
    if values.dtype.kind in 'iu':
        return values.astype(np.uint8)
    if high <= 1:
        return _linear(values, 0, 1)
    if high >= _DARKEST_WHITE:
        return _linear(values, 0, 255)
    return to_8_bit(values)


def require_finite(values: np.ndarray, name: object = 'the image') -> None:
    """Raise :class:`InputError` where a value is NaN or infinite."""
    if not np.isfinite(values).all():
        raise InputError(f'{name} has values that are not finite (NaN or infinite)')


def to_8_bit(image: np.ndarray) -> np.ndarray:
    """Map any range of finite values to uint8, linearly between its 0.1 % quantiles.

    All channels of a colour image are mapped equally. A constant image becomes 0.
    """
    low, high = np.quantile(image, (CLIPPED, 1 - CLIPPED))
    if high <= low:
        low, high = np.float64(image.min()), np.float64(image.max())
    return _linear(image, low, high)


def _linear(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map low..high to 0..255, in chunks of rows to limit the memory for floats."""
    mapped = np.empty(values.shape, np.uint8)
    rows = max(1, _AT_ONCE // max(1, values[0].size))
    for start in range(0, len(values), rows):
        part = values[start : start + rows].astype(np.float64)
        scaled = (part - low) / max(high - low, 1e-6)
        mapped[start : start + rows] = np.round(np.clip(scaled, 0, 1) * 255)
    return mapped


def as_bgr(image: np.ndarray) -> np.ndarray:
    """``(H, W)`` gray or ``(H, W, 3)`` RGB to contiguous ``(H, W, 3)`` BGR."""
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)


def stretch(values: np.ndarray, top: float) -> np.ndarray:
    """Map the finite values linearly to 0..top; other values, and a constant map, become 0.

    Args:
        values: Any shape.
        top: The result's maximum.

    Returns:
        float64 of the same shape.
    """
    values = np.asarray(values, np.float64)
    low, high = finite_range(values)
    above = np.where(np.isfinite(values), values - low, 0)
    return above * (top / (high - low) if high > low else 0)


def finite_range(values: np.ndarray) -> tuple[float, float]:
    """The smallest and largest finite value; ``(0, 0)`` if there is none."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
