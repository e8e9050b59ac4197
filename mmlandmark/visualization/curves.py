"""Loss and metric curves of runs, and the reliability curve of expected errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import InputError
from ..utils.plain_text import legend_label

#: What is drawn where nothing is asked for: the first of them that a run has.
METRICS = (
    'ceph/MRE_mm',
    'ceph/MRE_px',
    'face/NME_interocular',
    'face/NME_box_sqrt',
    'parts/mIoU',
)


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


def larger_is_better(metric: str) -> bool:
    """Whether a metric is a share of what went well, not an error."""
    return any(name in metric for name in ('SDR', 'AUC', 'IoU', 'F1', 'accuracy'))


def plot_curves(
    work_dir: str | Path, out: str | Path, metric: str | None = None
) -> str:
    """Draw the training loss and a validation metric over the epochs.

    Args:
        work_dir: Where the run wrote.
        out: A ``.png`` file.
        metric: A key such as ``ceph/MRE_mm``; by default the first of ``METRICS``.

    Returns:
        The metric drawn, or ``''`` when the run has not validated yet.

    Raises:
        InputError: No run, or no such metric in it.
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
    """Draw what :func:`plot_curves` draws for several runs, a line each.

    Args:
        work_dirs: The runs' folders by the names for the legend.
        out: A ``.png`` file.
        metric: By default the first of ``METRICS`` that all runs have.

    Returns:
        The metric drawn, or ``''`` when the runs have none in common.

    Raises:
        InputError: A folder without a run, or a run without the metric.
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
    left.set_yscale('log')  # losses of unlike kinds
    if metric:
        _frame(right, [val for _, val in runs.values()], metric)
    figure.legend(loc='outside upper left')
    _save(figure, out)
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
    _save(figure, out)


def _chosen(runs: Mapping[str, list[dict]], metric: str | None) -> str:
    """The metric asked for, or the first of ``METRICS``, in validations of every run."""
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
    # several rows an epoch: spread them over it
    epochs = [_epochs(row, train) for row in train]
    losses = [row['loss'] for row in train]
    axis.plot(epochs, losses)
    axis.set(xlabel='epoch', ylabel='training loss')
    if losses and 0 < 20 * min(losses) < max(losses):
        axis.set_yscale('log')  # or the first epochs would flatten the rest


def _draw_metric(axis: Axes, val: list[dict], metric: str) -> str:
    """Add a line; return the best value and its epoch as text."""
    values = {row['step']: row[metric] for row in val if metric in row}
    axis.plot(list(values), list(values.values()), marker='.')
    epoch = (max if larger_is_better(metric) else min)(values, key=lambda e: values[e])
    return f'best {values[epoch]:.3g} at epoch {epoch}'


def _frame(axis: Axes, runs: list[list[dict]], metric: str) -> None:
    """Name the axes; cut off the first epochs where they would flatten the rest."""
    axis.set(xlabel='epoch', ylabel=f'validation {metric}')
    values = [[row[metric] for row in val if metric in row] for val in runs]
    end = 5 * max(map(min, values))  # of the run whose best is the worst
    if not larger_is_better(metric) and max(map(max, values)) > end:
        axis.set_ylim(0, end)


def _save(figure: Figure, out: str | Path) -> None:
    for axis in figure.axes:
        axis.grid(alpha=0.3)
    figure.savefig(out, dpi=120)


def _epochs(row: dict, rows: list[dict]) -> float:
    last = rows[-1]
    return row['step'] * last['epoch'] / last['step']
