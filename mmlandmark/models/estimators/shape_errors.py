"""The distribution of a detector's errors on images outside its training set."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def shape_frame(points: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and size of a shape.

    Args:
        points: ``(..., K, 2)`` x, y in any unit; NaN where a point is missing.

    Returns:
        The mean of its points ``(..., 1, 2)`` and their root mean square distance from it
        ``(..., 1, 1)``, in the unit of the points. The size is 1 if all points coincide;
        the centre is 0 if there are no points.
    """
    there = points.isfinite().all(dim=-1, keepdim=True)
    count = there.sum(dim=-2, keepdim=True).clamp_min(1)
    centre = points.where(there, 0.0).sum(dim=-2, keepdim=True) / count
    squared = (points - centre).where(there, 0.0).square()
    size = (squared.sum(dim=(-2, -1), keepdim=True) / count).sqrt()
    return centre, size.where(size > 0, 1.0)


class DetectorErrors(nn.Module):
    """A joint normal distribution of the errors of all points.

    Errors are relative to the size of the shape (:func:`shape_frame`). The distribution is
    stored in the checkpoint, so a resumed training samples from the same one.

    Args:
        points: K, the number of points.
        correlation: Shrinkage factor of the correlations between coordinates, 0 to 1, as
            many correlations are measured on few images.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, points: int, correlation: float = 0.5):
        super().__init__()
        self.correlation = correlation
        self.register_buffer('mean', torch.zeros(2 * points))
        self.register_buffer('factor', torch.zeros(2 * points, 2 * points))

    def measure(self, predicted: Tensor, truth: Tensor) -> None:
        """Fit the distribution on images on which the detector was not trained.

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
        # divide each coordinate by its own count; keeps the covariance positive
        deviations = deviations / (count - 1).clamp_min(1).sqrt()
        covariance = deviations.T @ deviations
        own = covariance.diag().diag()
        covariance = own + self.correlation * (covariance - own)
        values, vectors = torch.linalg.eigh(covariance)
        self.mean.copy_(mean)
        self.factor.copy_(vectors * values.clamp_min(0).sqrt())

    @property
    def measured(self) -> bool:
        """Whether the distribution was fitted."""
        return bool(self.factor.any())

    def draw(self, truth: Tensor) -> Tensor:
        """Sample points as the detector might predict them.

        Args:
            truth: ``(N, K, 2)`` x, y in any unit; NaN where unknown, returned as NaN.
        """
        noise = torch.randn(len(truth), len(self.mean), device=truth.device)
        errors = (self.mean + noise @ self.factor.T).view_as(truth)
        return truth + errors * shape_frame(truth)[1]
