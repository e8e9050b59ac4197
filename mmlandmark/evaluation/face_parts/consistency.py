"""Landmarks and parts of one face as checks of one another; numpy and OpenCV only."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...schemes.parts import PartScheme

#: How far from its part a landmark may lie, in sides of the landmarks' box: outlines run
#: along the edge of what they outline.
TOLERANCE = 0.02


def landmarks_on_parts(
    labels: np.ndarray,
    scheme: PartScheme,
    points: np.ndarray,
    names: Sequence[str],
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """How many landmarks of each group lie on the part that they are of.

    Two networks that never saw one another's truth seldom err alike: few eye landmarks on
    the eye say that one of the two is wrong.

    Args:
        labels: ``(H, W)`` part of every pixel.
        scheme: Of the labels; its ``landmarks`` says which group belongs on which parts.
        points: ``(K, 2)`` x, y in pixels; NaN is left out.
        names: K landmark names.
        tolerance: See :data:`TOLERANCE`.

    Returns:
        Percent of each group that is on its parts or beside them, within the tolerance;
        groups without a point are left out. Points outside the image are not on a part.
    """
    points = np.asarray(points, float)
    known = np.isfinite(points).all(axis=1)
    if not known.any():
        return {}
    reach = tolerance * float(np.ptp(points[known], axis=0).max())
    shares = {}
    for group, parts in scheme.landmarks.items():
        chosen = [
            i for i, name in enumerate(names) if name.startswith(group) and known[i]
        ]
        if chosen:
            distances = _distances(labels, [scheme.parts.index(p) for p in parts])
            near = [_at(distances, points[i]) <= reach for i in chosen]
            shares[group.strip()] = 100.0 * float(np.mean(near))
    return shares


def _distances(labels: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
    """``(H, W)`` pixels to the nearest of the parts wanted; infinite if there is none."""
    inside = np.isin(labels, wanted)
    if not inside.any():
        return np.full(labels.shape, np.inf)
    return cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)


def _at(distances: np.ndarray, point: np.ndarray) -> float:
    x, y = np.round(point).astype(int)
    height, width = distances.shape
    return float(distances[y, x]) if 0 <= x < width and 0 <= y < height else np.inf
