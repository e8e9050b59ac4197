"""Plots of measurements over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..utils.plain_text import without_math
from .superimposition import BEYOND, Superimposition

BEYOND_NOTE = (
    'Beyond the error (* in the plots): the change from the first to the last radiograph '
    'is larger than 1.96 standard deviations of its uncertainty and, if a method error '
    '(Dahlberg) was given, than 1.96 times the square root of 2 of it. The uncertainty is '
    'that of the points; it does not include the position of the head or the magnification.'
)
_COLUMNS, _ROWS = 4, 6
_LINE, _BAND = '#1565c0', '#d7ead8'


def growth_figures(over: Superimposition) -> list[Figure]:
    """One panel per measurement, on as many figures as they need.

    A panel shows the values with 1.96 standard deviations, over the age or else the number
    of the radiograph, and the norm of each radiograph, mean and 1 SD, where there is one.
    """
    per_figure = _COLUMNS * _ROWS
    figures = []
    for start in range(0, len(over.changes), per_figure):
        part = over.changes[start : start + per_figure]
        rows = -(-len(part) // _COLUMNS)
        figure = Figure(figsize=(8.27, 1.85 * rows))
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        # not a constrained layout, which takes ten seconds for this many panels
        low, high = 0.42 / (1.85 * rows), 1 - 0.25 / (1.85 * rows)
        figure.subplots_adjust(0.05, low, 0.98, high, wspace=0.28, hspace=0.55)
        for axis, row in zip(axes, part, strict=False):
            _panel(axis, row, over)
        for axis in axes[len(part) :]:
            axis.axis('off')
        figures.append(figure)
    return figures


def _panel(axis: Axes, row: dict, over: Superimposition) -> None:
    values = np.array(row['values'], float)
    times = np.arange(1, len(values) + 1) if over.ages is None else np.array(over.ages)
    errors = np.array(row['uncertainties'], float)  # None becomes NaN
    norms = over.norms.get(row['measurement'], [])
    known = [(t, *norm) for t, norm in zip(times, norms, strict=False) if norm]
    if len(known) > 1:
        at, mean, sd = np.array(known).T
        axis.fill_between(at, mean - sd, mean + sd, color=_BAND, lw=0)
    axis.plot(times, values, '-o', color=_LINE, ms=3, lw=1)
    if np.isfinite(errors).any():
        bars = BEYOND * np.nan_to_num(errors)
        axis.errorbar(times, values, bars, fmt='none', color=_LINE, lw=0.8, capsize=2)
    mark = ' *' if row['beyond_error'] else ''
    axis.set_title(without_math(f'{row["measurement"]}, {row["unit"]}{mark}'), size=8)
    axis.tick_params(labelsize=6)
    axis.set_xlabel('radiograph' if over.ages is None else 'age, years', size=6)
    if over.ages is None:
        axis.set_xticks(times)
