"""Cross-entropy of face parts with class weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.registry import MODELS
from torch import nn
from torch.nn.functional import cross_entropy


@MODELS.register_module()
class WeightedCrossEntropy(nn.Module):
    """Cross-entropy with class weights, averaged over the weighted pixels.

    mmsegmentation's ``CrossEntropyLoss`` indexes the class weights with the ignored label
    255 and fails.

    Args:
        class_weight: Weight of each class; None for equal weights.
        loss_weight: Factor of the loss.
        loss_name: Name of the loss in the log.
    """

    def __init__(
        self,
        class_weight: Sequence[float] | None = None,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
    ):
        super().__init__()
        self.class_weight = None if class_weight is None else list(class_weight)
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        pred: torch.Tensor,
        target: torch.Tensor,
        weight: None = None,
        ignore_index: int = 255,
    ) -> torch.Tensor:
        """The loss of logits ``(N, C, H, W)`` and labels ``(N, H, W)``."""
        weights = None
        if self.class_weight is not None:
            weights = pred.new_tensor(self.class_weight)
        loss = cross_entropy(pred, target, weights, ignore_index=ignore_index)
        return self.loss_weight * loss
