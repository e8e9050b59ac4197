"""Faces that a detector has found, which may be rotated in the image plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np


@dataclass(frozen=True)
class FoundFaces:
    """Faces in one image. Shapes: N faces.

    A box is upright in the frame of its face: rotated by its rotation about its centre, it
    encloses the face in the image.

    Attributes:
        boxes: ``(N, 4)`` x1, y1, x2, y2, pixels.
        rotations: ``(N,)`` degrees by which each box is rotated, clockwise as displayed:
            0 is an upright face, 90 one whose chin points left, 180 one upside down.
        scores: ``(N,)`` scores of the detector, 0 to 1; NaN if it gives none.
    """

    boxes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    rotations: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def of(cls, found: Any) -> FoundFaces:
        """The result of any detector as faces; it may be upright boxes ``(N, 4)``."""
        if isinstance(found, FoundFaces):
            return found
        boxes = np.asarray(found, float).reshape(-1, 4)
        return cls(boxes, np.zeros(len(boxes)), np.full(len(boxes), np.nan))

    def upright_boxes(self) -> np.ndarray:
        """Boxes ``(N, 4)`` that are upright in the image and enclose the faces.

        They enclose the ellipses in the rotated boxes, as a face does not fill the corners.
        """
        centres = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        half = (self.boxes[:, 2:] - self.boxes[:, :2]) / 2
        angles = np.radians(self.rotations)[:, None]
        reach = np.hypot(half * np.cos(angles), half[:, ::-1] * np.sin(angles))
        return np.hstack([centres - reach, centres + reach])

    def take(self, which: np.ndarray) -> FoundFaces:
        """The faces of an index array or a mask."""
        return FoundFaces(self.boxes[which], self.rotations[which], self.scores[which])


def rotation_between(first: np.ndarray, second: np.ndarray) -> float:
    """Direction from one point ``(2,)`` to another, degrees clockwise from the right."""
    x, y = np.subtract(second, first)
    return float(np.degrees(np.arctan2(y, x)))


def wrapped(degrees: Any) -> Any:
    """An angle, or an array of angles, from -180 to below 180 degrees."""
    return (degrees + 180) % 360 - 180


def upright_map(
    centre: np.ndarray, rotation: float, side: float, size: int
) -> np.ndarray:
    """The affine map ``(2, 3)`` from an image to a square patch that shows a face upright.

    Args:
        centre: ``(2,)`` centre of the patch in the image, pixels.
        rotation: Rotation of the face, degrees clockwise.
        side: Side of the patch in the image, pixels of the image.
        size: Side of the patch in its own pixels.
    """
    angle, scale = np.radians(rotation), size / side
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = (size - 1) / 2 - turn @ np.asarray(centre, float)
    return np.column_stack([turn, shift])


def upright_patch(
    image: np.ndarray, centre: np.ndarray, rotation: float, side: float, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """A square patch ``(size, size, ...)`` that shows a face upright, black outside.

    A region that is more than twice as large as the patch is averaged down first, as the
    bilinear sampling would skip pixels.

    Args:
        image: ``(H, W)`` or ``(H, W, 3)``.
        centre, rotation, side, size: See :func:`upright_map`.

    Returns:
        The patch and the map ``(2, 3)`` from the image to it.
    """
    matrix = upright_map(centre, rotation, side, size)
    height, width = image.shape[:2]
    reach = side * 0.75 + 2  # half the diagonal
    x1, y1 = np.clip(np.floor(centre - reach), 0, (width - 1, height - 1)).astype(int)
    x2, y2 = np.clip(np.ceil(centre + reach), (x1, y1), (width - 1, height - 1)) + 1
    part = image[y1 : int(y2), x1 : int(x2)]
    within = np.eye(3)  # from the part to the image
    within[:2, 2] = x1, y1
    factor = 2 * size / side
    if factor < 1:
        rows, columns = (max(1, round(n * factor)) for n in part.shape[:2])
        scale = np.array([part.shape[1] / columns, part.shape[0] / rows])
        part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
        within[[0, 1], [0, 1]] = scale
        within[:2, 2] += (scale - 1) / 2  # pixel edges stay in place
    warp = matrix @ within
    return cv2.warpAffine(part, warp, (size, size), flags=cv2.INTER_LINEAR), matrix
