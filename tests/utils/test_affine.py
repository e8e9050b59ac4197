import numpy as np
import pytest

from mmlandmark.structures.prediction import Prediction
from mmlandmark.utils.affine import inverse, mapped, scale_of

#: Twice as large, turned by 90 degrees, mirrored in x, then shifted.
MATRIX = np.array([[0, 2, 10], [2, 0, -5]], float)


def test_points_go_there_and_back():
    points = np.array([[1, 2], [-3, 0.5]])
    there = mapped(points, MATRIX)
    np.testing.assert_allclose(there, [[14, -3], [11, -11]])
    np.testing.assert_allclose(mapped(there, inverse(MATRIX)), points)


def test_the_scale_of_a_mirrored_map_is_positive():
    assert scale_of(MATRIX) == pytest.approx(2)


def test_errors_and_depths_of_a_prediction_follow_the_scale():
    found = Prediction(
        np.array([[1.0, 2]]),
        np.ones(1),
        ('a',),
        box=(0, 0, 9, 9),
        expected_errors=np.array([3.0]),
        median_expected_error=1.5,
        z=np.array([-2.0]),
    ).mapped(MATRIX)
    np.testing.assert_allclose(found.points, [[14, -3]])
    np.testing.assert_allclose(found.expected_errors, [6])
    np.testing.assert_allclose(found.z, [-4])
    assert found.median_expected_error == pytest.approx(3)
    assert found.box == (0, 0, 9, 9)
