"""What a detector asks of a model, whatever runs it."""

from __future__ import annotations

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


class Model(Protocol):
    """Points in boxes of pictures.

    Attributes:
        scheme: The points.
        calibration: Of their expected errors; None where there is none.
        input_side: The longer side of the network's input, pixels.
        finds_faces: Whether boxes of faces are looked for in images that come without.
        backend: What runs the network.
        device: Where it runs.
    """

    scheme: Scheme
    calibration: Calibration | None
    input_side: int
    finds_faces: bool
    backend: str
    device: str

    @property
    def source(self) -> dict[str, str]:
        """The ``name`` of its weights and their ``sha256``.

        An exported model has those of what it was made of.
        """
        ...

    def find(self, tasks: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Found]:
        """Find the points in each box, all in one batch.

        Args:
            tasks: A picture ``(H, W, 3)`` BGR uint8 and a box ``(4,)`` each.
        """
        ...
