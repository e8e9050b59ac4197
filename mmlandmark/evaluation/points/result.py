"""Result of a test on cephalometric landmarks: MRE and SDR."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from .. import functional as F  # noqa: N812
from ..result import EvaluationResult, csv_number
from ..tables import summary_row


@dataclass
class RadialErrors(EvaluationResult):
    """Radial errors of a test, summarised as MRE and SDR.

    Attributes:
        annotators: Errors against the points of each annotator, if every image has them.
            The other fields are errors against the truth, the mean of the annotators.
    """

    annotators: dict[str, RadialErrors] = field(default_factory=dict)

    def metrics(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> dict[str, float]:
        """``MRE_px``, ``MRE_px_SD``, ``SDR@2.0px``, and the same in mm if it is known."""
        values = _metrics(self.px, 'px', radii_px)
        if self.mm is not None:
            values |= _metrics(self.mm, 'mm', radii_mm)
        return values

    def per_annotator(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> dict[str, dict[str, float]]:
        """``metrics`` against the mean of the annotators and each one; empty if none."""
        if not self.annotators:
            return {}
        views = {'mean of both': self, **self.annotators}
        return {who: view.metrics(radii_mm, radii_px) for who, view in views.items()}

    def per_landmark(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> list[dict]:
        """One row per landmark, in mm if known, else in pixels."""
        errors, unit, radii = self.px, 'px', radii_px
        if self.mm is not None:
            errors, unit, radii = self.mm, 'mm', radii_mm
        mre, sd = F.mean_radial_error(errors, axis=0)
        rates = {r: F.success_detection_rate(errors, r, axis=0) for r in radii}
        return [
            {
                'landmark': name,
                'n': int(np.isfinite(errors[:, k]).sum()),
                f'MRE_{unit}': float(mre[k]),
                f'MRE_{unit}_SD': float(sd[k]),
                **{f'SDR@{r}{unit}': float(rate[k]) for r, rate in rates.items()},
            }
            for k, name in enumerate(self.names)
        ]

    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """One row per method."""
        return [summary_row(name, metrics) for name, metrics in methods.items()]

    def with_predictions(
        self, predicted: np.ndarray, truth: np.ndarray, spacings: list
    ) -> Self:
        """See :meth:`EvaluationResult.with_predictions`; without single annotators."""
        result = super().with_predictions(predicted, truth, spacings)
        return replace(result, annotators={})

    def write_csv(self, path: Path) -> None:
        """One row per image and landmark: the predicted point and its error."""
        with path.open('w', newline='', encoding='utf-8') as file:
            writer = csv.writer(file)
            writer.writerow(['id', 'landmark', 'x', 'y', 'error_px', 'error_mm'])
            for i, identity in enumerate(self.ids):
                for k, name in enumerate(self.names):
                    x, y = self.predicted[i, k]
                    mm = '' if self.mm is None else csv_number(self.mm[i, k])
                    row = [
                        identity,
                        name,
                        f'{x:.2f}',
                        f'{y:.2f}',
                        csv_number(self.px[i, k]),
                    ]
                    writer.writerow([*row, mm])


def _metrics(errors: np.ndarray, unit: str, radii: tuple[float, ...]) -> dict:
    mre, sd = F.mean_radial_error(errors)
    rates = {
        f'SDR@{float(r)}{unit}': float(F.success_detection_rate(errors, r))
        for r in radii
    }
    return {f'MRE_{unit}': float(mre), f'MRE_{unit}_SD': float(sd), **rates}
