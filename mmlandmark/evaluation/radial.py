"""Radial errors of a data set gathered in one place, and the numbers reported of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import InputError
from . import functional as F  # noqa: N812
from .calibration import (
    Calibration,
    best_strength,
    fit_calibration,
    held_out_errors,
)
from .reliability import reliability


@dataclass
class RadialErrors:
    """Every error of a test.

    Attributes:
        ids: N sample ids.
        names: K landmark names.
        px: ``(N, K)`` errors in pixels of the image as prepared; NaN missing.
        mm: The same in mm; None unless the spacing of every image is known.
        predicted: ``(N, K, 2)`` predicted points, pixels.
        annotators: The errors against each annotator's own points, where every image
            has them; the other fields are against the truth, their mean.
        spreads: ``(N, K)`` how far each heatmap spreads, in pixels of the network's
            input; None for a model that does not tell.
        input_px: ``(N,)`` side of such a pixel in pixels of the image; None likewise.
        mm_per_px: ``(N,)`` spacing of the images, the mean of both ways; None unless
            that of every image is known.
    """

    ids: list[str]
    names: list[str]
    px: np.ndarray
    mm: np.ndarray | None
    predicted: np.ndarray
    annotators: dict[str, RadialErrors] = field(default_factory=dict)
    spreads: np.ndarray | None = None
    input_px: np.ndarray | None = None
    mm_per_px: np.ndarray | None = None

    def metrics(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> dict[str, float]:
        """``MRE_px``, ``MRE_px_SD``, ``SDR@2.0px``, and the same in mm if known."""
        values = _metrics(self.px, 'px', radii_px)
        if self.mm is not None:
            values |= _metrics(self.mm, 'mm', radii_mm)
        return values

    def per_annotator(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> dict[str, dict[str, float]]:
        """``metrics`` against the mean of the annotators and each one; empty without."""
        if not self.annotators:
            return {}
        views = {'mean of both': self, **self.annotators}
        return {who: view.metrics(radii_mm, radii_px) for who, view in views.items()}

    def per_landmark(
        self, radii_mm: tuple[float, ...], radii_px: tuple[float, ...]
    ) -> list[dict]:
        """One row a landmark, in mm if known, else in pixels."""
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

    def calibrate(self) -> tuple[Calibration, dict]:
        """Fit what a spread means on these images.

        Returns:
            The calibration, and :func:`reliability` of images left out of it in turns.

        Raises:
            InputError: The model tells no spread, or the images are too few.
        """
        if self.spreads is None or self.input_px is None:
            raise InputError(
                'the model does not tell how far its heatmaps spread: only one with a '
                'SoftmaxHeatmapHead (configs/isbi2015_hrnetv2.py) can be calibrated'
            )
        errors = self.px / self.input_px[:, None]
        strength = best_strength(self.spreads, errors)
        left_out = held_out_errors(self.spreads, errors, strength)
        calibration = fit_calibration(self.spreads, errors, self.names, strength)
        return calibration, self._reliability(left_out)

    def reliability(self, calibration: Calibration) -> dict | None:
        """Expected beside observed errors, in mm if known, else in pixels.

        Returns:
            As :func:`mmlandmark.evaluation.reliability.reliability`; None for a model
            that tells no spread.
        """
        if self.spreads is None:
            return None
        return self._reliability(calibration(self.spreads))

    def _reliability(self, expected: np.ndarray) -> dict:
        """Of expected errors ``(N, K)`` in pixels of the network's input."""
        expected = expected * np.asarray(self.input_px)[:, None]
        if self.mm is None or self.mm_per_px is None:
            return reliability(expected, self.px, 'px')
        return reliability(expected * self.mm_per_px[:, None], self.mm, 'mm')

    def write_csv(self, path: Path) -> None:
        """One row an image and landmark: the predicted point and its error."""
        with path.open('w', newline='', encoding='utf-8') as file:
            writer = csv.writer(file)
            writer.writerow(['id', 'landmark', 'x', 'y', 'error_px', 'error_mm'])
            for i, identity in enumerate(self.ids):
                for k, name in enumerate(self.names):
                    x, y = self.predicted[i, k]
                    mm = '' if self.mm is None else _text(self.mm[i, k])
                    row = [identity, name, f'{x:.2f}', f'{y:.2f}', _text(self.px[i, k])]
                    writer.writerow([*row, mm])


def _metrics(errors: np.ndarray, unit: str, radii: tuple[float, ...]) -> dict:
    mre, sd = F.mean_radial_error(errors)
    rates = {
        f'SDR@{float(r)}{unit}': float(F.success_detection_rate(errors, r))
        for r in radii
    }
    return {f'MRE_{unit}': float(mre), f'MRE_{unit}_SD': float(sd), **rates}


def _text(error: float) -> str:
    return f'{error:.4f}' if np.isfinite(error) else ''  # empty: not annotated
