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
        expected_errors: ``(K,)`` how far off each point is likely to be, in pixels of
            the original image; None for a model that was not calibrated.
        usual_error: What the calibrated model usually expects, in the same pixels.
        z: ``(K,)`` how far each point stands out towards the viewer, in pixels of the
            original image; 0 is the mean of the K points. None for a model of the plane.
    """

    points: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...]
    box: tuple[float, float, float, float]
    spacing: tuple[float, float] | None = None
    expected_errors: np.ndarray | None = None
    usual_error: float | None = None
    z: np.ndarray | None = None

    @property
    def expected_errors_mm(self) -> np.ndarray | None:
        """``(K,)`` in mm; None unless the errors and the spacing are known."""
        if self.expected_errors is None or self.spacing is None:
            return None
        return self.expected_errors * (self.spacing[0] + self.spacing[1]) / 2

    def doubtful(self, mm: float = 2.0, times: float = 2.0) -> np.ndarray | None:
        """Which points are likely to be too far off to be used unseen.

        Args:
            mm: Doubtful is what is expected to err by more, where the spacing is known;
            times: elsewhere what is expected to err by more than so many times the usual.

        Returns:
            ``(K,)`` bool; None for a model that was not calibrated.
        """
        in_mm = self.expected_errors_mm
        if in_mm is not None:
            return in_mm > mm
        if self.expected_errors is None or self.usual_error is None:
            return None
        return self.expected_errors > times * self.usual_error

    def to_dict(self) -> dict:
        """Plain values for JSON; what is not known of depth and errors is left out."""
        rows = zip(self.names, self.points, self.scores, strict=True)
        points = [
            dict(
                name=name,
                x=round(float(x), 2),
                y=round(float(y), 2),
                score=round(float(score), 4),
            )
            for name, (x, y), score in rows
        ]
        for key, values in (
            ('z', self.z),
            ('expected_error', self.expected_errors),
            ('expected_error_mm', self.expected_errors_mm),
        ):
            if values is not None:
                for point, value in zip(points, values, strict=True):
                    point[key] = round(float(value), 2)
        return dict(
            box=[round(float(v), 2) for v in self.box],
            spacing=list(self.spacing) if self.spacing else None,
            points=points,
        )
