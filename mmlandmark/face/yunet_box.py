"""A face that YuNet detected, and the tight box of 68 points that it predicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from ..utils.affine import mapped
from .found import FoundFaces, rotation_between, wrapped

#: Intersection over union from which two faces are the same.
SAME = 0.3


@dataclass(frozen=True)
class YuNetFace:
    """A face in a frame: a resized, cropped or rotated copy of an image.

    Attributes:
        row: ``(15,)`` pixels of the frame: x, y, width, height of the box; x, y of the
            right eye, the left eye, the tip of the nose, the right and the left corner of
            the mouth; score.
        rotation: Degrees by which the frame is rotated counterclockwise; a face that is
            upright in it is rotated clockwise by this angle in the image.
        back: The map ``(2, 3)`` from the frame to the image.
    """

    row: np.ndarray
    rotation: float
    back: np.ndarray

    @property
    def score(self) -> float:
        return float(self.row[14])

    def scored(self, score: float) -> YuNetFace:
        """The same face with another score."""
        return replace(self, row=np.append(self.row[:14], score))

    @property
    def points(self) -> np.ndarray:
        """The five points ``(5, 2)`` in the frame."""
        return self.row[4:14].reshape(5, 2)

    @cached_property
    def residual(self) -> float:
        """The roll of the face in the frame, degrees clockwise.

        The mean direction of the eyes and of the corners of the mouth.
        """
        right, left, _, mouth_right, mouth_left = self.points
        return rotation_between(right + mouth_right, left + mouth_left)

    @property
    def roll(self) -> float:
        """The roll of the face in the picture, degrees clockwise."""
        return float(wrapped(self.rotation + self.residual))

    @property
    def frame_centre(self) -> np.ndarray:
        return self.row[:2] + self.row[2:4] / 2

    @cached_property
    def centre(self) -> np.ndarray:
        """The centre ``(2,)`` of the box in the picture."""
        return mapped(self.frame_centre, self.back)

    @cached_property
    def side(self) -> float:
        """The geometric mean of the sides of the box, pixels of the picture."""
        return self._side * self._scale

    @property
    def _side(self) -> float:
        return float(np.sqrt(max(np.prod(self.row[2:4]), 1e-6)))

    @property
    def _scale(self) -> float:
        return float(np.sqrt(abs(np.linalg.det(self.back[:, :2]))))

    def features(self) -> np.ndarray:
        """``(13,)`` numbers of the face turned upright: sides, points, 1.

        Points are relative to the centre of the box; all are in :attr:`side`.
        """
        angle = np.radians(self.residual)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, sin], [-sin, cos]])
        points = (self.points - self.frame_centre) @ turn.T
        sizes = np.concatenate([self.row[2:4], points.ravel()]) / self._side
        return np.append(sizes, 1)

    def box(self, weights: np.ndarray) -> np.ndarray:
        """The tight box ``(4,)`` of the points of a scheme, in the frame of the face.

        It is turned by :attr:`roll` about its centre.

        Args:
            weights: ``(4, 13)`` from :meth:`features` to the box's centre relative to
                YuNet's, width and height, in :attr:`side`.
        """
        x, y, width, height = weights @ self.features() * self.side
        angle = np.radians(self.roll)
        cos, sin = np.cos(angle), np.sin(angle)
        offset = np.array([cos * x - sin * y, sin * x + cos * y])
        half = np.array([width, height]) / 2
        centre = self.centre + offset
        return np.concatenate([centre - half, centre + half])


@cache
def weights_68() -> np.ndarray:
    """``(4, 13)`` weights for :meth:`YuNetFace.box`; the file describes their fit."""
    text = (files('mmlandmark.face') / 'yunet_box68.json').read_text('utf-8')
    return np.array(json.loads(text)['weights'])


def tight_boxes(faces: list[YuNetFace]) -> FoundFaces:
    """The tight boxes of 68 points of faces, in their order."""
    if not faces:
        return FoundFaces()
    return FoundFaces(
        np.array([face.box(weights_68()) for face in faces]),
        np.array([face.roll for face in faces]),
        np.array([face.score for face in faces]),
    )


def distinct(faces: list[YuNetFace]) -> list[YuNetFace]:
    """Each face once, with its highest score; the highest scores first."""
    faces = sorted(faces, key=lambda face: -face.score)
    if len(faces) < 2:
        return faces
    centres = np.array([face.centre for face in faces])
    half = np.array([[face.side / 2] for face in faces])
    low, high = centres - half, centres + half
    left = np.ones(len(faces), bool)
    kept = []
    for number, face in enumerate(faces):
        if not left[number]:
            continue
        kept.append(face)
        sides = np.minimum(high, high[number]) - np.maximum(low, low[number])
        common = np.prod(np.clip(sides, 0, None), axis=1)
        union = 4 * (half**2 + half[number] ** 2)[:, 0] - common
        left &= common < SAME * union
    return kept
