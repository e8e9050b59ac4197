"""Which points lie in an image."""

from __future__ import annotations

import numpy as np


def inside_image(points: np.ndarray, width: float, height: float) -> np.ndarray:
    """``(K,)`` bool, the points in an image; a pixel extends half a pixel from its centre.

    Args:
        points: ``(K, 2)`` x, y, 0-based pixel centres; a point with NaN is not inside.
        width: Width of the image, pixels.
        height: Height of the image, pixels.
    """
    with np.errstate(invalid='ignore'):
        return np.all(
            (points >= -0.5) & (points <= (width - 0.5, height - 0.5)), axis=1
        )
