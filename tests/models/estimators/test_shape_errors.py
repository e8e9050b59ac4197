import math

import pytest
import torch

from mmlandmark.models import DetectorErrors
from mmlandmark.models.estimators.shape_errors import shape_frame

NAN = math.nan
SQUARE = torch.tensor([[[1.0, 2.0], [5.0, 2.0], [5.0, 6.0], [1.0, 6.0]]])


def test_frame_by_hand():
    centre, size = shape_frame(SQUARE)
    assert centre.tolist() == [[[3, 4]]]
    assert size.item() == pytest.approx(math.sqrt(8))  # every corner is (2, 2) away


def test_frame_of_the_points_that_are_there():
    points = torch.tensor([[[0.0, 0.0], [NAN, 9.0], [6.0, 8.0]]])
    centre, size = shape_frame(points)
    assert centre.tolist() == [[[3, 4]]]
    assert size.item() == pytest.approx(5)


@pytest.mark.parametrize('points', [[[NAN, NAN]], [[7.0, 7.0]]])
def test_a_shape_without_size(points):
    _, size = shape_frame(torch.tensor([points]))
    assert size.item() == 1


def test_measured_by_hand():
    """Two shapes of size 1: errors (1, 0) and (3, 0) of the first point."""
    truth = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]]).repeat(2, 1, 1)
    predicted = truth + torch.tensor([[[1.0, 0.0], [0, 0]], [[3.0, 0.0], [0, 0]]])
    errors = DetectorErrors(2)
    assert not errors.measured
    errors.measure(predicted, truth)
    assert errors.measured
    assert errors.mean.tolist() == pytest.approx([2, 0, 0, 0])
    covariance = errors.factor @ errors.factor.T  # of x alone: 2 by n - 1
    assert covariance.flatten().tolist() == pytest.approx([2] + [0] * 15, abs=1e-6)


@pytest.mark.parametrize(('believed', 'expected'), [(0.0, 0), (0.5, 1), (1.0, 2)])
def test_correlation_is_believed_in_part(believed, expected):
    truth = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]]).repeat(2, 1, 1)
    predicted = truth + torch.tensor([[[1.0, 1.0], [0, 0]], [[3.0, 3.0], [0, 0]]])
    errors = DetectorErrors(2, correlation=believed)
    errors.measure(predicted, truth)
    covariance = errors.factor @ errors.factor.T
    assert covariance[0, 0].item() == pytest.approx(2)
    assert covariance[0, 1].item() == pytest.approx(expected, abs=1e-6)


def test_a_missing_point_is_not_measured():
    """The second shape's first point is not annotated."""
    truth = torch.tensor([[-3.0, 0.0], [3.0, 0.0], [0.0, 0.0]]).repeat(3, 1, 1)
    predicted = truth + torch.tensor([0.0, 6.0])
    predicted[2] += torch.tensor([0.0, 6.0])
    truth[1, 2] = NAN
    errors = DetectorErrors(3)
    errors.measure(predicted, truth)
    size = math.sqrt(6)  # 3, 3 and 0 away; where one is missing 3 and 3: 3
    assert errors.mean[5].item() == pytest.approx((6 + 12) / 2 / size)
    assert errors.mean[1].item() == pytest.approx((6 / size + 6 / 3 + 12 / size) / 3)
    variance = (errors.factor @ errors.factor.T)[5, 5]
    assert variance.item() == pytest.approx((3**2 + 3**2) / size**2, rel=1e-5)


def test_what_is_drawn_is_what_was_measured():
    torch.manual_seed(0)
    truth = torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).repeat(4, 1, 1)
    spread = torch.tensor([[0.1, -0.2], [0.05, 0.0]])
    sign = torch.tensor([1.0, -1, 1, -1])[:, None, None]
    errors = DetectorErrors(2, correlation=1.0)
    errors.measure(truth + 0.3 + sign * spread, truth)
    large = 10 * truth[:1].repeat(20000, 1, 1)  # errors grow with the shape
    drawn = errors.draw(large) - large
    torch.testing.assert_close(drawn.mean(0), torch.full((2, 2), 3.0), atol=0.1, rtol=0)
    expected = 10 * spread.abs() * math.sqrt(4 / 3)
    torch.testing.assert_close(drawn.std(0), expected, atol=0.05, rtol=0)
    large[0, 0] = NAN
    assert errors.draw(large)[0].isnan().tolist() == [[True, True], [False, False]]
