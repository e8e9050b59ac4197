import math

import pytest
import torch

from mmlandmark.models import HeatmapCrossEntropyLoss


def test_by_hand():
    loss = HeatmapCrossEntropyLoss()
    # two points of two pixels: targets (1, 0) and (1/2, 1/2), predictions (3, 1), (1, 1)
    target = torch.tensor([[[[2.0, 0.0]], [[1.0, 1.0]]]])
    output = torch.tensor([[[[3.0, 1.0]], [[1.0, 1.0]]]])
    first, second = -math.log(0.75), math.log(2)
    assert loss(output, target).item() == pytest.approx((first + second) / 2)
    weights = torch.tensor([[1.0, 0.0]])
    assert loss(output, target, weights).item() == pytest.approx(first)
    unweighted = HeatmapCrossEntropyLoss(use_target_weight=False, loss_weight=2.0)
    assert unweighted(output, target, weights).item() == pytest.approx(first + second)


def test_a_missing_point_counts_nothing():
    loss = HeatmapCrossEntropyLoss()
    output = torch.rand(1, 2, 4, 4) + 0.1
    target = torch.rand(1, 2, 4, 4)
    target[:, 1] = 0
    assert loss(output, target).item() == pytest.approx(
        loss(output[:, :1], target[:, :1]).item()
    )
    assert loss(output, torch.zeros_like(target)).item() == 0


def test_scale_does_not_matter_and_the_truth_is_the_minimum():
    loss = HeatmapCrossEntropyLoss()
    target = torch.rand(2, 3, 4, 4) + 0.1
    best = loss(target, target)
    assert loss(5 * target, target).item() == pytest.approx(best.item(), rel=1e-5)
    assert loss(target.flip(-1), target) > best


def test_gradients_are_finite_where_the_prediction_is_zero():
    output = torch.zeros(1, 1, 2, 2)
    output[..., 0, 0] = 1
    output.requires_grad_()
    target = torch.zeros(1, 1, 2, 2)
    target[..., 1, 1] = 1
    HeatmapCrossEntropyLoss()(output, target).backward()
    assert torch.isfinite(output.grad).all()
