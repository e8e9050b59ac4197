"""The weighted cross-entropy of face parts against numbers worked out by hand."""

import math

import pytest
import torch

from mmlandmark.models import WeightedCrossEntropy

# two labels, probabilities 1/4 and 3/4 everywhere
LOGITS = torch.tensor([0.0, math.log(3)]).reshape(1, 2, 1, 1).expand(1, 2, 1, 4)
FIRST, SECOND = math.log(4), math.log(4 / 3)


@pytest.mark.parametrize(
    ('weights', 'labels', 'expected'),
    [
        (None, [0, 1, 1, 1], (FIRST + 3 * SECOND) / 4),
        # ignored pixels count neither above nor below
        (None, [0, 1, 255, 255], (FIRST + SECOND) / 2),
        ([2.0, 1.0], [0, 1, 1, 255], (2 * FIRST + 2 * SECOND) / 4),
        ([0.0, 5.0], [0, 0, 1, 1], SECOND),
    ],
)
def test_the_mean_is_over_weighted_pixels(weights, labels, expected):
    loss = WeightedCrossEntropy(weights, loss_weight=0.5)
    target = torch.tensor(labels).reshape(1, 1, 4)
    assert float(loss(LOGITS, target)) == pytest.approx(0.5 * expected, abs=1e-6)
    assert loss.loss_name == 'loss_ce'


def test_gradients_reach_the_logits():
    logits = LOGITS.clone().requires_grad_()
    WeightedCrossEntropy([1.0, 3.0])(
        logits, torch.tensor([[[0, 1, 1, 255]]])
    ).backward()
    # of the first pixel: (p - t) w / sum of weights; none of the ignored one
    assert logits.grad[0, :, 0, 0].tolist() == pytest.approx([-0.75 / 7, 0.75 / 7])
    assert logits.grad[0, :, 0, 3].tolist() == [0, 0]
