"""Loss and metric curves of a run, and the reliability curve of expected errors."""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib.figure import Figure

from ..errors import InputError


def read_scalars(work_dir: str | Path) -> tuple[list[dict], list[dict]]:
    """Read every run in a work folder, oldest first, so that a resumed run is whole.

    Returns:
        Training rows (``epoch``, ``loss``, ``lr``, ...) and validation rows (``step``,
        the epoch, and the metrics). Where an epoch was run twice the later one counts.

    Raises:
        InputError: The folder holds no run.
    """
    files = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    if not files:
        raise InputError(f'no training run in {work_dir}')
    train: dict[int, dict] = {}
    val: dict[int, dict] = {}
    for file in files:
        for line in file.read_text(encoding='utf-8').splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last line of a killed run
            if 'loss' in row:
                train[row['step']] = row
            elif any('/' in key for key in row):
                val[row['step']] = row
    return [train[k] for k in sorted(train)], [val[k] for k in sorted(val)]


def plot_curves(
    work_dir: str | Path, out: str | Path, metric: str | None = None
) -> str:
    """Draw the training loss and a validation metric over the epochs.

    Args:
        work_dir: Where the run wrote.
        out: A ``.png`` file.
        metric: A key such as ``ceph/MRE_mm``; by default the MRE in mm, else in pixels.

    Returns:
        The metric drawn, or ``''`` when the run has not validated yet.

    Raises:
        InputError: No run, or no such metric in it.
    """
    train, val = read_scalars(work_dir)
    known = sorted({key for row in val for key in row if '/' in key})
    if metric is None:
        metric = next((k for k in ('ceph/MRE_mm', 'ceph/MRE_px') if k in known), '')
    elif metric not in known:
        raise InputError(f'no metric {metric} in {work_dir}: it has {", ".join(known)}')
    figure = Figure(figsize=(10, 4), layout='constrained')  # no screen needed
    left, right = figure.subplots(1, 2)
    # several rows an epoch: spread them over it
    left.plot([_epochs(row, train) for row in train], [row['loss'] for row in train])
    left.set(xlabel='epoch', ylabel='training loss')
    if metric:
        rows = [row for row in val if metric in row]
        values = [row[metric] for row in rows]
        right.plot([row['step'] for row in rows], values, marker='.')
        best = max(values) if 'SDR' in metric else min(values)
        right.set_title(f'best {best:.3g} at epoch {rows[values.index(best)]["step"]}')
        right.set(xlabel='epoch', ylabel=f'validation {metric}')
        if 'SDR' not in metric and max(values) > 5 * best:
            right.set_ylim(0, 5 * best)  # the first epochs would flatten the rest
    for axis in (left, right):
        axis.grid(alpha=0.3)
    figure.savefig(out, dpi=120)
    return metric


def plot_reliability(report: dict, out: str | Path) -> None:
    """Draw observed over expected errors, a point a bin, beside the diagonal.

    Args:
        report: As :func:`mmlandmark.evaluation.reliability.reliability` makes it.
        out: A ``.png`` file.
    """
    unit, rows = report['unit'], report['bins']
    expected = [row['expected'] for row in rows]
    observed = [row['observed'] for row in rows]
    end = 1.05 * max(expected + observed)
    figure = Figure(figsize=(5, 5), layout='constrained')
    axis = figure.subplots()
    axis.plot([0, end], [0, end], color='gray', linestyle='--', label='as expected')
    axis.plot(expected, observed, marker='o', label=f'{rows[0]["n"]} points each')
    axis.set(xlabel=f'expected error, {unit}', ylabel=f'observed error, {unit}')
    axis.set(xlim=(0, end), ylim=(0, end), aspect='equal')
    axis.set_title(
        f'miscalibration {report["miscalibration"]:.2g} {unit}, '
        f'rank correlation {report["rank_correlation"]:.2f}'
    )
    axis.legend(loc='upper left')
    axis.grid(alpha=0.3)
    figure.savefig(out, dpi=120)


def _epochs(row: dict, rows: list[dict]) -> float:
    last = rows[-1]
    return row['step'] * last['epoch'] / last['step']
