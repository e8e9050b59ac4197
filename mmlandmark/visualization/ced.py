"""Plots of cumulative error distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..utils.plain_text import legend_label


@dataclass(frozen=True)
class CedCurve:
    """A cumulative error distribution (CED) with its summary values.

    Attributes:
        errors: ``(M,)`` sorted NME of M images, as fractions.
        fractions: ``(M,)`` fraction of the images with an NME up to each error.
        auc: Area under the curve up to the threshold, percent.
        failure_rate: Percent of the images with an NME above the threshold.
    """

    errors: np.ndarray
    fractions: np.ndarray
    auc: float
    failure_rate: float


def plot_ced(
    curves: Mapping[str, CedCurve],
    path: str | Path,
    threshold: float,
    normaliser: str,
) -> None:
    """Plot the CED of one or several methods.

    Args:
        curves: By the name of the method.
        path: The ``.png`` file to write.
        threshold: NME at which the axis ends and to which AUC and failure rate refer.
        normaliser: Name of the length by which the NME is normalised, for the axis.
    """
    figure = Figure(figsize=(6, 4.5), layout='constrained')  # needs no display
    axis = figure.subplots()
    for name, curve in curves.items():
        inside = curve.errors <= threshold
        # starts at 0 and stays level from the last image inside to the threshold
        x = np.concatenate([[0], curve.errors[inside], [threshold]])
        y = np.concatenate([[0], curve.fractions[inside]])
        label = (
            f'{name}: AUC@{threshold:g} {curve.auc:.1f}, '
            f'FR@{threshold:g} {curve.failure_rate:.1f} %'
        )
        axis.step(
            100 * x, 100 * np.append(y, y[-1]), where='post', label=legend_label(label)
        )
    axis.set(xlabel=f'NME ({normaliser}), %', ylabel='images up to this NME, %')
    axis.set(xlim=(0, 100 * threshold), ylim=(0, 101))
    # above the axes, which the curves fill
    figure.legend(loc='outside upper left')
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
