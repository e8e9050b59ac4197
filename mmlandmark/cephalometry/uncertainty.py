"""Uncertainty of a measurement, propagated from the expected errors of its points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .definitions import Definition

#: Mean radial error of an isotropic 2D Gaussian (Rayleigh), as a multiple of its SD.
MEAN_ERROR_OVER_SD = np.sqrt(np.pi / 2)

_STEP = 1e-4  # in SDs of a point; the formulas are smooth on a much larger scale


def propagated_sd(
    definition: Definition, points: Sequence[np.ndarray], errors: Sequence[np.ndarray]
) -> np.ndarray:
    """The standard deviation of a measurement, to first order.

    First-order propagation instead of Monte Carlo: for errors of a few mm at distances of
    tens of mm they agree within a few percent, and the result is deterministic. Errors of
    the points are assumed to be independent and isotropic.

    Args:
        definition: The measurement.
        points: Its points, ``(..., 2)`` each, in mm or in pixels.
        errors: Their expected (mean) radial errors, ``(...)`` each, in the same unit.

    Returns:
        ``(...)`` in the unit of the measurement; NaN where an error is not known.
    """
    variance = np.zeros(points[0].shape[:-1])
    for k, error in enumerate(errors):
        sd = np.asarray(error, float) / MEAN_ERROR_OVER_SD
        step = np.where(sd > 0, _STEP * sd, np.where(np.isnan(sd), np.nan, 1.0))
        for axis in range(2):
            slope = _slope(definition, points, k, axis, step)
            variance = variance + (slope * sd) ** 2
    return np.sqrt(variance)


def _slope(
    definition: Definition,
    points: Sequence[np.ndarray],
    k: int,
    axis: int,
    step: np.ndarray,
) -> np.ndarray:
    """The partial derivative by one coordinate, as a central difference."""
    values = []
    for sign in (1, -1):
        moved = list(points)
        moved[k] = points[k].copy()
        moved[k][..., axis] += sign * step
        values.append(definition.formula(*moved))
    return (values[0] - values[1]) / (2 * step)
