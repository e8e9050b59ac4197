"""The base class of test results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..errors import InputError
from ..structures.error_regions import ErrorRegions
from .calibration import Calibration, best_shrinkage, fit_calibration, held_out_errors
from .conformal import fit_regions, measurement_scores
from .functional import radial_errors
from .reliability import reliability


@dataclass
class EvaluationResult(ABC):
    """Errors of a test, with their metrics, tables and files.

    ``metrics``, ``per_landmark`` and ``per_annotator`` take the ``settings`` of the metric
    that returned the result.

    Attributes:
        ids: N sample ids.
        names: K landmark names.
        px: ``(N, K)`` radial errors, pixels of the prepared image; NaN missing.
        mm: The same in mm; None unless the spacing of every image is known.
        predicted: ``(N, K, 2)`` predicted points x, y, pixels.
        heatmap_errors: ``(N, K)`` expected radial errors of the heatmaps, pixels of the
            network's input; None if the model does not predict them.
        input_px: ``(N,)`` size of a pixel of the network's input, pixels of the image; None
            if ``heatmap_errors`` is.
        mm_per_px: ``(N,)`` spacing of the images, mean of both axes; None unless the
            spacing of every image is known.
        truth: ``(N, K, 2)`` true points, pixels, NaN missing; None if not kept.
        spacings: ``(N, 2)`` mm per pixel as ``(sy, sx)``; None unless all are known.
    """

    ids: list[str]
    names: list[str]
    px: np.ndarray
    mm: np.ndarray | None
    predicted: np.ndarray
    heatmap_errors: np.ndarray | None = None
    input_px: np.ndarray | None = None
    mm_per_px: np.ndarray | None = None
    truth: np.ndarray | None = None
    spacings: np.ndarray | None = None

    @abstractmethod
    def metrics(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Metrics of the test, by their keys without the prefix."""

    @abstractmethod
    def per_landmark(self, *args: Any, **kwargs: Any) -> list[dict]:
        """One row per landmark."""

    @abstractmethod
    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """Rows of a table that compares the ``metrics`` of methods."""

    @abstractmethod
    def write_csv(self, path: Path) -> None:
        """Write one row per image and landmark."""

    #: Title of the table of ``per_landmark``.
    title = 'Per landmark'

    def sample_size(self) -> str:
        """Number of measured points, as text."""
        return f'{np.isfinite(self.px).sum()} points'

    def conditions(self) -> dict[str, str]:
        """Conditions under which the metrics hold, for the results file."""
        return {}

    def per_annotator(self, *args: Any, **kwargs: Any) -> dict[str, dict[str, float]]:
        """``metrics`` against each annotator; empty if there is only one truth."""
        return {}

    def by_yaw(self) -> list[dict]:
        """One row per range of yaw; empty if the yaw is unknown."""
        return []

    def write_ced(
        self, png: Path, csv: Path, others: dict[str, Any] | None = None
    ) -> None:
        """Plot and write the cumulative error distribution of the images.

        Raises:
            InputError: The result is not one of faces.
        """
        raise InputError(
            'a CED curve needs the errors of faces: this config has no FaceError'
        )

    def with_predictions(
        self, predicted: np.ndarray, truth: np.ndarray, spacings: list
    ) -> Self:
        """The result of other predictions for the same images.

        Args:
            predicted: ``(N, K, 2)`` x, y in pixels.
            truth: ``(N, K, 2)`` x, y in pixels, NaN where not annotated.
            spacings: N spacings ``(sy, sx)``, mm per pixel; used if ``mm`` is known.
        """
        known = self.mm is not None
        return replace(
            self,
            px=radial_errors(predicted, truth),
            mm=radial_errors(predicted, truth, np.array(spacings)) if known else None,
            predicted=predicted,
            heatmap_errors=None,
            input_px=None,
        )

    def calibrate(self) -> tuple[Calibration, dict]:
        """Fit a calibration on these images.

        Returns:
            The calibration, and its :func:`~.reliability.reliability` in cross-validation.

        Raises:
            InputError: The model predicts no heatmap errors, or there are too few images.
        """
        if self.heatmap_errors is None or self.input_px is None:
            raise InputError(
                'the model predicts no expected errors of its heatmaps: only one with a '
                'SoftmaxHeatmapHead (configs/isbi2015_hrnetv2.py) can be calibrated'
            )
        errors = self.px / self.input_px[:, None]
        shrinkage = best_shrinkage(self.heatmap_errors, errors)
        left_out = held_out_errors(self.heatmap_errors, errors, shrinkage)
        calibration = fit_calibration(
            self.heatmap_errors, errors, self.names, shrinkage
        )
        regions = self._regions(left_out, errors)
        return replace(calibration, regions=regions), self._reliability(left_out)

    def _regions(self, expected: np.ndarray, errors: np.ndarray) -> ErrorRegions:
        """Conformal factors of expected errors ``(N, K)``, pixels of the input."""
        scores = None
        if self.truth is not None:
            in_px = expected * np.asarray(self.input_px)[:, None]
            scores = measurement_scores(
                self.predicted, self.truth, in_px, self.names, self.spacings
            )
        return fit_regions(expected, errors, self.names, scores)

    def reliability(self, calibration: Calibration) -> dict | None:
        """Compare expected with observed errors, in mm if known, else in pixels.

        Returns:
            See :func:`mmlandmark.evaluation.reliability.reliability`; None if the model
            predicts no heatmap errors.
        """
        if self.heatmap_errors is None:
            return None
        return self._reliability(calibration(self.heatmap_errors))

    def _reliability(self, expected: np.ndarray) -> dict:
        """Reliability of expected errors ``(N, K)``, pixels of the network's input."""
        expected = expected * np.asarray(self.input_px)[:, None]
        if self.mm is None or self.mm_per_px is None:
            return reliability(expected, self.px, 'px')
        return reliability(expected * self.mm_per_px[:, None], self.mm, 'mm')


def csv_number(error: float) -> str:
    """Four decimals; empty if not annotated, ``inf`` if the prediction is not finite."""
    return '' if np.isnan(error) else f'{error:.4f}'
