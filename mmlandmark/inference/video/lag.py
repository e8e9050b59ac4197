"""Measure jitter and lag of points in a sequence with known motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .tracking import Tracker

FPS = 25.0
#: Standard deviation of the noise of each frame, of 255 gray levels: an indoor camera.
NOISE = 4.0

#: Shift of a picture at a time in seconds, as a fraction of its shorter side.
Path = Callable[[float], np.ndarray]


def still(seconds: float) -> np.ndarray:
    """Shift (x, y) of a static picture, as a fraction of its shorter side."""
    return np.zeros(2)


def moving(seconds: float) -> np.ndarray:
    """Shift (x, y) along a circle in three seconds, as a fraction of the shorter side.

    The speed is 0.31 sides per second.
    """
    angle = 2 * np.pi * seconds / 3
    return 0.15 * np.array([np.sin(angle), 1 - np.cos(angle)])


def sequence(
    image: np.ndarray, path: Path, frames: int, seed: int = 0
) -> Iterator[tuple[np.ndarray, float, np.ndarray]]:
    """A synthetic sequence: one picture shifted along a path, with noise in each frame.

    Args:
        image: ``(H, W, 3)`` uint8.
        path: Shift of the picture at each time.
        frames: Number of frames, at 25 per second.
        seed: Seed of the noise.

    Yields:
        The frame, its time in seconds and its shift ``(2,)`` x, y in pixels.
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
    """Jitter and lag of the points in a sequence.

    Attributes:
        frames: Number of frames in which the face was tracked.
        jitter: Root mean square, over points and frames, of the motion of a point relative
            to the picture from one frame to the next, pixels.
        lag: Mean distance of a point from its reference position in the picture, pixels.
    """

    frames: int
    jitter: float
    lag: float


def steadiness(
    points: np.ndarray, shifts: np.ndarray, places: np.ndarray | None = None
) -> Steadiness:
    """Jitter and lag of points in a shifted picture.

    Args:
        points: ``(T, K, 2)`` x, y in each frame, pixels.
        shifts: ``(T, 2)`` shifts of the picture, pixels.
        places: ``(K, 2)`` reference positions in the picture, pixels; by default the mean
            positions of the points.
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
    """Track the first face.

    Returns:
        Its points ``(T, K, 2)`` and the shifts ``(T, 2)``, pixels, of the T frames with a
        face.
    """
    points, shifts = [], []
    for frame, seconds, shift in frames:
        found = tracker(frame, seconds)
        if found:
            points.append(found[0].points)
            shifts.append(shift)
    return np.array(points), np.array(shifts)
