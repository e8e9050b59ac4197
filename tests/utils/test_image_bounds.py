"""Which points lie in an image."""

import numpy as np
import pytest

from mmlandmark.utils.image_bounds import inside_image


@pytest.mark.parametrize(
    ('point', 'inside'),
    [
        ((0, 0), True),
        ((-0.5, -0.5), True),
        ((-0.51, 5), False),
        ((9.5, 19.5), True),  # of 10x20 pixels
        ((9.51, 5), False),
        ((5, 19.51), False),
        ((np.nan, 5), False),
    ],
)
def test_a_pixel_extends_half_a_pixel_from_its_centre(point, inside):
    assert inside_image(np.array([point], float), 10, 20).tolist() == [inside]
