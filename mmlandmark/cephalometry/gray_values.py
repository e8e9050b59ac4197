"""Gray values of an image, compared with those of the images of a training."""

from __future__ import annotations

import cv2
import numpy as np

#: An image is used as it is if its gray values (0 to 255) have at least this range from the
#: 2nd to the 98th percentile, and if their median, relative to this range, lies between
#: these limits. On the 30 validation radiographs of ISBI 2015 the range is at least 142,
#: and the median 0.29 to 0.71.
LEAST_RANGE = 135.0
MEDIANS = (0.25, 0.75)

#: The relative median to which other images are changed, the average of these radiographs.
MEDIAN = 0.44

#: Number of pixels per side that are averaged to one pixel of a reduced image.
AVERAGED = 4


def correlation_of(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation; 0 without values or variance."""
    if not len(a):
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size > 0 else 0.0


def usual_levels(seen: np.ndarray, negative: bool) -> np.ndarray | None:
    """A table of gray values that gives an image the usual polarity, range and brightness.

    Args:
        seen: ``(N,)`` gray values of the head, 0 to 255.
        negative: Whether dark and bright are exchanged.

    Returns:
        ``(256,)`` uint8, the value that replaces each gray value; None for a usual image.
    """
    if not len(seen):
        return None
    levels = np.arange(256, dtype=float)
    if negative:
        seen, levels = 255 - seen, 255 - levels
    low, middle, high = np.percentile(seen, [2, 50, 98])
    median = float((middle - low) / max(high - low, 1))
    if high - low < LEAST_RANGE or not MEDIANS[0] <= median <= MEDIANS[1]:
        gamma = np.log(MEDIAN) / np.log(np.clip(median, 0.02, 0.98))
        share = np.clip((levels - low) / max(high - low, 1), 0, 1)
        levels = 255 * share**gamma
    elif not negative:
        return None
    return np.round(levels).astype(np.uint8)


def reduced(gray: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """The image averaged down by about ``step``, and the factors in x and y."""
    height, width = gray.shape
    if step <= 1:
        return gray, np.ones(2)
    # averaging every pixel of a large image would take longer than reading it
    skip = max(1, min(int(step / AVERAGED), height, width))
    if skip > 1:
        first = (skip - 1) // 2
        gray = gray[first::skip, first::skip]
    size = max(1, round(width / step)), max(1, round(height / step))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return small, np.array([size[0] / width, size[1] / height])
