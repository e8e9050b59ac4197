import numpy as np
import pytest

from mmlandmark.cephalometry import geometry as G  # noqa: N812

ROOT3 = 3**0.5
ZERO, RIGHT, DOWN, UP = (np.array(p, float) for p in ((0, 0), (1, 0), (0, 1), (0, -1)))


@pytest.mark.parametrize(
    ('u', 'v', 'expected'),
    [
        (RIGHT, DOWN, 90),  # clockwise on the screen
        (RIGHT, UP, -90),
        (RIGHT, (ROOT3, 1), 30),
        (DOWN, (-1, 1), 45),
        (RIGHT, RIGHT, 0),
        (RIGHT, ZERO, np.nan),  # no direction
        (RIGHT, (np.nan, 1), np.nan),
    ],
)
def test_turn_and_between(u, v, expected):
    u, v = np.array(u, float), np.array(v, float)
    np.testing.assert_allclose(G.turn(u, v), expected, atol=1e-12)
    np.testing.assert_allclose(G.between(v, u), abs(expected), atol=1e-12)


@pytest.mark.parametrize(
    ('a', 'b', 'at', 'inner'),
    [
        (UP, RIGHT, 90, 90),  # from above in front to the front
        (RIGHT, UP, 90, 270),  # the other way round, behind
        ((1, -1), (-1, 2), 161.565, 161.565),
        ((1, -1), (-2, 1), 161.565, 198.435),  # bent past a straight line
    ],
)
def test_angles_at_a_corner(a, b, at, inner):
    a, b = np.array(a, float), np.array(b, float)
    assert G.angle_at(a, ZERO, b) == pytest.approx(at, abs=1e-3)
    assert G.inner_angle(a, ZERO, b) == pytest.approx(inner, abs=1e-3)


@pytest.mark.parametrize(
    ('point', 'top', 'bottom', 'expected'),
    [
        ((3, 7), (0, 0), (0, 10), 3),
        ((-2, 50), (0, 0), (0, 10), -2),
        # the line y = 3/4 x ... 3-4-5: (5, 0) lies 5 * 4/5 from the line down to (3, 4)
        ((5, 0), (0, 0), (3, 4), 4),
        ((1, 1), (2, 2), (2, 2), np.nan),
    ],
)
def test_ahead_of_a_line_that_runs_down(point, top, bottom, expected):
    points = (np.array(p, float) for p in (point, top, bottom))
    np.testing.assert_allclose(G.signed_distance(*points), expected)


def test_along_and_below():
    start, end = np.array([1.0, 1.0]), np.array([4.0, 5.0])
    forward = ZERO, np.array([2.0, 0.0])
    assert G.along(start, end, *forward) == 3
    assert G.below(start, end, *forward) == 4
    # onto the diagonal: (3, 4) . (1, 1) / sqrt 2, and across it (3, 4) . (-1, 1) / sqrt 2
    diagonal = ZERO, np.array([1.0, 1.0])
    assert G.along(start, end, *diagonal) == pytest.approx(7 / 2**0.5)
    assert G.below(start, end, *diagonal) == pytest.approx(1 / 2**0.5)


def test_many_images_at_once():
    a = np.array([[0.0, -1], [1, 0], [np.nan, 0]])
    b = np.array([[1.0, 0], [1, 0], [1, 0]])
    np.testing.assert_allclose(G.angle_at(a, np.zeros(2), b), [90, 0, np.nan])
    np.testing.assert_allclose(G.distance(a, b), [2**0.5, 0, np.nan])
    np.testing.assert_allclose(G.ratio(np.array([1.0, 1]), np.array([4.0, 0])),
                               [0.25, np.nan])  # fmt: skip
