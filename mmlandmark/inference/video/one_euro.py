"""The One Euro filter: strong smoothing at rest, little lag in motion."""

from __future__ import annotations

import math

import numpy as np


def smoothing(cutoff: np.ndarray | float, seconds: float) -> np.ndarray:
    """Weight of a new value in a first-order low-pass filter: ``1 / (1 + tau / T)``.

    Args:
        cutoff: Cutoff frequency, Hz; ``tau = 1 / (2 pi cutoff)``.
        seconds: Time T since the last value.
    """
    return np.asarray(1 / (1 + 1 / (2 * math.pi * np.asarray(cutoff) * seconds)))


class OneEuro:
    """A low-pass filter whose cutoff frequency increases with the speed of the points.

    With the time T since the last value, and alpha from :func:`smoothing`::

        speed_i  = a_d (x_i - y_(i-1)) / T + (1 - a_d) speed_(i-1)   a_d = alpha(d_cutoff)
        cutoff_i = min_cutoff + beta |speed_i|
        y_i      = a x_i + (1 - a) y_(i-1)                           a = alpha(cutoff_i)

    after Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter
    for Noisy Input in Interactive Systems", CHI 2012. The speed of a point is the norm of
    its x and y speed, so the filter does not depend on the direction. It is divided by
    ``size``, so ``beta`` does not depend on the resolution.

    Args:
        min_cutoff: Cutoff frequency at rest, Hz; a lower one gives less jitter.
        beta: Increase of the cutoff frequency, Hz, for a speed of one ``size`` per second;
            a higher one gives less lag.
        d_cutoff: Cutoff frequency of the speed, Hz.
        size: Reference length, such as the side of a face in pixels.
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
        """The filtered points ``(K, 2)``; the first ones are returned unchanged.

        Args:
            points: ``(K, 2)`` x, y in the unit of ``size``.
            seconds: Time of the points. If it is not later than the last time, the last
                filtered points are returned.
        """
        points = np.asarray(points, float)
        if self._values is None:
            self._values, self._speeds = points, np.zeros_like(points)
        elif (elapsed := seconds - self._seconds) > 0:
            self._step(points, elapsed)
        self._seconds = max(seconds, self._seconds)
        return self._values.copy()

    def _step(self, points: np.ndarray, elapsed: float) -> None:
        velocity = (points - self._values) / elapsed
        alpha = smoothing(self.d_cutoff, elapsed)
        self._speeds = alpha * velocity + (1 - alpha) * self._speeds
        speeds = np.linalg.norm(self._speeds, axis=-1, keepdims=True) / self.size
        alpha = smoothing(self.min_cutoff + self.beta * speeds, elapsed)
        self._values = alpha * points + (1 - alpha) * self._values
