"""Cumulative error distributions of faces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..utils.plain_text import legend_label


def plot_ced(
    curves: Mapping[str, np.ndarray],
    path: str | Path,
    threshold: float,
    normaliser: str,
) -> None:
    """Draw how many of the images have an NME up to each value, a line a method.

    Args:
        curves: Names and the ``(N,)`` NME of their images, as fractions; NaN is not
            counted.
        path: A ``.png`` file.
        threshold: Where the axis ends, and that of AUC and FR in the legend.
        normaliser: What the NME is of, to be written to the axis.

    Raises:
        InputError: The threshold is not in (0, inf).
    """
    # here: the pictures of this package need no MMPose, which evaluation imports
    from ..evaluation.faces.functional import area_under_curve, ced, failure_rate

    figure = Figure(figsize=(6, 4.5), layout='constrained')  # no screen needed
    axis = figure.subplots()
    for name, nme in curves.items():
        area = 100 * area_under_curve(nme, threshold)
        rate = failure_rate(nme, threshold)
        errors, fractions = ced(nme)
        inside = errors <= threshold
        # from nothing at 0, and level from the last image inside to the end
        x = np.concatenate([[0], errors[inside], [threshold]])
        y = np.concatenate([[0], fractions[inside]])
        label = f'{name}: AUC@{threshold:g} {area:.1f}, FR@{threshold:g} {rate:.1f} %'
        axis.step(
            100 * x, 100 * np.append(y, y[-1]), where='post', label=legend_label(label)
        )
    axis.set(xlabel=f'NME ({normaliser}), %', ylabel='images up to this NME, %')
    axis.set(xlim=(0, 100 * threshold), ylim=(0, 101))
    # above: curves fill the whole of the square
    figure.legend(loc='outside upper left')
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
