"""Result of a test on faces: NME, failure rate, AUC and accuracy."""

from __future__ import annotations

import csv as csv_module
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...visualization.ced import CedCurve, plot_ced
from ..result import EvaluationResult, csv_number
from . import functional as F  # noqa: N812

#: Ranges of absolute yaw, degrees.
YAW_RANGES = ((0, 30), (30, 60), (60, 90))


@dataclass(kw_only=True)
class FaceErrors(EvaluationResult):
    """Errors of a test on faces, summarised as NME, failure rate (FR), AUC and accuracy.

    Attributes:
        mm: Always None, as photographs of faces have no spacing.
        truth: ``(N, K, 2)`` true points, pixels; NaN where not annotated.
        normalisers: ``(N,)`` lengths, pixels, by which the errors are divided, for each
            kind of normalisation.
        norm: The kind used for FR, AUC, CED and the tables.
        sides: ``(N,)`` longer sides of the network's crops, pixels of the image; None if
            unknown.
        thresholds: Thresholds of FR and AUC, fractions.
        accuracy_px: Radii of the accuracy, pixels of crops of ``accuracy_side``.
        accuracy_side: Side to which every crop is scaled for the accuracy, pixels.
        yaws: ``(N,)`` yaw of the heads, degrees, NaN where unknown; None if the points do
            not determine it.
        depth_errors: ``(N,)`` mean depth error of the points, pixels of the image; None
            if the model or the annotation has no depth.
    """

    mm: np.ndarray | None = None
    truth: np.ndarray
    normalisers: dict[str, np.ndarray]
    norm: str
    sides: np.ndarray | None = None
    thresholds: tuple[float, ...] = (0.08, 0.1)
    accuracy_px: tuple[float, ...] = (3, 5)
    accuracy_side: float = 256
    yaws: np.ndarray | None = None
    depth_errors: np.ndarray | None = None

    def nme(self, kind: str | None = None) -> np.ndarray:
        """NME of each image ``(N,)``, a fraction, by ``norm`` or another kind."""
        return F.normalised_mean_errors(self.px, self.normalisers[kind or self.norm])

    def metrics(self) -> dict[str, float]:
        """Metrics of the test; :class:`~mmlandmark.evaluation.FaceError` lists them."""
        values = {
            f'NME_{kind}': 100 * _mean(self.nme(kind)) for kind in self.normalisers
        }
        nme = self.nme()
        values |= self._failure_and_auc(nme)
        if self.depth_errors is not None:
            relative = self.depth_errors / self.normalisers[self.norm]
            values[f'NME_depth_{self.norm}'] = 100 * _mean(relative)
        # report the images that are left out
        values[f'unmeasured_images_{self.norm}'] = int(np.isnan(nme).sum())
        return values | self._crop_metrics()

    def _failure_and_auc(self, nme: np.ndarray) -> dict[str, float]:
        """FR and AUC, percent, of images at each threshold."""
        values = {}
        for t in self.thresholds:
            values[f'FR@{t}_{self.norm}'] = F.failure_rate(nme, t)
            values[f'AUC@{t}_{self.norm}'] = 100 * F.area_under_curve(nme, t)
        return values

    def by_yaw(self) -> list[dict]:
        """One row per range of absolute yaw; empty if the yaw is unknown.

        The ranges are those of AFLW2000-3D (Zhu et al., CVPR 2016). Published means are
        over the three ranges, not over the images.
        """
        if self.yaws is None:
            return []
        nme, turned = self.nme(), np.abs(self.yaws)
        ranges = {f'{a}-{b}': (turned >= a) & (turned < b) for a, b in YAW_RANGES}
        rest = ~np.any(list(ranges.values()), axis=0)
        ranges |= {'unknown or larger': rest} if rest.any() else {}
        return [
            {
                'yaw': name,
                'images': int(inside.sum()),
                f'NME_{self.norm}': 100 * _mean(nme[inside]),
                **self._failure_and_auc(nme[inside]),
            }
            for name, inside in ranges.items()
        ]

    def _crop_metrics(self) -> dict[str, float]:
        """Accuracy and MSE in crops of a fixed size; empty if the sizes are unknown."""
        if self.sides is None:
            return {}
        accuracies = self._accuracies()
        return {
            **{key: float(value) for key, value in accuracies.items()},
            'MSE_px2': F.mean_squared_error(self._scaled(self.accuracy_side)),
            'MSE_normalised': F.mean_squared_error(self._scaled(1)),
        }

    def _accuracies(self, axis: int | None = None) -> dict[str, np.ndarray]:
        if self.sides is None:
            return {}
        errors = self._scaled(self.accuracy_side)
        return {
            f'accuracy@{r:g}px_of_{self.accuracy_side:g}': F.accuracy(errors, r, axis)
            for r in self.accuracy_px
        }

    def _scaled(self, side: float) -> np.ndarray:
        return F.scaled_errors(self.px, np.asarray(self.sides), side)

    def per_landmark(self) -> list[dict]:
        """One row per landmark: number of points, NME and accuracy, both percent."""
        relative = 100 * self._relative()
        accuracies = self._accuracies(axis=0)
        return [
            {
                'landmark': name,
                'n': int((~np.isnan(self.px[:, k])).sum()),
                f'NME_{self.norm}': _mean(relative[:, k]),
                **{key: float(value[k]) for key, value in accuracies.items()},
            }
            for k, name in enumerate(self.names)
        ]

    def _relative(self) -> np.ndarray:
        """Errors ``(N, K)`` as fractions of the normalising length."""
        return self.px / self.normalisers[self.norm][:, None]

    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """One row per metric, as there are too many for columns."""
        keys = next(iter(methods.values()))
        return [
            {'': key, **{name: metrics[key] for name, metrics in methods.items()}}
            for key in keys
        ]

    def write_csv(self, path: Path) -> None:
        """Write one row per image and landmark: point, error in pixels and percent."""
        relative = 100 * self._relative()
        header = ['id', 'landmark', 'x', 'y', 'error_px', f'NME_{self.norm}']
        with path.open('w', newline='', encoding='utf-8') as file:
            writer = csv_module.writer(file)
            writer.writerow(header)
            for i, identity in enumerate(self.ids):
                for k, name in enumerate(self.names):
                    x, y = self.predicted[i, k]
                    errors = csv_number(self.px[i, k]), csv_number(relative[i, k])
                    writer.writerow([identity, name, f'{x:.2f}', f'{y:.2f}', *errors])

    def ced_curve(self) -> CedCurve:
        """The CED, with AUC and failure rate at the first threshold."""
        nme, threshold = self.nme(), self.thresholds[0]
        return CedCurve(
            *F.ced(nme),
            auc=100 * F.area_under_curve(nme, threshold),
            failure_rate=F.failure_rate(nme, threshold),
        )

    def ced_rows(self) -> list[dict]:
        """One row per image by increasing error: id, NME in percent, fraction of images."""
        nme = self.nme()
        errors, fractions = F.ced(nme)
        order = np.argsort(nme, kind='stable')  # NaN last
        return [
            {
                'id': self.ids[i],
                f'NME_{self.norm}': 100 * float(error),
                'fraction': float(fraction),
            }
            for i, error, fraction in zip(order, errors, fractions, strict=False)
        ]

    def write_ced(
        self, png: Path, csv: Path, others: dict[str, Any] | None = None
    ) -> None:
        """Plot the CED up to the first threshold and write its steps.

        Args:
            png: The plot.
            csv: ``ced_rows`` of this result.
            others: Results of other methods by name, plotted too.
        """
        results = {'model': self, **(others or {})}
        curves = {name: r.ced_curve() for name, r in results.items()}
        plot_ced(curves, png, self.thresholds[0], self.norm)
        rows = self.ced_rows()
        header = ['id', f'NME_{self.norm}', 'fraction']
        with csv.open('w', newline='', encoding='utf-8') as file:
            writer = csv_module.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(rows)


def _mean(values: np.ndarray) -> float:
    """Mean of the values that are not NaN; NaN if there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float('nan')
