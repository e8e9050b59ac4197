"""Plot losses and metrics of runs, and the reliability of expected errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import InputError
from ..utils.plain_text import legend_label

#: Default metrics; the first one that a run has is plotted.
METRICS = (
    'ceph/MRE_mm',
    'ceph/MRE_px',
    'face/NME_interocular',
    'face/NME_box_sqrt',
    'parts/mIoU',
)


def read_scalars(work_dir: str | Path) -> tuple[list[dict], list[dict]]:
    """Read the logs of a work folder, including those of resumed runs.

    Returns:
        Training rows (``epoch``, ``loss``, ``lr``, ...) and validation rows (``step``,
        the epoch, and the metrics). The last run of an epoch is used.

    Raises:
        InputError: The folder contains no run.
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


def larger_is_better(metric: str) -> bool:
    """Whether larger values of a metric are better."""
    return any(name in metric for name in ('SDR', 'AUC', 'IoU', 'F1', 'accuracy'))


def plot_curves(
    work_dir: str | Path, out: str | Path, metric: str | None = None
) -> str:
    """Plot the training loss and a validation metric over the epochs.

    Args:
        work_dir: Work folder of the run.
        out: The ``.png`` file to write.
        metric: A key such as ``ceph/MRE_mm``; by default the first of ``METRICS``.

    Returns:
        The plotted metric, or ``''`` if the run has no validation yet.

    Raises:
        InputError: There is no run, or it has no such metric.
    """
    train, val = read_scalars(work_dir)
    metric = _chosen({str(work_dir): val}, metric)
    figure = Figure(figsize=(10, 4), layout='constrained')  # no screen needed
    left, right = figure.subplots(1, 2)
    _draw_loss(left, train)
    if metric:
        right.set_title(_draw_metric(right, val, metric))
        _frame(right, [val], metric)
    _save(figure, out)
    return metric


def plot_runs(
    work_dirs: Mapping[str, str | Path], out: str | Path, metric: str | None = None
) -> str:
    """Plot the losses and a validation metric of several runs.

    Args:
        work_dirs: Work folders by the names in the legend.
        out: The ``.png`` file to write.
        metric: By default the first of ``METRICS`` that all runs have.

    Returns:
        The plotted metric, or ``''`` if the runs have none in common.

    Raises:
        InputError: A folder contains no run, or a run has no such metric.
    """
    runs = {name: read_scalars(folder) for name, folder in work_dirs.items()}
    metric = _chosen({name: val for name, (_, val) in runs.items()}, metric)
    figure = Figure(figsize=(11, 4.5), layout='constrained')
    left, right = figure.subplots(1, 2)
    for name, (train, val) in runs.items():
        _draw_loss(left, train)
        best = _draw_metric(right, val, metric) if metric else ''
        label = f'{name}: {best}' if best else name
        left.lines[-1].set_label(legend_label(label))
    left.set_yscale('log')  # losses of different kinds
    if metric:
        _frame(right, [val for _, val in runs.values()], metric)
    figure.legend(loc='outside upper left')
    _save(figure, out)
    return metric


def plot_reliability(report: dict, out: str | Path) -> None:
    """Plot observed over expected errors, with one point per bin and the diagonal.

    Args:
        report: Result of :func:`mmlandmark.evaluation.reliability.reliability`.
        out: The ``.png`` file to write.
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
    _save(figure, out)


def _chosen(runs: Mapping[str, list[dict]], metric: str | None) -> str:
    """The requested metric, or the first of ``METRICS`` that all runs have."""
    known = {
        name: {key for row in val for key in row if '/' in key}
        for name, val in runs.items()
    }
    if metric is None:
        common = set.intersection(*known.values())
        return next((key for key in METRICS if key in common), '')
    for name, keys in known.items():
        if metric not in keys:
            has = ', '.join(sorted(keys))
            raise InputError(f'no metric {metric} in {name}: it has {has}')
    return metric


def _draw_loss(axis: Axes, train: list[dict]) -> None:
    # several rows per epoch are spread over it
    epochs = [_epochs(row, train) for row in train]
    losses = [row['loss'] for row in train]
    axis.plot(epochs, losses)
    axis.set(xlabel='epoch', ylabel='training loss')
    if losses and 0 < 20 * min(losses) < max(losses):
        axis.set_yscale('log')  # or the first epochs would flatten the rest


def _draw_metric(axis: Axes, val: list[dict], metric: str) -> str:
    """Plot a line; return the best value and its epoch as text."""
    values = {row['step']: row[metric] for row in val if metric in row}
    axis.plot(list(values), list(values.values()), marker='.')
    epoch = (max if larger_is_better(metric) else min)(values, key=lambda e: values[e])
    return f'best {values[epoch]:.3g} at epoch {epoch}'


def _frame(axis: Axes, runs: list[list[dict]], metric: str) -> None:
    """Label the axes, and limit the range if the first epochs are much worse."""
    axis.set(xlabel='epoch', ylabel=f'validation {metric}')
    values = [[row[metric] for row in val if metric in row] for val in runs]
    end = 5 * max(map(min, values))  # of the run with the worst best value
    if not larger_is_better(metric) and max(map(max, values)) > end:
        axis.set_ylim(0, end)


def _save(figure: Figure, out: str | Path) -> None:
    for axis in figure.axes:
        axis.grid(alpha=0.3)
    figure.savefig(out, dpi=120)


def _epochs(row: dict, rows: list[dict]) -> float:
    last = rows[-1]
    return row['step'] * last['epoch'] / last['step']
