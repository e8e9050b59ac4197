"""Draw points over images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

PREDICTED = (80, 255, 80)  # BGR
TRUE = (60, 60, 255)
LINE = (230, 200, 60)
LOW_CONFIDENCE = (0, 190, 255)  # amber
#: Smaller images are enlarged to this many pixels, so that labels stay legible.
LEGIBLE_SIDE = 800
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_MAX_LABELS = 40  # more would hide the image
_SHIFT = 4  # fractional bits of OpenCV's coordinates


def draw_points(
    image: np.ndarray,
    points: np.ndarray,
    labels: Sequence[str] = (),
    skeleton: Sequence[tuple[int, int]] = (),
    truth: np.ndarray | None = None,
    min_side: int = LEGIBLE_SIDE,
    rings: np.ndarray | None = None,
) -> np.ndarray:
    """Draw points, their labels and lines over an image.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)`` BGR uint8.
        points: ``(K, 2)`` x, y in pixels, drawn in green; NaN is left out.
        labels: K short texts, or none; more than 40 are left out.
        skeleton: Pairs of indices to join by lines.
        truth: ``(K, 2)`` true points, drawn as red crosses.
        min_side: Smaller images are enlarged to this side, so that labels are legible.
        rings: ``(K,)`` expected errors of points with low confidence, pixels, NaN for the
            others; drawn as amber rings of that radius, with a legend.

    Returns:
        ``(H', W', 3)`` BGR uint8.
    """
    zoom = max(1, math.ceil(min_side / max(image.shape[:2])))
    canvas = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    canvas = cv2.resize(
        canvas, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC
    ).copy()
    unit = max(canvas.shape[:2]) / 800  # one pixel of an 800-pixel picture
    points = _zoomed(points, zoom)
    for a, b in skeleton:
        if np.isfinite(points[[a, b]]).all():
            ends = _fixed(points[a]), _fixed(points[b])
            cv2.line(canvas, *ends, LINE, max(1, round(unit)), cv2.LINE_AA, _SHIFT)
    if truth is not None:
        for x, y in _finite(_zoomed(truth, zoom)):
            _cross(canvas, x, y, 4 * unit, max(1, round(1.5 * unit)))
    for x, y in _finite(points):
        radius = round(3 * unit * 2**_SHIFT)
        cv2.circle(canvas, _fixed((x, y)), radius, PREDICTED, -1, cv2.LINE_AA, _SHIFT)
    if rings is not None and np.isfinite(rings).any():
        _draw_rings(canvas, points, np.asarray(rings, float) * zoom, unit)
    labels = labels if len(labels) <= _MAX_LABELS else ()
    for (x, y), label in zip(points, labels, strict=False):
        if np.isfinite((x, y)).all():
            _label(canvas, label, x + 5 * unit, y - 4 * unit, unit)
    return canvas


def _zoomed(points: np.ndarray, zoom: int) -> np.ndarray:
    return (np.asarray(points, float) + 0.5) * zoom - 0.5


def _finite(points: np.ndarray) -> np.ndarray:
    return points[np.isfinite(points).all(axis=1)]


def _fixed(point) -> tuple[int, int]:
    return round(float(point[0]) * 2**_SHIFT), round(float(point[1]) * 2**_SHIFT)


def _cross(canvas: np.ndarray, x: float, y: float, arm: float, width: int) -> None:
    for dx, dy in ((arm, arm), (arm, -arm)):
        ends = _fixed((x - dx, y - dy)), _fixed((x + dx, y + dy))
        cv2.line(canvas, *ends, TRUE, width, cv2.LINE_AA, _SHIFT)


def _draw_rings(
    canvas: np.ndarray, points: np.ndarray, radii: np.ndarray, unit: float
) -> None:
    width = max(2, round(1.5 * unit))
    there = np.isfinite(points).all(axis=1) & np.isfinite(radii)
    for point, radius in zip(points[there], radii[there], strict=True):
        size = round(radius * 2**_SHIFT)
        cv2.circle(
            canvas, _fixed(point), size, LOW_CONFIDENCE, width, cv2.LINE_AA, _SHIFT
        )
    place = 10 * unit, canvas.shape[0] - 10 * unit
    text = f'{there.sum()} of low confidence: ring = expected error'
    _label(canvas, text, *place, unit, LOW_CONFIDENCE)


def _label(
    canvas: np.ndarray,
    text: str,
    x: float,
    y: float,
    unit: float,
    ink: tuple[int, int, int] = (255, 255, 255),
) -> None:
    """Draw a bright text with a dark outline inside the picture."""
    size, width = 0.42 * unit, max(1, round(unit))
    (text_width, text_height), _ = cv2.getTextSize(text, _FONT, size, width)
    x = min(max(x, 0), canvas.shape[1] - text_width)
    y = min(max(y, text_height), canvas.shape[0] - 1)
    for color, extra in (((0, 0, 0), 2 * width), (ink, 0)):
        place = (round(x), round(y))
        cv2.putText(canvas, text, place, _FONT, size, color, width + extra, cv2.LINE_AA)


def contact_sheet(
    pictures: Sequence[np.ndarray], columns: int = 4, side: int = 400
) -> np.ndarray:
    """Arrange pictures in rows, each scaled to fit a square.

    Args:
        pictures: ``(H, W, 3)`` BGR uint8, of any sizes.
        columns: Number of pictures per row.
        side: Side of each square, pixels.

    Returns:
        ``(H, W, 3)`` BGR uint8.
    """
    rows = math.ceil(len(pictures) / columns)
    sheet = np.zeros((rows * side, columns * side, 3), np.uint8)
    for i, picture in enumerate(pictures):
        scale = side / max(picture.shape[:2])
        small = cv2.resize(
            picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        small = small[:side, :side]
        top, left = i // columns * side, i % columns * side
        sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
    return sheet
