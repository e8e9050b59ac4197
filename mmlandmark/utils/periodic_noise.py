"""Removal of stripes, such as the moire of a photographed screen, from an image."""

from __future__ import annotations

import cv2
import numpy as np

#: Waves per height of the image below which a frequency belongs to the object.
LEAST_WAVES = 10
#: A frequency belongs to stripes if its log amplitude exceeds the mean of its ring of equal
#: wavelengths by so many standard deviations of the ring. In eight of the validation
#: radiographs of ISBI 2015 it is 3.6 at most, with stripes 4.4 at least.
PEAK = 3.8
#: Radius about such a frequency that is removed, too, in frequencies of the image.
REACH = 5
#: Smaller images are left as they are, pixels.
LEAST_SIDE = 64


def without_stripes(gray: np.ndarray) -> np.ndarray:
    """Remove periodic noise by notch filters in the frequency domain.

    Gonzalez and Woods, Digital Image Processing, 4th edition, section 5.4.

    Args:
        gray: ``(H, W)`` uint8.

    Returns:
        An array of the same shape; ``gray`` itself if no stripes are found.
    """
    if min(gray.shape) < LEAST_SIDE:
        return gray
    mean = float(gray.mean())
    values = gray.astype(np.float32) - mean
    peaks = _peaks(values)
    if not peaks.any():
        return gray
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1,) * 2)
    notches = cv2.dilate(np.fft.fftshift(peaks).astype(np.float32), disc)
    # without hard edges, which would ring in the image
    notches = np.fft.ifftshift(cv2.GaussianBlur(notches, (0, 0), 1.5))
    kept = np.fft.fft2(values) * (1 - np.clip(1.2 * notches, 0, 1))
    cleaned = np.fft.ifft2(kept).real + mean
    return np.clip(cleaned, 0, 255).round().astype(np.uint8)


def _peaks(values: np.ndarray) -> np.ndarray:
    """The frequencies ``(H, W)`` of stripes, in the order of ``numpy.fft.fft2``."""
    height, width = values.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    amplitudes = np.log1p(np.abs(np.fft.fft2(values * window)))
    down = np.fft.fftfreq(height) * height
    across = np.fft.fftfreq(width) * height
    waves = np.hypot(down[:, None], across[None])  # per height of the image
    ring = waves.astype(int)
    count = np.bincount(ring.ravel())
    total = np.bincount(ring.ravel(), amplitudes.ravel())
    squares = np.bincount(ring.ravel(), amplitudes.ravel() ** 2)
    mean = total / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 1e-6))
    return (amplitudes > mean[ring] + PEAK * spread[ring]) & (waves > LEAST_WAVES)
