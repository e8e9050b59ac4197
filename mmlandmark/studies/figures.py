"""Figures of an agreement study: bias ellipses and Bland-Altman plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..utils.plain_text import without_math
from .agreement import Comparison, MeasurementAgreement, PointAgreement, Series

DOTS, SPREAD, BIAS = '#78909c', '#1565c0', '#c62828'
_TURN = np.linspace(0, 2 * np.pi, 90)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)])

#: Panels of a page, columns and rows.
COLUMNS, ROWS = 4, 5


def bias_map(series: Series, comparison: Comparison) -> Figure:
    """The mean shape of the first observer with the bias of each landmark, true to scale.

    Each image is shifted to the mean position of its points; heads are not rotated.
    """
    shape = _mean_shape(series)
    figure = Figure(figsize=(7, 7), layout='constrained')
    axis = figure.subplots()
    for point, label, found in zip(
        shape, series.labels, comparison.landmarks, strict=True
    ):
        if found.n < 3:
            continue
        _ellipse(
            axis, point + found.bias.mean, found.bias.ellipse_of_differences(), SPREAD
        )
        _ellipse(axis, point + found.bias.mean, found.bias.ellipse_of_bias(), BIAS)
        axis.plot(*point, 'o', ms=2.5, color='black')
        axis.plot(*np.array([point, point + found.bias.mean]).T, color=BIAS, lw=1)
        axis.annotate(
            without_math(label),
            tuple(point),
            (4, 3),
            textcoords='offset points',
            size=8,
        )
    axis.plot([], [], color=SPREAD, label='95 % of the differences')
    axis.plot([], [], color=BIAS, label='bias and its 95 % confidence ellipse')
    axis.plot([], [], 'o', ms=2.5, color='black', label=without_math(comparison.first))
    axis.set_aspect('equal')
    axis.invert_yaxis()
    axis.set_xlabel(series.unit)
    axis.set_ylabel(series.unit)
    axis.legend(fontsize=8, frameon=False, loc='upper left')
    return figure


def _mean_shape(series: Series) -> np.ndarray:
    """``(K, 2)`` in the unit of the series."""
    factor = 1 if series.spacing is None else series.spacing[:, None, ::-1]
    points = series.points[0] * factor
    centred = points - np.nanmean(points, axis=1, keepdims=True)
    return np.nanmean(centred, axis=0)


def _ellipse(axis: Axes, centre: np.ndarray, matrix: np.ndarray, color: str) -> None:
    if np.isfinite(matrix).all():
        axis.plot(*(centre[:, None] + matrix @ _CIRCLE), color=color, lw=1)


def bias_pages(comparison: Comparison) -> Iterator[Figure]:
    """Differences of each landmark with both ellipses."""
    found = [one for one in comparison.landmarks if one.n]
    for part in _parts(found):
        figure, axes = _page(len(part))
        for axis, one in zip(axes, part, strict=True):
            _bias_panel(axis, one, comparison.unit)
        yield figure


def _bias_panel(axis: Axes, found: PointAgreement, unit: str) -> None:
    axis.plot(*found.differences.T, '.', ms=2, color=DOTS)
    _ellipse(axis, found.bias.mean, found.bias.ellipse_of_differences(), SPREAD)
    _ellipse(axis, found.bias.mean, found.bias.ellipse_of_bias(), BIAS)
    axis.axhline(0, color='black', lw=0.5)
    axis.axvline(0, color='black', lw=0.5)
    axis.set_aspect('equal', adjustable='datalim')
    axis.invert_yaxis()
    axis.set_title(without_math(found.name), size=8)
    axis.set_xlabel(f'dx, {unit}', size=7)
    axis.set_ylabel(f'dy, {unit}', size=7)


def bland_altman_pages(comparison: Comparison) -> Iterator[Figure]:
    """Difference against mean of each measurement, with bias and limits of agreement."""
    for part in _parts(comparison.measurements):
        figure, axes = _page(len(part))
        for axis, one in zip(axes, part, strict=True):
            _bland_altman_panel(axis, one)
        yield figure


def _bland_altman_panel(axis: Axes, found: MeasurementAgreement) -> None:
    means, differences = found.values.mean(axis=1), np.diff(found.values)[:, 0]
    axis.plot(means, differences, '.', ms=2.5, color=DOTS)
    limits = found.limits
    axis.axhline(limits.bias.value, color=BIAS, lw=1)
    axis.axhspan(limits.bias.low, limits.bias.high, color=BIAS, alpha=0.15, lw=0)
    for limit in (limits.low, limits.high):
        axis.axhline(limit, color=SPREAD, lw=0.9, ls='--')
    axis.axhline(0, color='black', lw=0.5)
    axis.set_title(without_math(f'{found.name}, {found.unit}'), size=8)
    axis.set_xlabel('mean', size=7)
    axis.set_ylabel('difference', size=7)


def _parts(found: Sequence) -> Iterator[Sequence]:
    for start in range(0, len(found), COLUMNS * ROWS):
        yield found[start : start + COLUMNS * ROWS]


def _page(panels: int) -> tuple[Figure, list[Axes]]:
    rows = -(-panels // COLUMNS)
    figure = Figure(figsize=(7.6, 2.0 * rows))
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    # not a constrained layout, which takes ten seconds for this many panels
    low, high = 0.42 / (2.0 * rows), 1 - 0.25 / (2.0 * rows)
    figure.subplots_adjust(0.08, low, 0.98, high, wspace=0.42, hspace=0.6)
    for axis in axes:
        axis.tick_params(labelsize=6)
    for axis in axes[panels:]:
        axis.axis('off')
    return figure, list(axes[:panels])
