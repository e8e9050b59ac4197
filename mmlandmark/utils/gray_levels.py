"""The range of the gray values of an image."""

from __future__ import annotations

import cv2
import numpy as np

#: Range of all but 0.2 % of the gray values of an image, below which they are spread. At
#: 15, no head was found in 14 of 15 radiographs, and no face in 14 of 25 photographs. The
#: small percentage keeps a radiograph on a large uniform page as it is.
NARROW_RANGE = 64.0
#: About this many pixels are looked at.
SAMPLED = 20_000


def spread(image: np.ndarray) -> np.ndarray:
    """Spread the gray values of a dark or dim image over the range from 0 to 255.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)`` uint8; the channels are changed alike.

    Returns:
        The same array if it uses enough of the range, or has one value only.
    """
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / SAMPLED)))
    sample = image[::step, ::step]
    # of all channels: in red light the green and blue ones are dark
    darkest, brightest = (
        (sample, sample)
        if sample.ndim == 2
        else (sample.min(axis=2), sample.max(axis=2))
    )
    low, high = np.percentile(darkest, 0.1), np.percentile(brightest, 99.9)
    if not 0 < high - low < NARROW_RANGE:
        return image
    share = (np.arange(256) - low) / (high - low)
    return cv2.LUT(image, np.round(255 * np.clip(share, 0, 1)).astype(np.uint8))
