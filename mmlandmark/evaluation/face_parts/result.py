"""Result of a test on face parts: IoU, F1 and accuracy."""

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
    """Confusion matrices of a test, with the methods of :class:`EvaluationResult`.

    Attributes:
        ids: N sample ids.
        names: C parts.
        confusion: ``(N, C, C)`` numbers of pixels, true parts in rows.
        squared: ``(N,)`` sums of the squared errors of the probabilities.
        grid: Description of the pixels.
    """

    ids: list[str]
    names: list[str]
    confusion: np.ndarray
    squared: np.ndarray
    grid: str

    #: Title of the table of ``per_landmark``.
    title = 'Per part'

    def metrics(self) -> dict[str, float]:
        """Metrics of the test, by their keys without the prefix."""
        total = self.confusion.sum(axis=0)
        return part_metrics(total, float(self.squared.sum()), int(total.sum()))

    def per_landmark(self) -> list[dict]:
        """One row per part."""
        return part_rows(self.confusion.sum(axis=0), self.names)

    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """Rows of a table that compares the ``metrics`` of methods."""
        return [{'': name, **values} for name, values in methods.items()]

    def sample_size(self) -> str:
        """Number and kind of the measured pixels, as text."""
        return f'{self.confusion.sum() / 1e6:.1f} million pixels, grid: {self.grid}'

    def conditions(self) -> dict[str, str]:
        """Conditions under which the metrics hold, for the results file."""
        return dict(grid=self.grid)

    def per_annotator(self) -> dict[str, dict[str, float]]:
        """Empty, as there is only one ground truth."""
        return {}

    def by_yaw(self) -> list[dict]:
        """Empty, as the yaw is not known."""
        return []

    def reliability(self, _calibration: Any) -> None:
        """None, as parts have no expected errors."""
        return None

    def subset(self, ids: Sequence[str]) -> PartErrors:
        """The result on some of the photographs."""
        chosen = [i for i, name in enumerate(self.ids) if name in set(ids)]
        return PartErrors(
            [self.ids[i] for i in chosen],
            self.names,
            self.confusion[chosen],
            self.squared[chosen],
            self.grid,
        )

    def write_csv(self, path: Path) -> None:
        """Write one row per photograph and part: its numbers of pixels and IoU."""
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
