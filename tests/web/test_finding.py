"""The released detectors behind the page."""

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.cephalometry.canonical_view import CanonicalView
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.schemes import IBUG68, ISBI19, definition_of
from mmlandmark.structures.head_view import HeadView
from mmlandmark.structures.prediction import Prediction
from mmlandmark.web.finding import Finder, definitions_of, is_lateral, lines_of


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
        InputError, match="unknown detector 'none': the detectors are ceph19"
    ):
        Finder(['ceph19']).find('none', np.zeros((9, 9), np.uint8))


@pytest.mark.slow
def test_the_released_detectors_find_points(head):
    finder = Finder(['ceph19', 'face68'], device='cpu')
    radiograph = cv2.cvtColor(head.image, cv2.COLOR_RGB2GRAY)
    found = finder.find('ceph19', radiograph, 'right')
    assert found['lateral']
    (rows,) = found['heads']
    assert tuple(row['name'] for row in rows) == ISBI19.points
    places = np.array([(row['x'], row['y']) for row in rows])
    assert ((places > -1) & (places < len(radiograph))).all()
    assert all(row['expected_error'] > 0 for row in rows)
    assert all(isinstance(row['low_confidence'], bool) for row in rows)
    with pytest.raises(InputError, match='no face found'):
        finder.find('face68', np.full((64, 64), 90, np.uint8))


def test_points_have_definitions(finder):
    found = finder.find('ceph19', np.full((240, 200), 90, np.uint8))
    sella = ISBI19.points.index('Sella')
    text, source = definition_of('sella')
    assert found['definitions'][sella] == f'{text} ({source})'
    assert len(found['definitions']) == len(found['heads'][0])
    assert all(found['definitions'])
    assert definitions_of(IBUG68) == [''] * 68


class Detector:
    """Of heads; finds nothing in dark images."""

    scheme = ISBI19
    shape = np.stack([np.arange(19) * 4.0 + 10, np.arange(19) * 5.0 + 10], axis=1)
    calibration = Calibration(
        1.0,
        1.0,
        1.0,
        dict.fromkeys(ISBI19.points, 1.0),
        1.0,
        CanonicalView((100, 120), shape, np.zeros((60, 50), np.float32), 'right'),
    )

    def __call__(self, image, spacing=None):
        if image.mean() < 10:
            return []
        view = HeadView('left', 90.0, True)
        return [Prediction(self.shape, np.ones(19), ISBI19.points, view=view)]


@pytest.fixture
def finder(monkeypatch):
    found = Finder(['ceph19'])
    monkeypatch.setattr(found, '_detector', lambda name: Detector())
    return found


def test_an_unusual_view_is_reported(finder):
    found = finder.find('ceph19', np.full((240, 200), 90, np.uint8))
    assert found['remarks'] == [
        'The head faces left.',
        'The head is rotated by 90 degrees clockwise.',
        'The image is a negative (bone is dark).',
        'The detection and the measurements take this into account.',
        'The image is shown upright; the coordinates are those of the image file.',
    ]
    assert found['quarter_turns'] == 3


@pytest.mark.parametrize(
    ('low', 'remarks'),
    [
        (34, []),
        (
            35,
            [
                'Most points are of low confidence in 1 of 2 detected faces. '
                'Check whether the image shows faces there.'
            ],
        ),
    ],
)
def test_faces_of_low_confidence_are_reported(monkeypatch, low, remarks):
    points = np.zeros((68, 2))
    faces = [
        Prediction(
            points,
            np.ones(68),
            IBUG68.points,
            flags=(True,) * count + (False,) * (68 - count),
        )
        for count in (0, low)
    ]
    finder = Finder(['face68'])
    monkeypatch.setattr(finder, '_detector', lambda name: lambda image: faces)
    assert finder.find('face68', np.zeros((9, 9, 3), np.uint8))['remarks'] == remarks


def test_without_a_head_the_points_are_set_by_hand(finder):
    found = finder.find('ceph19', np.zeros((240, 400), np.uint8))
    assert 'No lateral head was found' in found['remarks'][0]
    (rows,) = found['heads']
    assert all(row['low_confidence'] for row in rows)
    # twice as high as the mean shape's image, and in the middle of the width
    first = rows[0]
    assert (first['x'], first['y']) == pytest.approx((120.5, 20.5))
