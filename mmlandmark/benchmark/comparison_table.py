"""The table of compared configs, as Markdown and CSV."""

from __future__ import annotations

from ..engine import register  # noqa: F401

# isort: split
import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import MODELS, DefaultScope

from ..visualization.curves import larger_is_better
from .comparison import Run, conditions, differences, network_step
from .part_comparison import parser_step
from .runner import BenchmarkCase, measure

UNRANKED = ('config', 'epochs', 'checkpoint')  # columns without a best value


def rows_of(runs: Sequence[Run], blocks: int, steps: int) -> list[dict]:
    """One row per run; the networks are timed in alternating blocks.

    Args:
        runs: The compared runs.
        blocks: Number of blocks of each network.
        steps: Number of crops in a block.
    """
    cases = []
    for run in runs:
        which = dict(work_dir=run.config.work_dir, checkpoint=run.result['checkpoint'])
        step = parser_step if 'parts' in run.config else network_step
        cases.append(BenchmarkCase(run.name, step, which))
    measure(cases, blocks, steps)
    return [
        row(run, 1000 * float(np.median(case.seconds)))
        for run, case in zip(runs, cases, strict=True)
    ]


def row(run: Run, ms: float) -> dict:
    """A row of the table: size, time in ms, training, and every metric of the test."""
    with DefaultScope.overwrite_default_scope(run.config.default_scope):
        model = MODELS.build(run.config.model)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)  # a checkpoint also holds other data
    best = re.search(r'best_.*epoch_(\d+)\.pth$', run.result['checkpoint'])
    return {
        'config': run.name,
        'parameters': sum(p.numel() for p in model.parameters()),
        'ms': ms,
        'MB': file.tell() / 1e6,
        'epochs': run.epochs,
        'checkpoint': f'best on val, epoch {best[1]}' if best else 'last epoch',
        **{key.split('/')[-1]: n for key, n in run.result['metrics'].items()},
    }


def document(rows: Sequence[dict], runs: Sequence[Run], more: Sequence[str]) -> str:
    """The table as Markdown, after a warning if the conditions of the runs differ.

    Args:
        rows: Rows of :func:`row`.
        runs: The compared runs.
        more: Additional notes for the line under the table.
    """
    differing = differences(runs)
    warning = f'**Different conditions:** {differing}\n\n' if differing else ''
    known = [conditions(run) for run in runs]
    same = [
        f'{key}: {" | ".join(dict.fromkeys(fact.get(key, "-") for fact in known))}'
        for key in known[0]
    ]
    line = [*same, f'images: {runs[0].result["images"]}', *more]
    return f'{warning}{markdown(rows)}\n{"; ".join(line)}\n'


def markdown(rows: Sequence[dict]) -> str:
    """A Markdown table, with the best value of each column in bold."""
    keys = _keys(rows)
    columns = [_column(key, [row.get(key, '-') for row in rows]) for key in keys]
    rules = ['---' if key in ('config', 'checkpoint') else '---:' for key in keys]
    lines = [keys, rules, *zip(*columns, strict=True)]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def _keys(rows: Sequence[dict]) -> list[str]:
    """The keys of all rows in order of appearance, as metrics may differ."""
    return list(dict.fromkeys(key for row in rows for key in row))


def _column(key: str, values: list) -> list[str]:
    texts = [_text(value) for value in values]
    numbers = [v for v in values if not isinstance(v, str) and not math.isnan(v)]
    if key in UNRANKED or not numbers or len(set(texts)) == 1:
        return texts
    best = _text((max if larger_is_better(key) else min)(numbers))
    return [f'**{text}**' if text == best else text for text in texts]


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f'{value:,}'
    if math.isnan(value):
        return '-'
    # four digits keep errors such as 0.0121 and 0.0123 apart
    return f'{value:.1f}' if abs(value) >= 1000 else f'{value:#.4g}'


def write_csv(rows: Sequence[dict], path: Path) -> None:
    """Write the table with full precision; empty where a config has no value."""
    keys = _keys(rows)
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        writer.writerows(rows)


def transposed(rows: Sequence[dict]) -> list[dict]:
    """One row per metric and one column per config, to fit the width of a screen."""
    keys = _keys(rows)
    return [
        {'': key, **{row['config']: row.get(key, '-') for row in rows}}
        for key in keys
        if key != 'config'
    ]
