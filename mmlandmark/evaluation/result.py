"""What the errors of a test have in common, whatever numbers are reported of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..errors import InputError
from .calibration import Calibration, best_strength, fit_calibration, held_out_errors
from .functional import radial_errors
from .reliability import reliability


@dataclass
class EvaluationResult(ABC):
    """Every error of a test, and the tables that are made of them.

    ``metrics``, ``per_landmark`` and ``per_annotator`` take the ``settings`` of the metric
    that gathered the errors.

    Attributes:
        ids: N sample ids.
        names: K landmark names.
        px: ``(N, K)`` errors in pixels of the image as prepared; NaN missing.
        mm: The same in mm; None unless the spacing of every image is known.
        predicted: ``(N, K, 2)`` predicted points, pixels.
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
    spreads: np.ndarray | None = None
    input_px: np.ndarray | None = None
    mm_per_px: np.ndarray | None = None

    @abstractmethod
    def metrics(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """The numbers of the test, by their keys without the prefix."""

    @abstractmethod
    def per_landmark(self, *args: Any, **kwargs: Any) -> list[dict]:
        """One row a landmark."""

    @abstractmethod
    def summary(self, methods: dict[str, dict[str, float]]) -> list[dict]:
        """The rows of a table that compares methods by their ``metrics``."""

    @abstractmethod
    def write_csv(self, path: Path) -> None:
        """One row an image and landmark."""

    #: Heads the table of ``per_landmark``.
    title = 'Per landmark'

    def counted(self) -> str:
        """How much was measured, for a title."""
        return f'{np.isfinite(self.px).sum()} points'

    def facts(self) -> dict[str, str]:
        """What else has to be said of the numbers."""
        return {}

    def per_annotator(self, *args: Any, **kwargs: Any) -> dict[str, dict[str, float]]:
        """``metrics`` against each annotator; empty where there is one truth."""
        return {}

    def by_yaw(self) -> list[dict]:
        """One row a range of the heads' yaw; empty where that is not known."""
        return []

    def write_ced(
        self, png: Path, csv: Path, others: dict[str, Any] | None = None
    ) -> None:
        """Draw and write the cumulative distribution of the images' errors.

        Raises:
            InputError: These errors are not of faces.
        """
        raise InputError('a CED curve is of faces: this config measures no FaceError')

    def of(self, predicted: np.ndarray, truth: np.ndarray, spacings: list) -> Self:
        """What other predictions for the same images give.

        Args:
            predicted: ``(N, K, 2)`` pixels.
            truth: ``(N, K, 2)`` pixels, NaN where not annotated.
            spacings: N of ``(sy, sx)``, mm per pixel; used where ``mm`` is known.
        """
        known = self.mm is not None
        return replace(
            self,
            px=radial_errors(predicted, truth),
            mm=radial_errors(predicted, truth, np.array(spacings)) if known else None,
            predicted=predicted,
            spreads=None,
            input_px=None,
        )

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


def csv_number(error: float) -> str:
    """Four decimals; empty where not annotated, ``inf`` where not predicted."""
    return '' if np.isnan(error) else f'{error:.4f}'
