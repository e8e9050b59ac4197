"""What a detector asks of a model, whatever runs it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..evaluation.calibration import Calibration
from ..schemes import Scheme


@dataclass
class Found:
    """The points of one box, in pixels of the picture that was looked at.

    Attributes:
        points: ``(K, 2)`` x, y.
        scores: ``(K,)`` peak of each heatmap.
        pixel: A pixel of the network's input.
        spreads: ``(K,)`` of the heatmaps, in pixels of the network's input; None where a
            model has none.
        depths: ``(K,)`` towards the viewer; None for a model of the plane.
    """

    points: np.ndarray
    scores: np.ndarray
    pixel: float
    spreads: np.ndarray | None = None
    depths: np.ndarray | None = None


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

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Found]:
        """Find the points in each box, all in one batch.

        Args:
            tasks: A picture ``(H, W, 3)`` BGR uint8 and a box ``(4,)`` each.
        """
        ...
