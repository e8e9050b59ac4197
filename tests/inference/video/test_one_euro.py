"""Expected values worked out by hand from the formulas of the paper."""

import math

import numpy as np
import pytest

from mmlandmark.inference.video.one_euro import OneEuro, smoothing

#: A cutoff that takes half of a new value after a second: tau = T = 1.
HALF = 1 / (2 * math.pi)


@pytest.mark.parametrize(
    ('cutoff', 'seconds', 'part'),
    [
        (HALF, 1.0, 1 / 2),  # tau = 1: 1 / (1 + 1 / 1)
        (HALF, 3.0, 3 / 4),  # 1 / (1 + 1 / 3)
        (2 * HALF, 1.0, 2 / 3),  # tau = 1/2: 1 / (1 + 1/2)
        (HALF, 0.25, 1 / 5),  # 1 / (1 + 4)
    ],
)
def test_part_of_a_new_value(cutoff, seconds, part):
    assert smoothing(cutoff, seconds) == pytest.approx(part)


@pytest.mark.parametrize(
    ('beta', 'size', 'second', 'third'),
    [
        # no beta: half of each step; 0 + 4/2, then 2 + (4 - 2)/2
        (0.0, 1.0, 2.0, 3.0),
        # speed = half of 4 a second = 2; cutoff (1 + 2) HALF: part 3/4, so 3.
        # then speed = half of (4 - 3) and half of 2 = 1.5; part 2.5/3.5; 3 + 1 * 5/7
        (HALF, 1.0, 3.0, 3 + 5 / 7),
        # of a size of 2 the speed is 1; part 2/3, so 8/3.
        # then half of (4 - 8/3) and half of 2 is 5/3, over 2: part (11/6) / (17/6)
        (HALF, 2.0, 8 / 3, 8 / 3 + 4 / 3 * 11 / 17),
    ],
)
def test_a_step(beta, size, second, third):
    """A point jumps from 0 to 4 along x and stays."""
    smooth = OneEuro(HALF, beta, HALF, size)
    seen = [smooth(np.array([[x, 7.0]]), t)[0] for t, x in enumerate((0.0, 4.0, 4.0))]
    np.testing.assert_allclose(seen, [[0, 7], [second, 7], [third, 7]])


def test_a_speed_has_no_direction():
    """(3, 4) is as fast as 5 along x: 5/2 a second, part 3.5 / 4.5."""
    smooth = OneEuro(HALF, HALF, HALF)
    smooth(np.zeros((2, 2)), 0)
    moved = smooth(np.array([[3.0, 4.0], [5.0, 0.0]]), 1)
    np.testing.assert_allclose(moved, np.array([[3, 4], [5, 0]]) * 7 / 9)


def test_time_that_does_not_pass_changes_nothing():
    smooth = OneEuro()
    first = smooth(np.ones((3, 2)), 5.0)
    for seconds in (5.0, 4.0):
        np.testing.assert_array_equal(smooth(np.full((3, 2), 9.0), seconds), first)
    assert (smooth(np.full((3, 2), 9.0), 6.0) > first).all()


def test_callers_cannot_change_what_it_remembers():
    smooth = OneEuro(HALF, 0.0)
    smooth(np.zeros((1, 2)), 0.0)[:] = 100
    np.testing.assert_allclose(smooth(np.ones((1, 2)), 1.0), 0.5)
