"""What a detector returns for one box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Prediction:
    """The points found in one box of an image.

    Attributes:
        points: ``(K, 2)`` x, y in pixels of the original image, 0-based pixel centres.
        scores: ``(K,)`` peak of each heatmap: 1 is as sharp as the training targets.
        names: K landmark names.
        labels: K short labels for overlays.
        box: ``(x1, y1, x2, y2)`` that was looked at.
        spacing: mm per pixel as ``(sy, sx)``; None when not known.
    """

    points: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...]
    box: tuple[float, float, float, float]
    spacing: tuple[float, float] | None = None

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        rows = zip(self.names, self.points, self.scores, strict=True)
        return dict(
            box=[round(float(v), 2) for v in self.box],
            spacing=list(self.spacing) if self.spacing else None,
            points=[
                dict(
                    name=name,
                    x=round(float(x), 2),
                    y=round(float(y), 2),
                    score=round(float(score), 4),
                )
                for name, (x, y), score in rows
            ],
        )
