"""What a test of face parts measured, kept for tables and files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .functional import intersection_over_union, part_metrics, part_rows


@dataclass
class PartErrors:
    """Every photograph's confusion matrix; same methods as :class:`.EvaluationResult`.

    Attributes:
        ids: N sample ids.
        names: C parts.
        confusion: ``(N, C, C)`` pixels, true parts in rows.
        squared: ``(N,)`` squared errors of the probabilities, summed.
        grid: Of which pixels.
    """

    ids: list[str]
    names: list[str]
    confusion: np.ndarray
    squared: np.ndarray
    grid: str

    #: Heads the table of ``per_landmark``.
    title = 'Per part'

    def metrics(self) -> dict[str, float]:
        """The numbers of the test, by their keys without the prefix."""
        total = self.confusion.sum(axis=0)
        return part_metrics(total, float(self.squared.sum()), int(total.sum()))

    def per_landmark(self) -> list[dict]:
        """One row a part."""
        return part_rows(self.confusion.sum(axis=0), self.names)

    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """The rows of a table that compares methods by their ``metrics``."""
        return [{'': name, **values} for name, values in methods.items()]

    def counted(self) -> str:
        """How much was measured, for a title."""
        return f'{self.confusion.sum() / 1e6:.1f} million pixels, grid: {self.grid}'

    def facts(self) -> dict[str, str]:
        """What else has to be said of the numbers."""
        return dict(grid=self.grid)

    def per_annotator(self) -> dict[str, dict[str, float]]:
        """Empty: there is one truth."""
        return {}

    def by_yaw(self) -> list[dict]:
        """Empty: parts do not tell how a head is turned."""
        return []

    def reliability(self, _calibration: Any) -> None:
        """None: parts are not calibrated."""
        return None

    def part(self, ids: Sequence[str]) -> PartErrors:
        """Those of the photographs named."""
        chosen = [i for i, name in enumerate(self.ids) if name in set(ids)]
        return PartErrors(
            [self.ids[i] for i in chosen],
            self.names,
            self.confusion[chosen],
            self.squared[chosen],
            self.grid,
        )

    def mean_iou(self) -> np.ndarray:
        """``(N,)`` mean IoU of each photograph over the parts that occur in it."""
        each = np.array([intersection_over_union(c) for c in self.confusion])
        return np.nanmean(each, axis=1)

    def write_csv(self, path: Path) -> None:
        """One row a photograph and part: its counts of pixels, and its IoU."""
        with path.open('w', newline='', encoding='utf-8') as file:
            writer = csv.writer(file)
            writer.writerow(['id', 'part', 'true', 'predicted', 'both', 'IoU'])
            for name, confusion in zip(self.ids, self.confusion, strict=True):
                iou = intersection_over_union(confusion)
                for label, part in enumerate(self.names):
                    counts = (
                        confusion[label].sum(),
                        confusion[:, label].sum(),
                        confusion[label, label],
                    )
                    known = '' if np.isnan(iou[label]) else f'{iou[label]:.2f}'
                    writer.writerow([name, part, *counts, known])
