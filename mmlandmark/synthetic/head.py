"""Draws a head: its image, landmarks, skeletal class and depth map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .anatomy import POINT_IDS, Points, sample_points, skeletal_class, toward
from .painting import paint
from .radiograph import MARGIN, Radiograph, expose, mark


@dataclass(frozen=True)
class Head:
    """One drawn head.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        points: Each id of `POINT_IDS` to (x, y) in 0-based pixel-centre coordinates.
        skeletal_class: 1, 2 or 3 for an ANB angle in 0..4, above 4, below 0 degrees.
    """

    image: np.ndarray
    points: dict[str, tuple[float, float]]
    skeletal_class: int


def draw_head(rng: np.random.Generator, size: int = 224) -> Head:
    """Draw a (size, size) head; equal generators give equal anatomy at any size."""
    return draw_head_and_depth(rng, size)[0]


def draw_heads(count: int, seed: int = 0, size: int = 224) -> Iterator[Head]:
    """Yield `count` heads of (size, size) pixels; head i depends on (seed, i) only."""
    for index in range(count):
        yield draw_head(np.random.default_rng([seed, index]), size)


def draw_head_and_depth(rng: np.random.Generator, size: int) -> tuple[Head, np.ndarray]:
    """Draw a head and its (size, size) float32 depth map, 0..1."""
    p = sample_points(rng)
    place = _placement(rng, p)
    spots = _landmarks(p) @ place[:, :2].T + place[:, 2]
    radiograph = Radiograph(rng, place, 2 * size)
    depth = paint(radiograph, p, rng)
    mark(radiograph, spots, rng)
    pixels = map(tuple, (spots * size - 0.5).tolist())
    points = dict(zip(POINT_IDS, pixels, strict=True))
    depth = cv2.resize(depth, (size, size), interpolation=cv2.INTER_AREA)
    image = expose(radiograph.density, size, rng)
    return Head(image, points, skeletal_class(points)), depth


def _landmarks(p: Points) -> np.ndarray:
    return np.array([p[name] for name in POINT_IDS])


def _placement(rng: np.random.Generator, p: Points) -> np.ndarray:
    """The (2, 3) similarity from mm to the unit frame, 0..1 from edge to edge."""
    c, s = toward(rng.uniform(-10, 10), 0.95 / 224 * rng.uniform(0.9, 1.1))
    turn = np.array([[c, -s], [s, c]])
    shift = 0.5 + rng.uniform(-0.07, 0.07, 2) - turn @ (21, 30)
    spots = _landmarks(p) @ turn.T + shift
    low, high = MARGIN - spots.min(0), 1 - MARGIN - spots.max(0)
    return np.column_stack([turn, shift + np.clip(0, low, high)])
