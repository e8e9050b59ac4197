"""The loss of face parts that mmsegmentation lacks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.registry import MODELS
from torch import nn
from torch.nn.functional import cross_entropy


@MODELS.register_module()
class WeightedCrossEntropy(nn.Module):
    """Cross-entropy whose mean is over weighted pixels.

    mmsegmentation's own looks up the weight of an ignored label, and fails.

    Args:
        class_weight: One of each label; None for none.
        loss_weight: Factor.
        loss_name: Its name in the log.
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
