import numpy as np
import pytest

from mmlandmark.cephalometry.gray_values import reduced


@pytest.mark.parametrize('shape', [(1, 500), (500, 1), (2, 3000), (300, 400)])
def test_images_of_any_shape_are_averaged_down(shape):
    height, width = shape
    small, factors = reduced(np.full(shape, 90, np.uint8), 40.0)
    size = max(1, round(width / 40)), max(1, round(height / 40))
    assert small.shape == size[::-1]
    assert (small == 90).all()
    np.testing.assert_allclose(factors, [size[0] / width, size[1] / height])
