"""Consistency of the landmarks and the parts predicted for one face."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...schemes.parts import PartScheme

#: Largest distance of a landmark from its part, relative to the longer side of the
#: landmarks' box. Landmarks of an outline lie on the edge of their part.
TOLERANCE = 0.02


def landmarks_on_parts(
    labels: np.ndarray,
    scheme: PartScheme,
    points: np.ndarray,
    names: Sequence[str],
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """Percent of the landmarks of each group that lie on their part.

    Networks trained on different annotations rarely make the same errors. If few landmarks
    of an eye lie on the eye, one of the two predictions is wrong.

    Args:
        labels: ``(H, W)`` part of every pixel.
        scheme: Scheme of the labels; its ``landmarks`` assigns groups to parts.
        points: ``(K, 2)`` x, y in pixels; NaN is left out.
        names: K landmark names.
        tolerance: See :data:`TOLERANCE`.

    Returns:
        Percent of each group within the tolerance of its parts; groups without points are
        left out. Points outside the image are not on a part.
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
    """``(H, W)`` distances to the nearest wanted part, pixels; infinite if none occurs."""
    inside = np.isin(labels, wanted)
    if not inside.any():
        return np.full(labels.shape, np.inf)
    return cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)


def _at(distances: np.ndarray, point: np.ndarray) -> float:
    x, y = np.round(point).astype(int)
    height, width = distances.shape
    return float(distances[y, x]) if 0 <= x < width and 0 <= y < height else np.inf
