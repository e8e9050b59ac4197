"""How a detector errs on images it has not seen: measured once, drawn at will."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def shape_frame(points: Tensor) -> tuple[Tensor, Tensor]:
    """Where a shape is and how large.

    Args:
        points: ``(..., K, 2)`` x, y in any unit; NaN where a point is missing.

    Returns:
        The mean of its points ``(..., 1, 2)``, and their root mean square distance from
        it ``(..., 1, 1)``, both in the unit of the points. A shape without size (fewer
        than two places) is given size 1, one without points the place 0.
    """
    there = points.isfinite().all(dim=-1, keepdim=True)
    count = there.sum(dim=-2, keepdim=True).clamp_min(1)
    centre = points.where(there, 0.0).sum(dim=-2, keepdim=True) / count
    squared = (points - centre).where(there, 0.0).square()
    size = (squared.sum(dim=(-2, -1), keepdim=True) / count).sqrt()
    return centre, size.where(size > 0, 1.0)


class DetectorErrors(nn.Module):
    """A normal distribution of the errors of all points together.

    Errors are in units of the shape's size (:func:`shape_frame`). The distribution is
    kept in the checkpoint, so a resumed training draws from the same one.

    Args:
        points: K, the number of points.
        correlation: How much of the measured correlations between coordinates is
            believed, 0 to 1: they are many, and measured on few images.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, points: int, correlation: float = 0.5):
        super().__init__()
        self.correlation = correlation
        self.register_buffer('mean', torch.zeros(2 * points))
        self.register_buffer('factor', torch.zeros(2 * points, 2 * points))

    def measure(self, predicted: Tensor, truth: Tensor) -> None:
        """Take the errors of a detector on images it was not trained on.

        Args:
            predicted: ``(N, K, 2)`` x, y.
            truth: ``(N, K, 2)`` in the same unit; NaN where not annotated.
        """
        _, size = shape_frame(truth)
        errors = ((predicted - truth) / size).flatten(1).double()
        known = errors.isfinite()
        count = known.sum(dim=0)
        mean = errors.where(known, 0.0).sum(dim=0) / count.clamp_min(1)
        deviations = (errors - mean).where(known, 0.0)
        # each coordinate by its own count; the covariance stays positive
        deviations = deviations / (count - 1).clamp_min(1).sqrt()
        covariance = deviations.T @ deviations
        own = covariance.diag().diag()
        covariance = own + self.correlation * (covariance - own)
        values, vectors = torch.linalg.eigh(covariance)
        self.mean.copy_(mean)
        self.factor.copy_(vectors * values.clamp_min(0).sqrt())

    @property
    def measured(self) -> bool:
        """Whether there is anything to draw from."""
        return bool(self.factor.any())

    def draw(self, truth: Tensor) -> Tensor:
        """What the detector might have made of shapes.

        Args:
            truth: ``(N, K, 2)`` x, y in any unit; NaN where not known, and so returned.
        """
        noise = torch.randn(len(truth), len(self.mean), device=truth.device)
        errors = (self.mean + noise @ self.factor.T).view_as(truth)
        return truth + errors * shape_frame(truth)[1]
