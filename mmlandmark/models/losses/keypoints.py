"""Heatmap losses that MMPose lacks."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class HeatmapCrossEntropyLoss(torch.nn.Module):
    """Cross-entropy between heatmaps normalised to probability distributions.

    With a squared error a network first learns that most of a heatmap is zero, so the
    cross-entropy shortens training (McCouat & Voiculescu, CVPR 2022, use it for
    cephalometric landmarks).

    Args:
        use_target_weight: Whether ``target_weights`` are used, as in MMPose's losses.
        loss_weight: Factor of the loss.
    """

    def __init__(self, use_target_weight: bool = True, loss_weight: float = 1.0):
        super().__init__()
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weights: Tensor | None = None
    ) -> Tensor:
        """Mean over the points with nonzero weight.

        Args:
            output: ``(N, K, H, W)`` positive heatmaps of any scale.
            target: ``(N, K, H, W)`` heatmaps; one that is zero is not counted.
            target_weights: ``(N, K)``, 0 for a missing point.
        """
        output, target = output.flatten(2), target.flatten(2)
        volume = target.sum(dim=2)
        weights = (volume > 0).to(output.dtype)
        if self.use_target_weight and target_weights is not None:
            weights = weights * target_weights
        probability = target / volume.clamp_min(1e-6)[..., None]
        predicted = output / output.sum(dim=2, keepdim=True)
        # below 1e-20 the gradient of the logarithm overflows float32
        entropy = -(probability * predicted.clamp_min(1e-20).log()).sum(dim=2)
        total = weights.sum().clamp_min(1)
        return self.loss_weight * (entropy * weights).sum() / total
