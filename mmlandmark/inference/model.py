"""The interface between a detector and its model, the same for all backends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..evaluation.calibration import Calibration
from ..schemes import Scheme
from ..schemes.parts import PartScheme
from ..structures.prediction import Prediction


def recipe_of(*parts: object) -> str:
    """The checksum :attr:`Model.recipe` of plain values: 12 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Model(Protocol):
    """Predicts the points in boxes of images; every backend implements this protocol.

    Attributes:
        scheme: The points.
        calibration: Calibration of the expected errors; None if there is none.
        input_side: The longer side of the network's input, pixels.
        finds_faces: Whether faces are detected in images without given boxes.
        has_depth: Whether the points have a depth.
        backend: The backend of the network.
        device: The device of the network.
        source: The ``name`` of the weights and their ``sha256``; those of the original
            weights for an exported model.
        recipe: A checksum of everything but the weights on which the points depend. Two
            models with equal weights and recipes predict the same points on every backend.
    """

    scheme: Scheme
    calibration: Calibration | None
    input_side: int
    finds_faces: bool
    has_depth: bool
    backend: str
    device: str
    recipe: str
    source: dict[str, str]

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Prediction]:
        """Predict the points in each box.

        Args:
            tasks: Pairs of an image ``(H, W, 3)`` BGR uint8 and a box ``(4,)``.

        Returns:
            One prediction per task, in pixels of its image.
        """
        ...


class Parser(Protocol):
    """Predicts the probabilities of the parts of a face.

    Attributes:
        scheme: The parts.
        backend: The backend of the network.
        device: The device of the network.
    """

    scheme: PartScheme
    backend: str
    device: str

    def find(self, bgr: np.ndarray) -> np.ndarray:
        """``(C, H, W)`` float32 that sum to 1 over C, of an image ``(H, W, 3)`` BGR."""
        ...


def prediction_of(
    model: Model,
    box: np.ndarray,
    points: np.ndarray,
    scores: np.ndarray,
    pixel: float,
    heatmap_errors: np.ndarray | None = None,
    depths: np.ndarray | None = None,
) -> Prediction:
    """The prediction of one box, with the expected errors of a calibrated model.

    Args:
        model: The model that predicted the points.
        box: ``(4,)`` x1, y1, x2, y2 in pixels of the image.
        points: ``(K, 2)`` x, y in pixels of the image.
        scores: ``(K,)`` peak of each heatmap.
        pixel: The side of a pixel of the network's input, in pixels of the image.
        heatmap_errors: ``(K,)`` expected radial errors under the heatmaps, in pixels of
            the network's input; None for a model without them.
        depths: ``(K,)`` towards the viewer, in pixels of the image; None for a model
            without depth.
    """
    errors, median, regions = None, None, None
    if model.calibration is not None and heatmap_errors is not None:
        errors = model.calibration(heatmap_errors) * pixel
        median = model.calibration.median_expected_error * pixel
        regions = model.calibration.regions
    x1, y1, x2, y2 = (float(side) for side in box)
    return Prediction(
        points=points,
        scores=scores,
        names=model.scheme.points,
        labels=model.scheme.labels,
        box=(x1, y1, x2, y2),
        expected_errors=errors,
        median_expected_error=median,
        z=depths,
        skeleton=model.scheme.skeleton,
        scheme_name=model.scheme.name,
        regions=regions,
    )
