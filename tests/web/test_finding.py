"""The released detectors behind the page."""

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.schemes import IBUG68, ISBI19
from mmlandmark.web.finding import Finder, is_lateral, lines_of


def test_lateral_heads_are_measured_and_faces_are_not():
    assert is_lateral(ISBI19)
    assert not is_lateral(IBUG68)


def test_lines_join_points_of_the_scheme():
    lines = lines_of(ISBI19)
    names = [{ISBI19.labels[end] for end in line['ends']} for line in lines]
    assert {'S', 'N'} in names
    assert {'Po', 'Or'} in names
    assert {line['kind'] for line in lines} == {'plane', 'outline'}
    assert [tuple(line['ends']) for line in lines_of(IBUG68)] == list(IBUG68.skeleton)


def test_no_such_detector():
    with pytest.raises(
        InputError, match="unknown detector 'none': the detectors are ceph19-light"
    ):
        Finder(['ceph19-light']).find('none', np.zeros((9, 9), np.uint8))


@pytest.mark.slow
def test_the_released_detectors_find_points(head):
    finder = Finder(['ceph19-light', 'face68'], device='cpu')
    radiograph = cv2.cvtColor(head.image, cv2.COLOR_RGB2GRAY)
    found = finder.find('ceph19-light', radiograph, 'right')
    assert found['lateral']
    (rows,) = found['heads']
    assert tuple(row['name'] for row in rows) == ISBI19.points
    places = np.array([(row['x'], row['y']) for row in rows])
    assert ((places > -1) & (places < len(radiograph))).all()
    assert all(row['expected_error'] > 0 for row in rows)
    assert all(isinstance(row['low_confidence'], bool) for row in rows)
    with pytest.raises(InputError, match='no face found'):
        finder.find('face68', np.full((64, 64), 90, np.uint8))
