import numpy as np
import pytest

from mmlandmark.cephalometry.gray_values import spread_levels


@pytest.mark.parametrize(
    ('low', 'high', 'expected'),
    [
        (10, 30, {0: 0, 10: 0, 20: 128, 30: 255, 200: 255}),
        (100, 163, {100: 0, 163: 255, 255: 255}),
    ],
)
def test_a_narrow_range_is_spread(low, high, expected):
    gray = np.linspace(low, high, 10_000).round().astype(np.uint8).reshape(100, 100)
    levels = spread_levels(gray)
    # every fourth row is looked at: the brightest value may be missing
    for value, spread in expected.items():
        assert abs(int(levels[value]) - spread) <= 8


@pytest.mark.parametrize(('low', 'high'), [(0, 255), (90, 160), (7, 7)])
def test_a_wide_range_and_one_value_are_left(low, high):
    gray = np.linspace(low, high, 10_000).round().astype(np.uint8).reshape(100, 100)
    assert spread_levels(gray) is None
