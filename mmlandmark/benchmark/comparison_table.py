"""The table of configs beside one another, to read and to compute with."""

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
from .comparison import Run, differences, facts, network_step
from .part_comparison import parser_step
from .runner import BenchmarkCase, measure

UNRANKED = ('config', 'epochs', 'checkpoint')  # nothing in these columns is best


def rows_of(runs: Sequence[Run], blocks: int, steps: int) -> list[dict]:
    """The lines of the table; the networks are timed in turns.

    Args:
        runs: All of them.
        blocks: Turns of each.
        steps: Crops in a turn.
    """
    sides = []
    for run in runs:
        which = dict(work_dir=run.config.work_dir, checkpoint=run.result['checkpoint'])
        step = parser_step if 'parts' in run.config else network_step
        sides.append(BenchmarkCase(run.name, step, which))
    measure(sides, blocks, steps)
    return [
        row(run, 1000 * float(np.median(side.seconds)))
        for run, side in zip(runs, sides, strict=True)
    ]


def row(run: Run, ms: float) -> dict:
    """A line of the table: size, time, training, and every number of the test."""
    with DefaultScope.overwrite_default_scope(run.config.default_scope):
        model = MODELS.build(run.config.model)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)  # a checkpoint holds more, not always the same
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
    """The table as Markdown, under a warning where the runs are not alike.

    Args:
        rows: See :func:`row`.
        runs: Of the rows.
        more: What else the line under the table says.
    """
    differing = differences(runs)
    warning = f'**Not like for like:** {differing}\n\n' if differing else ''
    known = [facts(run) for run in runs]
    same = [
        f'{key}: {" | ".join(dict.fromkeys(fact.get(key, "-") for fact in known))}'
        for key in known[0]
    ]
    line = [*same, f'images: {runs[0].result["images"]}', *more]
    return f'{warning}{markdown(rows)}\n{"; ".join(line)}\n'


def markdown(rows: Sequence[dict]) -> str:
    """A table with a line a row, the best of each column bold."""
    keys = _keys(rows)
    columns = [_column(key, [row.get(key, '-') for row in rows]) for key in keys]
    rules = ['---' if key in ('config', 'checkpoint') else '---:' for key in keys]
    lines = [keys, rules, *zip(*columns, strict=True)]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def _keys(rows: Sequence[dict]) -> list[str]:
    """Those of all rows, as they come: configs may measure different things."""
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
    # four digits: errors of 0.0121 and 0.0123 are not the same
    return f'{value:.1f}' if abs(value) >= 1000 else f'{value:#.4g}'


def write_csv(rows: Sequence[dict], path: Path) -> None:
    """The table as numbers, every digit; empty where a config has none."""
    keys = _keys(rows)
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        writer.writerows(rows)


def turned(rows: Sequence[dict]) -> list[dict]:
    """A row a number and a column a config, which a screen is wide enough for."""
    keys = _keys(rows)
    return [
        {'': key, **{row['config']: row.get(key, '-') for row in rows}}
        for key in keys
        if key != 'config'
    ]
