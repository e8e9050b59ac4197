import cv2
import numpy as np
import pytest

from mmlandmark.utils.periodic_noise import without_stripes


def smooth(height, width):
    """Blurred noise with a little of a camera's noise."""
    random = np.random.default_rng(0)
    coarse = random.uniform(60, 190, (height // 20, width // 20)).astype(np.float32)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return image + random.normal(0, 3, image.shape)


def waves(height, width, period, degrees):
    y, x = np.mgrid[:height, :width]
    turn = np.radians(degrees)
    return 25 * np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)


@pytest.mark.parametrize('size', [(400, 320), (401, 321)])
@pytest.mark.parametrize(('period', 'degrees'), [(5, 0), (8.3, 20), (12, 90)])
def test_stripes_are_removed(size, period, degrees):
    image = smooth(*size)
    striped = np.clip(image + waves(*size, period, degrees), 0, 255).astype(np.uint8)
    found = without_stripes(striped)
    assert found.shape == size
    # away from the border, where a wave is cut off
    inner = np.s_[20:-20, 20:-20]
    left = np.abs(found.astype(float) - image)[inner].mean()
    assert np.abs(striped - image)[inner].mean() > 14
    assert left < 4


@pytest.mark.parametrize('size', [(400, 320), (1, 500), (63, 200)])
def test_other_images_are_left(size):
    image = np.clip(smooth(400, 500), 0, 255).astype(np.uint8)[: size[0], : size[1]]
    assert without_stripes(image) is image


def test_a_uniform_image_is_left():
    image = np.full((100, 100), 7, np.uint8)
    assert without_stripes(image) is image
