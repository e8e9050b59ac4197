"""What a detector asks of a model, whatever runs it."""

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
    """The :attr:`Model.recipe` of plain values: 12 hex digits."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Model(Protocol):
    """Points in boxes of pictures.

    Attributes:
        scheme: The points.
        calibration: Of their expected errors; None where there is none.
        input_side: The longer side of the network's input, pixels.
        finds_faces: Whether boxes of faces are looked for in images that come without.
        backend: What runs the network.
        device: Where it runs.
        source: The ``name`` of its weights and their ``sha256``; an exported model has
            those of what it was made of.
        recipe: A checksum of what makes points of the weights: two of the same weights
            and recipe find the same points, on every backend.
    """

    scheme: Scheme
    calibration: Calibration | None
    input_side: int
    finds_faces: bool
    backend: str
    device: str
    recipe: str
    source: dict[str, str]

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Prediction]:
        """Find the points in each box, all in one batch.

        Args:
            tasks: An image ``(H, W, 3)`` BGR uint8 and a box ``(4,)`` each.

        Returns:
            One prediction per task, in pixels of its image.
        """
        ...


class Parser(Protocol):
    """Probabilities of the parts of a face.

    Attributes:
        scheme: The parts.
        backend: What runs the network.
        device: Where it runs.
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
    spreads: np.ndarray | None = None,
    depths: np.ndarray | None = None,
) -> Prediction:
    """The prediction of one box, with the expected errors of a calibrated model.

    Args:
        model: Which found the points.
        box: ``(4,)`` x1, y1, x2, y2 in pixels of the image.
        points: ``(K, 2)`` x, y in pixels of the image.
        scores: ``(K,)`` peak of each heatmap.
        pixel: The side of a pixel of the network's input, in pixels of the image.
        spreads: ``(K,)`` of the heatmaps, in pixels of the network's input; None for a
            model that has none.
        depths: ``(K,)`` towards the viewer, in pixels of the image; None for a model
            without depth.
    """
    errors, median = None, None
    if model.calibration is not None and spreads is not None:
        errors = model.calibration(spreads) * pixel
        median = model.calibration.median_expected_error * pixel
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
    )
