"""Compare expected with observed errors on images left out of the calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr


def reliability_curve(
    expected: np.ndarray, errors: np.ndarray, bins: int = 10
) -> list[dict]:
    """Expected and observed errors in bins of increasing expected error.

    Args:
        expected: Expected errors, of any shape; NaN and infinity are not counted.
        errors: Observed errors, of the same shape and unit; NaN and infinity are not
            counted.
        bins: Number of bins, each with the same number of points.

    Returns:
        One row per bin: ``n``, the mean ``expected`` and ``observed`` error, and
        ``above_twice``, the percentage of errors larger than twice the expected error. It
        is 4 (exp(-pi)) for errors with an isotropic Gaussian distribution.
    """
    expected, errors = _pairs(expected, errors)
    order = np.argsort(expected, kind='stable')
    return [
        dict(
            n=len(part),
            expected=float(expected[part].mean()),
            observed=float(errors[part].mean()),
            above_twice=float(100 * np.mean(errors[part] > 2 * expected[part])),
        )
        for part in np.array_split(order, bins)
        if len(part)
    ]


def miscalibration(rows: Sequence[dict]) -> float:
    """Mean ``|expected - observed|`` of the bins, weighted by their numbers of points.

    This is the expected calibration error of Naeini et al. (AAAI 2015) for lengths instead
    of probabilities, in the unit of the errors.
    """
    gaps = [abs(row['expected'] - row['observed']) for row in rows]
    return float(np.average(gaps, weights=[row['n'] for row in rows]))


def rank_correlation(expected: np.ndarray, errors: np.ndarray) -> float:
    """Spearman's rank correlation of expected and observed errors.

    NaN for fewer than two points, or if all expected or all observed errors are equal.
    """
    expected, errors = _pairs(expected, errors)
    if len(expected) < 2 or np.ptp(expected) == 0 or np.ptp(errors) == 0:
        return float('nan')
    return float(spearmanr(expected, errors).statistic)


def reliability(expected: np.ndarray, errors: np.ndarray, unit: str) -> dict:
    """The reliability curve and its summary values, for JSON.

    Args:
        expected: ``(N, K)`` expected errors.
        errors: ``(N, K)`` observed errors.
        unit: Unit of both: ``mm`` or ``px``.
    """
    rows = reliability_curve(expected, errors)
    return dict(
        unit=unit,
        miscalibration=miscalibration(rows),
        rank_correlation=rank_correlation(expected, errors),
        above_twice=float(
            np.average([r['above_twice'] for r in rows], weights=[r['n'] for r in rows])
        ),
        bins=rows,
    )


def _pairs(expected: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as flat arrays, restricted to pairs of finite values."""
    expected, errors = np.ravel(expected), np.ravel(errors)
    known = np.isfinite(expected) & np.isfinite(errors)
    return expected[known], errors[known]
