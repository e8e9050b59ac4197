import numpy as np
import pytest

from mmlandmark.utils.gray_levels import spread


def ramp(low, high):
    """``(100, 100)`` gray values from low to high in equal parts."""
    return np.linspace(low, high, 10_000).round().astype(np.uint8).reshape(100, 100)


@pytest.mark.parametrize(('low', 'high'), [(10, 30), (100, 163)])
def test_a_narrow_range_is_spread(low, high):
    gray = ramp(low, high)
    expected = (gray - low) * (255 / (high - low))
    # a step of the range is 13 gray values of the result
    np.testing.assert_allclose(spread(gray), expected, atol=13)
    assert spread(gray).max() == 255


def test_channels_are_changed_alike():
    colour = np.dstack([ramp(0, 30), ramp(0, 60), ramp(0, 30)])
    found = spread(colour)  # the channels are in 0 to 60
    assert found[50, 50].tolist() == pytest.approx([64, 128, 64], abs=5)


def test_an_image_in_light_of_one_colour_is_left():
    """The mean of its channels is 0 to 60, but it is not dark."""
    dark = np.zeros((100, 100), np.uint8)
    red = np.dstack([ramp(0, 180), dark, dark])
    assert spread(red) is red


@pytest.mark.parametrize(('low', 'high'), [(0, 255), (90, 160), (7, 7)])
def test_a_wide_range_and_one_value_are_left(low, high):
    gray = ramp(low, high)
    assert spread(gray) is gray


def test_a_small_bright_film_on_a_page_is_left():
    page = ramp(100, 130)
    page[:10, :10] = 250  # 1 % of the image
    assert spread(page) is page
