"""Errors on faces gathered in one place, and the numbers reported of them."""

from __future__ import annotations

import csv as csv_module
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...visualization.ced import plot_ced
from ..result import EvaluationResult, csv_number
from . import functional as F  # noqa: N812

#: Ranges of yaw, degrees.
YAWS = ((0, 30), (30, 60), (60, 90))


@dataclass(kw_only=True)
class FaceErrors(EvaluationResult):
    """Every error of a test on faces, reported as NME, FR, AUC and accuracy.

    Attributes:
        mm: None: faces have no spacing.
        truth: ``(N, K, 2)`` true points, pixels; NaN where not annotated.
        normalisers: By kind the ``(N,)`` lengths that errors are divided by, pixels.
        norm: The kind that FR, AUC, CED and the tables go by.
        sides: ``(N,)`` the longer sides of the crops the network saw, in pixels of the
            image; None where they are not known.
        thresholds: Of FR and AUC, as fractions.
        accuracy_px: Radii of the accuracy, in pixels of crops of ``accuracy_side``.
        accuracy_side: The side, in pixels, that every crop is scaled to.
        yaws: ``(N,)`` degrees that the heads are turned to either side, NaN where that is
            not known; None for points that do not tell.
        depth_errors: ``(N,)`` mean error of the points' depth, pixels of the image; None
            where the model or the truth has none.
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
        """NME of each image ``(N,)``, a fraction; by ``norm`` unless a kind is given."""
        return F.normalised_mean_errors(self.px, self.normalisers[kind or self.norm])

    def metrics(self) -> dict[str, float]:
        """See :class:`~mmlandmark.evaluation.FaceError` for the keys."""
        values = {
            f'NME_{kind}': 100 * _mean(self.nme(kind)) for kind in self.normalisers
        }
        nme = self.nme()
        values |= self._beyond_and_under(nme)
        if self.depth_errors is not None:
            relative = self.depth_errors / self.normalisers[self.norm]
            values[f'NME_depth_{self.norm}'] = 100 * _mean(relative)
        # an image that is not measured must not go unseen
        values[f'unmeasured_images_{self.norm}'] = int(np.isnan(nme).sum())
        return values | self._crop_metrics()

    def _beyond_and_under(self, nme: np.ndarray) -> dict[str, float]:
        """FR and AUC of some images by each threshold."""
        values = {}
        for t in self.thresholds:
            values[f'FR@{t}_{self.norm}'] = F.failure_rate(nme, t)
            values[f'AUC@{t}_{self.norm}'] = 100 * F.area_under_curve(nme, t)
        return values

    def by_yaw(self) -> list[dict]:
        """One row a range of yaw, either way; empty where yaws are not known.

        The ranges are AFLW2000-3D's (Zhu et al., CVPR 2016), whose mean is that of the
        three and not of the images.
        """
        if self.yaws is None:
            return []
        nme, turned = self.nme(), np.abs(self.yaws)
        ranges = {f'{a}-{b}': (turned >= a) & (turned < b) for a, b in YAWS}
        rest = ~np.any(list(ranges.values()), axis=0)
        ranges |= {'not known or beyond': rest} if rest.any() else {}
        return [
            {
                'yaw': name,
                'images': int(inside.sum()),
                f'NME_{self.norm}': 100 * _mean(nme[inside]),
                **self._beyond_and_under(nme[inside]),
            }
            for name, inside in ranges.items()
        ]

    def _crop_metrics(self) -> dict[str, float]:
        """What is measured in crops of one side; empty where sides are not known."""
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
        """One row a landmark: number of points, NME in percent, accuracy in percent."""
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
        """Every point's error as a fraction of its face's length, ``(N, K)``."""
        return self.px / self.normalisers[self.norm][:, None]

    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """One row a number: they are too many for columns."""
        keys = next(iter(methods.values()))
        return [
            {'': key, **{name: metrics[key] for name, metrics in methods.items()}}
            for key in keys
        ]

    def write_csv(self, path: Path) -> None:
        """One row an image and landmark: the point, its error, and that in percent."""
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

    def ced_rows(self) -> list[dict]:
        """The images that are measured, best first: id, NME in percent, fraction."""
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
        """Draw the CED up to the first threshold and write its steps.

        Args:
            png: The picture.
            csv: ``ced_rows`` of these errors.
            others: Names and errors of other methods, to be drawn too.
        """
        curves = {'model': self, **(others or {})}
        nmes = {name: errors.nme() for name, errors in curves.items()}
        plot_ced(nmes, png, self.thresholds[0], self.norm)
        rows = self.ced_rows()
        header = ['id', f'NME_{self.norm}', 'fraction']
        with csv.open('w', newline='', encoding='utf-8') as file:
            writer = csv_module.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(rows)


def _mean(values: np.ndarray) -> float:
    """Over what is not NaN; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float('nan')
