"""Affine maps ``(2, 3)`` between images, in 0-based pixel centres."""

from __future__ import annotations

import numpy as np


def mapped(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points ``(..., 2)`` by an affine map ``(2, 3)``."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of an affine map ``(2, 3)``."""
    back = np.linalg.inv(matrix[:, :2])
    return np.column_stack([back, -back @ matrix[:, 2]])


def scale_of(matrix: np.ndarray) -> float:
    """The factor by which a similarity map ``(2, 3)``, mirrored or not, enlarges."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
