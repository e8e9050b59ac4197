"""Detects faces by the Haar cascade of OpenCV 4, if YuNet is not available."""

from __future__ import annotations

from threading import local

import cv2
import numpy as np

from ..errors import InputError

#: The tight box of 68 points relative to a box of OpenCV's frontal-face cascade: offset of
#: the centre, width and height, in sides of the cascade's box.
_INNER = (0.0, 0.15, 0.87, 0.85)

_of_thread = local()  # one cascade per thread, as it has internal state


def require_haar() -> None:
    """Raise :class:`InputError` if OpenCV has no cascade, as from version 5 on."""
    if not hasattr(cv2, 'CascadeClassifier'):
        raise InputError(
            f'OpenCV {cv2.__version__} has no Haar cascade: find faces by YuNet '
            '(mmlandmark models download), or install opencv-python<5'
        )


def _cascade() -> cv2.CascadeClassifier:
    if not hasattr(_of_thread, 'cascade'):
        require_haar()
        # part of opencv-python, so nothing is downloaded
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        path = f'{folder}haarcascade_frontalface_alt2.xml'
        _of_thread.cascade = cv2.CascadeClassifier(path)
    return _of_thread.cascade


def haar_faces(image: np.ndarray) -> np.ndarray:
    """Detect faces by OpenCV's Haar cascade (Viola and Jones, 2001).

    Args:
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.

    Returns:
        ``(N, 4)`` boxes x1, y1, x2, y2, pixels, largest first, scaled to the tight box of
        68 points; ``(0, 4)`` if no face is found.

    Raises:
        InputError: OpenCV is of version 5 or later.
    """
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    side = max(20, min(gray.shape) // 10)
    found = _cascade().detectMultiScale(
        cv2.equalizeHist(gray), 1.1, 3, minSize=(side, side)
    )
    boxes = np.array(found, float).reshape(-1, 4)
    # OpenCV's threads return them in any order, so sort faces of equal size as well
    boxes = boxes[np.lexsort((boxes[:, 0], boxes[:, 1], -boxes[:, 2]))]
    x, y, width, height = _INNER
    centre = boxes[:, :2] + boxes[:, 2:] * (0.5 + x, 0.5 + y)
    half = boxes[:, 2:] * (width / 2, height / 2)
    return np.hstack([centre - half, centre + half])
