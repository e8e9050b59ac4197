import numpy as np
import pytest

from mmlandmark import InputError, PixelSpacing, Prediction
from mmlandmark.report.head import facing_of, find_head


class Detector:
    """Finds a bright spot, with a higher score in the left half: a head facing right."""

    def __call__(self, image, spacing=None):
        y, x = np.argwhere(image == image.max())[0]
        errors = np.array([1.0 if x < image.shape[1] / 2 else 5.0])
        point = np.array([[x, y]], float)
        return [
            Prediction(
                point,
                np.ones(1),
                ('S',),
                box=(x, y, x + 1, y + 2),
                spacing=spacing,
                expected_errors=errors,
                median_expected_error=1.0,
            )
        ]


@pytest.mark.parametrize('x', [3, 17])
def test_finds_a_head_whichever_way_it_looks(x):
    image = np.zeros((10, 21))
    image[4, x] = 1
    found = find_head(Detector(), image, spacing=PixelSpacing.square(0.5))
    np.testing.assert_array_equal(found.points, [[x, 4]])
    assert found.box == ((x, 4, x + 1, 6) if x == 3 else (x - 1, 4, x, 6))
    assert found.expected_errors == [1]
    assert not found.low_confidence().any()
    forced = find_head(Detector(), image, 'right' if x == 17 else 'left')
    np.testing.assert_array_equal(forced.points, [[x, 4]])
    assert forced.expected_errors == [5]
    assert forced.low_confidence().all()  # five times the median


def test_finds_nothing():
    with pytest.raises(InputError, match='no lateral head found'):
        find_head(lambda image, spacing: [], np.zeros((4, 4)), 'right')


def head(**points):
    places = np.array([*points.values()], float)
    return Prediction(places, np.ones(len(places)), tuple(points))


def test_facing():
    assert facing_of(head(S=(9, 0), N=(2, 0)), None) == 'left'
    assert facing_of(head(S=(9, 0), N=(2, 0)), 'right') == 'right'
    with pytest.raises(InputError, match='give left or right'):
        facing_of(head(S=(9, 0), Go=(2, 0)), None)  # neither lies in front of the other
    with pytest.raises(InputError, match='none of the points has the name of a ceph'):
        facing_of(head(x=(9, 0)), None)
