"""Motion and assignment, by hand."""

import sys

import numpy as np
import pytest

from mmlandmark.inference.video.association import (
    Motion,
    assign,
    associate,
    overlaps,
)


def box(x, y=0.0, side=20.0):
    return np.array([x, y, x + side, y + side], float)


def test_a_box_moves_on_with_its_velocity():
    motion = Motion(box(0), 0.0)
    np.testing.assert_array_equal(motion.at(1), box(0))  # not known after one frame
    motion.update(box(4, 2), 0.5)
    np.testing.assert_allclose(motion.velocity, [8, 4])
    np.testing.assert_allclose(motion.at(1.5), box(12, 6))
    motion.update(box(12, 2), 1.0)  # 16 and 0 in this step: half of each
    np.testing.assert_allclose(motion.velocity, [12, 2])
    # a box of another size at the same time changes no velocity
    motion.update(box(11, 1, 22), 1.0)
    np.testing.assert_allclose(motion.velocity, [12, 2])
    np.testing.assert_allclose(motion.at(1.5), box(17, 2, 22))


def test_among_others_the_velocity_is_kept_and_jumps_are_ignored():
    motion = Motion(box(0), 0.0, np.array([15.0, 0]))
    motion.update(box(17), 1.0, crowded=True)  # 2 px from the expected 15
    np.testing.assert_allclose(motion.velocity, [15, 0])
    assert (motion.box[0], motion.seconds) == (17, 1.0)
    motion.update(box(14), 2.0, crowded=True)  # it has stopped: near where it was
    assert (motion.box[0], motion.seconds) == (14, 2.0)
    motion.update(box(0), 3.0, crowded=True)  # 14 before, 29 expected: another face
    assert (motion.box[0], motion.seconds) == (14, 2.0)
    np.testing.assert_allclose(motion.at(4), box(44))


def test_overlaps():
    np.testing.assert_allclose(
        overlaps([box(0)], [box(0), box(10), box(30)]), [[1, 1 / 3, 0]]
    )
    assert overlaps([], [box(0)]).shape == (0, 1)


TABLE = np.array([[0.6, 0.5], [0.5, 0.0]])


@pytest.mark.parametrize(
    ('values', 'least', 'expected'),
    [
        (TABLE, 0.3, [(0, 1), (1, 0)]),  # 0.5 + 0.5 is more than 0.6 + 0
        (TABLE, 0.55, [(0, 0)]),
        (TABLE, 0.7, []),
        (np.zeros((2, 2)), 0.0, []),
        (np.zeros((0, 2)), 0.3, []),
        (np.array([[0.4, 0.5, 0.9]]), 0.3, [(0, 2)]),
    ],
)
def test_assign(values, least, expected):
    assert sorted(assign(values, least)) == expected


def test_without_scipy_the_largest_values_are_taken(monkeypatch):
    monkeypatch.setitem(sys.modules, 'scipy.optimize', None)
    assert assign(TABLE, 0.3) == [(0, 0)]
    assert sorted(assign(np.array([[0.9, 0.5], [0.5, 0.4]]), 0.3)) == [(0, 0), (1, 1)]
    assert assign(np.zeros((0, 2)), 0.3) == []


def test_high_scores_first_and_low_scores_for_the_rest():
    expected = [box(0), box(100)]
    # near the first face a weak and a strong detection; a weak one at the second
    boxes = [box(1), box(4), box(103), box(200), box(300)]
    scores = np.array([0.6, 0.9, 0.55, 0.6, 0.8])
    found, new = associate(expected, boxes, scores, 0.7)
    assert found == {0: 1, 1: 2}
    assert new == [4]  # a weak detection is no new face
    found, new = associate(expected, boxes, np.full(5, np.nan), 0.7)
    assert found == {0: 0, 1: 2}
    assert new == [1, 3, 4]
    assert associate([], boxes, scores, 0.7) == ({}, [1, 4])
    assert associate(expected, np.zeros((0, 4)), np.zeros(0), 0.7) == ({}, [])
