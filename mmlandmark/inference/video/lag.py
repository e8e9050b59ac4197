"""How much points tremble and trail in a sequence whose motion is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .tracking import Tracker

FPS = 25.0
#: Standard deviation of the noise of each frame, gray values of 255: a camera indoors.
NOISE = 4.0

Path = Callable[[float], np.ndarray]


def still(seconds: float) -> np.ndarray:
    """The shift (x, y) of a picture that does not move, in shares of its shorter side."""
    return np.zeros(2)


def moving(seconds: float) -> np.ndarray:
    """Once around in three seconds: 0.31 sides a second, in shares of the shorter side."""
    angle = 2 * np.pi * seconds / 3
    return 0.15 * np.array([np.sin(angle), 1 - np.cos(angle)])


def sequence(
    image: np.ndarray, path: Path, frames: int, seed: int = 0
) -> Iterator[tuple[np.ndarray, float, np.ndarray]]:
    """A made sequence: one picture, shifted along a path, with new noise in each frame.

    Args:
        image: ``(H, W, 3)`` uint8.
        path: The shift at a time.
        frames: How many, 25 a second.
        seed: Draws the noise.

    Yields:
        The frame, its time in seconds and its shift ``(2,)`` in pixels.
    """
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    for number in range(frames):
        seconds = number / FPS
        shift = path(seconds) * min(width, height)
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        frame = cv2.warpAffine(
            image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
        noisy = frame + random.normal(0, NOISE, frame.shape)
        yield np.clip(np.round(noisy), 0, 255).astype(np.uint8), seconds, shift


@dataclass
class Steadiness:
    """Of a sequence, in pixels.

    Attributes:
        frames: In which the face was followed.
        jitter: Root mean square, over points and frames, of what a point moves from frame
            to frame that the picture does not.
        lag: Mean distance of a point from its own place in the picture, which is its
            mean place when nothing is smoothed.
    """

    frames: int
    jitter: float
    lag: float


def steadiness(
    points: np.ndarray, shifts: np.ndarray, places: np.ndarray | None = None
) -> Steadiness:
    """How steadily points follow a picture that is shifted.

    Args:
        points: ``(T, K, 2)`` of each frame, pixels.
        shifts: ``(T, 2)`` of the picture, pixels.
        places: ``(K, 2)`` where the points are in the picture; their mean by default.
    """
    own = points - shifts[:, None]
    steps = np.diff(own, axis=0)
    if places is None:
        places = own.mean(axis=0)
    return Steadiness(
        frames=len(points),
        jitter=float(np.sqrt((steps**2).sum(axis=-1).mean())),
        lag=float(np.linalg.norm(own - places, axis=-1).mean()),
    )


def follow(
    tracker: Tracker, frames: Iterator[tuple[np.ndarray, float, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """The first face's ``(T, K, 2)`` points, ``(T, 2)`` shifts, of those with a face."""
    points, shifts = [], []
    for frame, seconds, shift in frames:
        found = tracker(frame, seconds)
        if found:
            points.append(found[0].points)
            shifts.append(shift)
    return np.array(points), np.array(shifts)
