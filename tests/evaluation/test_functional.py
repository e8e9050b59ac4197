import numpy as np
import pytest

from mmlandmark.evaluation.functional import (
    mean_radial_error,
    mean_shape_prediction,
    radial_errors,
    success_detection_rate,
)

NAN = np.nan
TRUTH = np.array([[[0, 0], [10, 0]], [[0, 0], [NAN, NAN]]], float)
# 3-4-5 and 6-8-10 triangles; the second image's second point is missing
PREDICTED = np.array([[[3, 4], [10, 10]], [[6, 8], [1, 1]]], float)


@pytest.mark.parametrize(
    ('spacing', 'expected'),
    [
        (None, [[5, 10], [10, NAN]]),
        ([[0.1, 0.1], [0.5, 0.5]], [[0.5, 1.0], [5.0, NAN]]),
        # (sy, sx): x by 1, y by 2: hypot(3, 8), 20, hypot(6, 16)
        ([[2, 1], [2, 1]], [[73**0.5, 20], [292**0.5, NAN]]),
    ],
)
def test_radial_errors(spacing, expected):
    spacing = None if spacing is None else np.array(spacing)
    np.testing.assert_allclose(radial_errors(PREDICTED, TRUTH, spacing), expected)


@pytest.mark.parametrize('shape', [(2, 3, 2), (1, 2, 2), (2, 2, 3)])
def test_radial_errors_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match='do not match'):
        radial_errors(np.zeros(shape), np.zeros((2, 2, 2)))


@pytest.mark.parametrize(
    ('errors', 'axis', 'mre', 'sd'),
    [
        # mean 25/3; squared deviations 100/9, 25/9, 25/9, their sum 150/9 over 2
        ([[5, 10], [10, NAN]], None, 25 / 3, (150 / 18) ** 0.5),
        ([[5, 10], [10, NAN]], 0, [7.5, 10], [12.5**0.5, NAN]),
        ([[1, 1, 1]], None, 1, 0),
        ([[NAN, NAN]], None, NAN, NAN),
    ],
)
def test_mean_radial_error(errors, axis, mre, sd):
    mean, deviation = mean_radial_error(np.array(errors, float), axis)
    np.testing.assert_allclose(mean, mre)
    np.testing.assert_allclose(deviation, sd)


@pytest.mark.parametrize(
    ('errors', 'radius', 'expected'),
    [
        ([1.0, 2.0, 3.0, 4.0], 2.0, 50),
        ([2.0], 2.0, 100),  # the radius itself counts
        ([20.0 * 0.1, 25 * 0.1, 30 * 0.1], 2.5, 200 / 3),
        # 0.1 * 3 is 0.30000000000000004: whole pixels on the radius count all the same
        ([0.1 * 3], 0.3, 100),
        ([2.0 + 1e-6], 2.0, 0),
        ([1.0, NAN, 5.0], 2.0, 50),
        ([NAN], 2.0, NAN),
    ],
)
def test_success_detection_rate(errors, radius, expected):
    np.testing.assert_allclose(
        success_detection_rate(np.array(errors), radius), expected
    )


def test_success_detection_rate_per_landmark():
    errors = np.array([[1, 3, NAN], [3, 3, NAN]], float)
    np.testing.assert_allclose(success_detection_rate(errors, 2, axis=0), [50, 0, NAN])


def test_mean_shape_is_relative_to_the_image():
    train = np.array([[[10, 20]], [[60, 40]], [[NAN, NAN]]], float)
    sizes = np.array([[100, 100], [200, 100], [100, 100]])
    # (0.1 + 0.3) / 2 and (0.2 + 0.4) / 2 of a 50x10 image
    np.testing.assert_allclose(
        mean_shape_prediction(train, sizes, np.array([[50, 10]])), [[[10, 3]]]
    )
