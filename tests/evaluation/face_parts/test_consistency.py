import numpy as np
import pytest

from mmlandmark.evaluation.face_parts.consistency import landmarks_on_parts
from mmlandmark.schemes.parts import FASSEG6, LAPA11

NAMES = ['right eye 1', 'right eye 2', 'left eye 1', 'right eyebrow 1']


def labels(**boxes):
    found = np.zeros((100, 100), np.uint8)
    for box, label in boxes.values():
        x1, y1, x2, y2 = box
        found[y1:y2, x1:x2] = label
    return found


def test_share_of_each_group():
    found = labels(eye=((20, 40, 30, 50), 5), brow=((20, 30, 30, 35), 2))
    points = np.array([[25, 45], [60, 45], [31, 45], [25, 32]], float)
    shares = landmarks_on_parts(found, FASSEG6, points, NAMES)
    # the box of the points is 35 wide, so 2 % of it reach 0.7 pixels
    assert shares == {'right eyebrow': 100, 'right eye': 50, 'left eye': 0}
    shares = landmarks_on_parts(found, FASSEG6, points, NAMES, tolerance=0.1)
    assert shares['left eye'] == 100


@pytest.mark.parametrize(
    ('points', 'shares'),
    [
        ([[25, 45], [np.nan, 0], [500, 45], [np.nan, 0]], dict(right=100, left=0)),
        ([[np.nan, 0]] * 4, {}),
    ],
)
def test_missing_and_outside(points, shares):
    found = labels(eye=((20, 40, 30, 50), 5))
    shares = {f'{side} eye': share for side, share in shares.items()}
    assert landmarks_on_parts(found, FASSEG6, np.array(points), NAMES) == shares


def test_left_of_lapa_is_the_pictures():
    found = labels(left=((20, 40, 30, 50), 4), right=((60, 40, 70, 50), 5))
    points = np.array([[25, 45], [26, 45], [65, 45], [25, 32]], float)
    shares = landmarks_on_parts(found, LAPA11, points, NAMES)
    assert (shares['right eye'], shares['left eye']) == (100, 100)
