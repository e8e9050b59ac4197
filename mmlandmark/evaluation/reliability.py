"""Whether expected errors come true: expected beside observed, on images left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr


def reliability_curve(
    expected: np.ndarray, errors: np.ndarray, bins: int = 10
) -> list[dict]:
    """Expected beside observed errors, from the surest points to the least sure.

    Args:
        expected: Expected errors, of any shape; NaN or infinite counts nowhere.
        errors: Observed errors, of the same shape and unit; likewise.
        bins: Bins of equal numbers of points.

    Returns:
        One row a bin: ``n``, the mean ``expected`` and ``observed`` error, and
        ``above_twice``, the percentage of errors above twice the expected one. (Of
        errors that scatter like a round Gaussian it is 4: exp(-pi).)
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
    """Mean ``|expected - observed|`` of the bins, weighted by their points.

    The expected calibration error of Naeini et al. (AAAI 2015), of lengths in place of
    probabilities: in the unit of the errors.
    """
    gaps = [abs(row['expected'] - row['observed']) for row in rows]
    return float(np.average(gaps, weights=[row['n'] for row in rows]))


def rank_correlation(expected: np.ndarray, errors: np.ndarray) -> float:
    """Spearman's: 1 where the larger expected error is always the larger error.

    NaN where there are fewer than two points or all are expected to be the same.
    """
    expected, errors = _pairs(expected, errors)
    if len(expected) < 2 or np.ptp(expected) == 0 or np.ptp(errors) == 0:
        return float('nan')
    return float(spearmanr(expected, errors).statistic)


def reliability(expected: np.ndarray, errors: np.ndarray, unit: str) -> dict:
    """The curve and its two numbers, for JSON.

    Args:
        expected: ``(N, K)`` expected errors.
        errors: ``(N, K)`` observed ones.
        unit: Of both: ``mm`` or ``px``.
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
    """Both, flat, where both are numbers."""
    expected, errors = np.ravel(expected), np.ravel(errors)
    known = np.isfinite(expected) & np.isfinite(errors)
    return expected[known], errors[known]
