"""Compares the propagated uncertainties of measurements with Monte Carlo simulation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .definitions import DEFINITIONS
from .measure import measure
from .names import short_names
from .orientation import find_facing
from .uncertainty import MEAN_ERROR_OVER_SD


def monte_carlo_rows(
    points: np.ndarray,
    names: Sequence[str],
    expected_errors: np.ndarray,
    spacing=None,
    draws: int = 2000,
    seed: int = 0,
) -> list[dict]:
    """Compare both standard deviations on every head.

    Each coordinate is drawn from a normal distribution whose standard deviation is the
    expected error / 1.2533, independently, as the propagation assumes. The standard
    deviation of n draws has a relative standard error of ``1 / sqrt(2n)``, 1.6 % for 2000.

    Args:
        points: ``(N, K, 2)`` pixels.
        names: K landmark names in any spelling.
        expected_errors: ``(N, K)`` mean radial errors, pixels.
        spacing: As for :func:`.measure.measure`, for all heads.
        draws: Number of draws per head.
        seed: Seed of the draws.

    Returns:
        One row per measurement that a head has: ``measurement``, ``unit``, ``heads``,
        ``sd`` (median over the heads, by simulation), and the relative difference of the
        propagated SD from it in percent: ``median``, ``lowest`` and ``highest``.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in DEFINITIONS}
    propagated: dict[str, list[float]] = {name: [] for name in DEFINITIONS}
    for head, errors in zip(points, expected_errors, strict=True):
        own = measure(head, list(names), spacing, expected_errors=errors)
        sd = np.asarray(errors)[:, None] / MEAN_ERROR_OVER_SD
        many = head + sd * rng.normal(size=(draws, *head.shape))
        # the facing of the head itself: the points of a draw could show the other side
        facing = 'right' if _faces_right(head, names) else 'left'
        simulated = measure(many, list(names), spacing, facing=facing)
        for name, one in own.items():
            drawn[name].append(_spread(np.asarray(simulated[name].value)))
            propagated[name].append(float(one.uncertainty))
    rows = (_row(name, drawn[name], propagated[name]) for name in DEFINITIONS)
    return [row for row in rows if row['heads']]


def _faces_right(head: np.ndarray, names: Sequence[str]) -> bool:
    found = {s: p for s, p in zip(short_names(names), head, strict=True) if s}
    return float(find_facing(found)) > 0


def _spread(values: np.ndarray) -> float:
    values = values[np.isfinite(values)] if values.ndim else values[:0]
    return float(values.std(ddof=1)) if len(values) > 1 else float('nan')


def _row(name: str, drawn: list[float], propagated: list[float]) -> dict:
    with np.errstate(invalid='ignore', divide='ignore'):
        difference = 100 * (np.array(propagated) / np.array(drawn) - 1)
    known = np.isfinite(difference)
    difference = difference[known]
    heads = len(difference)
    return dict(
        measurement=name,
        unit=DEFINITIONS[name].unit,
        heads=heads,
        sd=float(np.median(np.array(drawn)[known])) if heads else np.nan,
        median=float(np.median(difference)) if heads else np.nan,
        lowest=float(difference.min()) if heads else np.nan,
        highest=float(difference.max()) if heads else np.nan,
    )
