"""Losses that MMPose lacks."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class HeatmapCrossEntropyLoss(torch.nn.Module):
    """Cross-entropy between heatmaps taken as probabilities over the picture.

    Unlike a squared error it does not begin by learning that most of a heatmap is
    empty, which saves a short training much of its time (McCouat & Voiculescu, CVPR
    2022, train cephalometric heatmaps so).

    Args:
        use_target_weight: Whether ``target_weights`` count, as in MMPose's losses.
        loss_weight: A factor.
    """

    def __init__(self, use_target_weight: bool = True, loss_weight: float = 1.0):
        super().__init__()
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weights: Tensor | None = None
    ) -> Tensor:
        """Mean over the points of nonzero weight.

        Args:
            output: ``(N, K, H, W)`` positive heatmaps, scaled however.
            target: ``(N, K, H, W)`` heatmaps; an empty one counts nothing.
            target_weights: ``(N, K)``, 0 for a missing point.
        """
        output, target = output.flatten(2), target.flatten(2)
        volume = target.sum(dim=2)
        weights = (volume > 0).to(output.dtype)
        if self.use_target_weight and target_weights is not None:
            weights = weights * target_weights
        probability = target / volume.clamp_min(1e-6)[..., None]
        predicted = output / output.sum(dim=2, keepdim=True)
        # below 1e-20 the logarithm's gradient leaves what float32 holds
        entropy = -(probability * predicted.clamp_min(1e-20).log()).sum(dim=2)
        total = weights.sum().clamp_min(1)
        return self.loss_weight * (entropy * weights).sum() / total
