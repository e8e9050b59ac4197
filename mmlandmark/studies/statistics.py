"""Statistics of method comparison: ICC, Dahlberg's error, Bland-Altman limits, bias.

Shapes: n subjects (images), k observers. The functions take arrays without NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

#: Level of every confidence interval and ellipse.
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Interval(np.nan, np.nan, np.nan)


def dahlberg(differences: np.ndarray) -> float:
    """Dahlberg's method error of paired measurements, ``sqrt(sum(d^2) / 2n)``.

    Dahlberg, Statistical Methods for Medical and Biological Students, 1940. It includes
    the systematic difference of the two series.

    Args:
        differences: ``(n,)`` second minus first.
    """
    differences = np.asarray(differences, float)
    if not len(differences):
        return float('nan')
    return float(np.sqrt(np.mean(differences**2) / 2))


def icc(values: np.ndarray) -> tuple[Interval, Interval]:
    """Intraclass correlations of single measurements with 95 % confidence intervals.

    ICC(2,1) and ICC(3,1) of Shrout & Fleiss, Psychological Bulletin 86 (1979) 420, which
    are ICC(A,1) and ICC(C,1) of McGraw & Wong, Psychological Methods 1 (1996) 30; the
    intervals are those of the latter.

    Args:
        values: ``(n, k)``, one column per observer.

    Returns:
        Absolute agreement, ICC(2,1), in which a bias between observers counts; and
        consistency, ICC(3,1), in which it does not. Undefined for fewer than two subjects
        or observers, or where all values are equal.
    """
    values = np.asarray(values, float)
    n, k = values.shape
    if n < 2 or k < 2 or np.ptp(values) == 0:
        return UNDEFINED, UNDEFINED
    rows, columns, rest = _mean_squares(values)
    if rest <= 1e-12 * rows:  # observers that differ by a constant
        rest = 1e-12 * rows
    return _agreement(rows, columns, rest, n, k), _consistency(rows, rest, n, k)


def _mean_squares(values: np.ndarray) -> tuple[float, float, float]:
    """Mean squares of subjects, of observers and of the residual (two-way ANOVA)."""
    n, k = values.shape
    of_rows = values.mean(axis=1, keepdims=True)
    of_columns = values.mean(axis=0, keepdims=True)
    mean = values.mean()
    residual = values - of_rows - of_columns + mean
    return (
        float(k * ((of_rows - mean) ** 2).sum() / (n - 1)),
        float(n * ((of_columns - mean) ** 2).sum() / (k - 1)),
        float((residual**2).sum() / ((n - 1) * (k - 1))),
    )


def _agreement(rows: float, columns: float, rest: float, n: int, k: int) -> Interval:
    value = (rows - rest) / (rows + (k - 1) * rest + k / n * (columns - rest))
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * columns + b * rest) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
    )
    both = k * columns + (k * n - k - n) * rest
    below = stats.f.ppf((1 + LEVEL) / 2, n - 1, freedom)
    above = stats.f.ppf((1 + LEVEL) / 2, freedom, n - 1)
    low = n * (rows - below * rest) / (below * both + n * rows)
    high = n * (above * rows - rest) / (both + n * above * rows)
    return Interval(float(value), float(low), float(high))


def _consistency(rows: float, rest: float, n: int, k: int) -> Interval:
    ratio = rows / rest
    degrees = (n - 1, (n - 1) * (k - 1))
    low = ratio / stats.f.ppf((1 + LEVEL) / 2, *degrees)
    high = ratio * stats.f.ppf((1 + LEVEL) / 2, *degrees[::-1])
    value, low, high = ((f - 1) / (f + k - 1) for f in (ratio, low, high))
    return Interval(float(value), float(low), float(high))


@dataclass(frozen=True)
class Limits:
    """Bland-Altman statistics of paired differences.

    Attributes:
        n: Number of pairs.
        bias: Mean difference, second minus first, with its interval.
        sd: Standard deviation of the differences, divisor n - 1.
        low, high: Limits of agreement, bias -/+ 1.96 SD.
        limit_error: Half-width of the 95 % interval of each limit.
        p: p value of the paired t test that the bias is zero; NaN where all differences are
            equal.
    """

    n: int
    bias: Interval
    sd: float
    low: float
    high: float
    limit_error: float
    p: float


def limits_of_agreement(differences: np.ndarray) -> Limits:
    """Bland & Altman, Lancet 327 (1986) 307.

    Args:
        differences: ``(n,)`` second minus first; fewer than two give NaN.
    """
    d = np.asarray(differences, float)
    n = len(d)
    if n < 2:
        bias = Interval(float(d.mean()), np.nan, np.nan) if n else UNDEFINED
        return Limits(n, bias, *[float('nan')] * 5)
    mean, sd = float(d.mean()), float(d.std(ddof=1))
    t = float(stats.t.ppf((1 + LEVEL) / 2, n - 1))
    half = t * sd / np.sqrt(n)
    p = float(stats.ttest_1samp(d, 0).pvalue) if sd > 0 else float('nan')
    return Limits(
        n,
        Interval(mean, mean - half, mean + half),
        sd,
        mean - 1.96 * sd,
        mean + 1.96 * sd,
        float(t * sd * np.sqrt(3 / n)),
        p,
    )


def holm(p_values: Sequence[float]) -> np.ndarray:
    """P values adjusted for their number by Holm's method (Scand J Stat 6 (1979) 65).

    NaN stays NaN and does not count.
    """
    p = np.asarray(p_values, float)
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind='stable')]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return adjusted


@dataclass(frozen=True)
class Bias:
    """The mean of paired differences in the plane.

    Attributes:
        mean: ``(2,)`` dx, dy, second minus first.
        covariance: ``(2, 2)`` of the differences.
        n: Number of pairs.
        p: p value of Hotelling's T2 test that the bias is zero.
    """

    mean: np.ndarray
    covariance: np.ndarray
    n: int
    p: float

    def ellipse_of_bias(self) -> np.ndarray:
        """``(2, 2)`` matrix whose ellipse is the 95 % confidence region of the mean.

        The ellipse is the set of ``mean + matrix @ u`` with ``|u| = 1``.
        """
        n = self.n
        if n < 3:
            return np.full((2, 2), np.nan)
        size = 2 * (n - 1) / (n * (n - 2)) * stats.f.ppf(LEVEL, 2, n - 2)
        return _root(self.covariance * size)

    def ellipse_of_differences(self) -> np.ndarray:
        """The same matrix for the region that contains 95 % of normal differences."""
        return _root(self.covariance * stats.chi2.ppf(LEVEL, 2))


def bias(differences: np.ndarray) -> Bias:
    """The bias of differences ``(n, 2)``; NaN for fewer than three."""
    d = np.asarray(differences, float).reshape(-1, 2)
    n = len(d)
    if n < 3:
        mean = d.mean(axis=0) if n else np.full(2, np.nan)
        return Bias(mean, np.full((2, 2), np.nan), n, float('nan'))
    mean, covariance = d.mean(axis=0), np.cov(d.T)
    p = float('nan')
    if np.linalg.matrix_rank(covariance) == 2:
        t2 = n * mean @ np.linalg.solve(covariance, mean)
        p = float(stats.f.sf((n - 2) / (2 * (n - 1)) * t2, 2, n - 2))
    return Bias(mean, covariance, n, p)


def _root(matrix: np.ndarray) -> np.ndarray:
    """A square root of a symmetric matrix, with its axes as columns, longest first."""
    if not np.isfinite(matrix).all():
        return np.full((2, 2), np.nan)
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]
