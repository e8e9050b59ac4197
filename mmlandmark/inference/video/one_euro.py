"""The One-Euro filter: calm where points stand still, quick where they move."""

from __future__ import annotations

import math

import numpy as np


def smoothing(cutoff: np.ndarray | float, seconds: float) -> np.ndarray:
    """How much of a new value a first-order low-pass takes: ``1 / (1 + tau / T)``.

    Args:
        cutoff: Hz; ``tau = 1 / (2 pi cutoff)``.
        seconds: T, since the last value.
    """
    return np.asarray(1 / (1 + 1 / (2 * math.pi * np.asarray(cutoff) * seconds)))


class OneEuro:
    """A low-pass whose cutoff rises with the speed of what it smooths.

    With T seconds since the last value, and alpha as in :func:`smoothing`::

        speed_i  = a_d (x_i - y_(i-1)) / T + (1 - a_d) speed_(i-1)   a_d = alpha(d_cutoff)
        cutoff_i = min_cutoff + beta |speed_i|
        y_i      = a x_i + (1 - a) y_(i-1)                           a = alpha(cutoff_i)

    after Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter
    for Noisy Input in Interactive Systems", CHI 2012. The speed of a point is the length of
    its x and y speed together, so that what is smoothed does not depend on the direction;
    and it is divided by ``size``, so that ``beta`` does not depend on the resolution.

    Args:
        min_cutoff: Hz; lower is calmer at rest.
        beta: Hz for one size a second; higher trails less in motion.
        d_cutoff: Hz, of the speed.
        size: What lengths are measured by, such as the side of a face in pixels.
    """

    def __init__(
        self,
        min_cutoff: float = 1.0,
        beta: float = 20.0,
        d_cutoff: float = 1.0,
        size: float = 1.0,
    ):
        self.min_cutoff = min_cutoff
        self.beta = beta
        self.d_cutoff = d_cutoff
        self.size = size
        self._seconds = -math.inf
        self._values: np.ndarray | None = None
        self._speeds = np.zeros(())

    def __call__(self, points: np.ndarray, seconds: float) -> np.ndarray:
        """The smoothed ``(K, 2)`` points; the first ones are taken as they are.

        Args:
            points: ``(K, 2)`` in any length.
            seconds: When they were seen; no later than the last leaves those as they are.
        """
        points = np.asarray(points, float)
        if self._values is None:
            self._values, self._speeds = points, np.zeros_like(points)
        elif (passed := seconds - self._seconds) > 0:
            self._step(points, passed)
        self._seconds = max(seconds, self._seconds)
        return self._values.copy()

    def _step(self, points: np.ndarray, passed: float) -> None:
        change = (points - self._values) / passed
        part = smoothing(self.d_cutoff, passed)
        self._speeds = part * change + (1 - part) * self._speeds
        speeds = np.linalg.norm(self._speeds, axis=-1, keepdims=True) / self.size
        part = smoothing(self.min_cutoff + self.beta * speeds, passed)
        self._values = part * points + (1 - part) * self._values
