"""Plot the AUC under pose, resolution, box noise and occlusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..utils.plain_text import legend_label


def plot_robustness(rows: Sequence[dict], path: str | Path) -> None:
    """Plot one panel per study, with one line per model.

    Args:
        rows: Rows of :func:`mmlandmark.evaluation.robustness.robustness`.
        path: A ``.png`` file.
    """
    studies = list(dict.fromkeys(row['study'] for row in rows))
    models = list(dict.fromkeys(row['model'] for row in rows))
    figure = Figure(figsize=(4 * len(studies), 4), layout='constrained')
    panels = figure.subplots(1, len(studies), sharey=True, squeeze=False)[0]
    for axis, study in zip(panels, studies, strict=True):
        for model in models:
            own = [r for r in rows if r['study'] == study and r['model'] == model]
            _line(axis, own, model)
        axis.set(xlabel=legend_label(study))
        axis.grid(alpha=0.3)
    panels[0].set(ylabel=next(key for key in rows[0] if key.startswith('AUC')))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside upper left', ncols=3)
    figure.savefig(path, dpi=120)


def _line(axis: Axes, rows: Sequence[dict], model: str) -> None:
    """Plot evenly spaced levels, with the severity increasing to the right."""
    key = next(key for key in rows[0] if key.startswith('AUC'))
    names = ['as it is' if math.isinf(r['level']) else f'{r["level"]:g}' for r in rows]
    axis.plot(names, [row[key] for row in rows], marker='o', label=legend_label(model))
