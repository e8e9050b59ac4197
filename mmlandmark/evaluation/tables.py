"""Print results as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table


def print_rows(title: str, rows: Sequence[dict]) -> None:
    """Print dicts with the same keys as a table, floats with two decimals.

    Nothing is printed for an empty sequence.
    """
    if not rows:
        return
    table = Table(title=title, title_justify='left')
    for key in rows[0]:
        table.add_column(
            key, justify='left' if isinstance(rows[0][key], str) else 'right'
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # a pipe or log file has no width
    Console(width=None if Console().is_terminal else 120).print(table)


def print_reliability(title: str, report: dict) -> None:
    """Print a result of :func:`mmlandmark.evaluation.reliability.reliability`."""
    unit = report['unit']
    rows = [
        {
            'points': row['n'],
            f'expected {unit}': row['expected'],
            f'observed {unit}': row['observed'],
            '% above twice': row['above_twice'],
        }
        for row in report['bins']
    ]
    print_rows(
        f'{title}: miscalibration {report["miscalibration"]:.2f} {unit}, '
        f'rank correlation {report["rank_correlation"]:.2f}',
        rows,
    )


def _cell(value) -> str:
    if isinstance(value, float):
        # squared errors in units of the crop would be shown as 0.00
        digits = '.2g' if 0 < abs(value) < 0.005 else '.2f'
        return '-' if math.isnan(value) else f'{value:{digits}}'
    return str(value)


def summary_row(name: str, metrics: dict[str, float]) -> dict:
    """MRE, SD and SDR of one method, in mm if known, else in pixels."""
    unit = 'mm' if 'MRE_mm' in metrics else 'px'
    row = {
        '': name,
        f'MRE {unit}': metrics[f'MRE_{unit}'],
        'SD': metrics[f'MRE_{unit}_SD'],
    }
    for key, value in metrics.items():
        if key.startswith('SDR@') and key.endswith(unit):
            row[key] = value
    return row
