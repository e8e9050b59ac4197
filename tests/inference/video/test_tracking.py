"""A face that is a bright square; the detector is told where by the picture itself."""

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.video.one_euro import OneEuro
from mmlandmark.inference.video.tracking import Tracker
from mmlandmark.structures.prediction import Prediction


class Squares:
    """Finds squares of 20 pixels by their gray value; points are their corners."""

    def __init__(self, whole=False):
        self.boxes = []  # the boxes that were asked for, of each call
        self.calls = 0  # looks for faces
        self.blind = False
        self.sure = 1.0  # the score of what is there
        self.find_boxes = None if whole else self.find

    def find(self, frame):
        self.calls += 1
        if self.blind:
            return np.zeros((0, 4))
        return np.array([corners(frame, value) for value in values(frame)])

    def __call__(self, frame, boxes):
        self.boxes.append(np.asarray(boxes))
        return [self.predict(frame, box) for box in boxes]

    def predict(self, frame, box):
        x1, y1, x2, y2 = np.clip(box, 0, 99).astype(int)
        inside = values(frame[y1 : y2 + 1, x1 : x2 + 1])
        x1, y1, x2, y2 = corners(frame, inside[0]) if len(inside) else box
        points = np.array([[x1, y1], [x2, y2]], float)
        score = self.sure if len(inside) else 0.3
        names = ('a', 'b')
        return Prediction(points, np.full(2, score), names, names, tuple(box))


def values(frame):
    return [v for v in np.unique(frame) if v]


def corners(frame, value):
    rows, columns = np.nonzero(frame[..., 0] == value)
    return np.array([columns.min(), rows.min(), columns.max(), rows.max()], float)


def frame(*places):
    picture = np.zeros((100, 100, 3), np.uint8)
    for number, (x, y) in enumerate(places, start=1):
        picture[y : y + 20, x : x + 20] = 100 * number
    return picture


def test_the_next_box_is_that_of_the_last_points():
    detector = Squares()
    track = Tracker(detector, every=5)
    for step in range(5):
        (found,) = track(frame((10 + 3 * step, 40)), step / 25)
        np.testing.assert_array_equal(found.points[0], [10 + 3 * step, 40])
    assert (detector.calls, track.looks) == (1, 1)
    # looked for in the first frame, then where the last frame's points were
    lefts = [boxes[0, 0] for boxes in detector.boxes]
    assert lefts == [10, 10, 13, 16, 19]
    track(frame((25, 40)), 0.2)
    assert track.looks == 2
    assert detector.boxes[-1][0, 0] == 25


def test_a_lost_face_is_looked_for_at_once():
    detector = Squares()
    track = Tracker(detector, every=100)
    track(frame((10, 40)), 0.0)
    (found,) = track(frame((70, 40)), 0.1)  # it has jumped out of its box
    assert found.points[0, 0] == 70
    assert track.looks == 2
    assert [face.number for face in track.tracks] == [2]


class Astray(Squares):
    """Points that leave, collapse or are none in the frame of a number."""

    def __init__(self, place, failing):
        super().__init__()
        self.place, self.failing, self.frame = place, failing, 0

    def __call__(self, frame, boxes):
        if (np.ptp(boxes.reshape(-1, 2, 2), axis=1) == 0).any() or (boxes < 0).any():
            raise InputError('a box is empty or beside the image')
        if self.frame == self.failing and self.place is None:
            raise InputError('points are not finite')
        found = super().__call__(frame, boxes)
        if self.frame == self.failing:
            found[0].points = np.array(self.place, float)
        return found


@pytest.mark.parametrize(
    'place',
    [
        [[-90, -90], [-70, -70]],
        [[500, 500], [520, 520]],
        [[40, 40], [40, 40]],
        [[40, 40], [60, 40.5]],
        None,
    ],
)
@pytest.mark.parametrize('failing', [0, 2])  # where a look has found it, and later
def test_points_that_go_astray_are_lost_and_found_again(place, failing):
    detector = Astray(place, failing)
    track = Tracker(detector, every=100)
    found = []
    for detector.frame in range(5):
        found.append(track(frame((10 + detector.frame, 40)), detector.frame / 25))
    assert 1 <= track.lost <= 2  # once more where the second look fails too
    assert [len(one) for one in found[failing + 1 :]] == [1] * (4 - failing)
    np.testing.assert_array_equal(found[-1][0].points[0], [14, 40])


def test_nothing_to_follow_is_looked_for_in_every_frame():
    detector = Squares()
    track = Tracker(detector, every=100)
    assert [track(frame(), t) for t in range(3)] == [[], [], []]
    assert track.looks == 3
    assert len(track(frame((10, 10)), 3)) == 1


def test_two_faces_keep_their_numbers():
    track = Tracker(Squares(), every=2)
    for step in range(6):
        first, second = track(frame((10 + step, 10), (70 - step, 70)), step / 25)
        assert [face.number for face in track.tracks] == [1, 2]
        assert (first.points[0, 0], second.points[0, 0]) == (10 + step, 70 - step)
    assert track.looks == 3


@pytest.mark.parametrize(('sure', 'counts'), [(0.8, [1, 1, 0, 0]), (0.95, [1] * 4)])
def test_a_face_that_no_look_finds_is_given_up_unless_its_points_hold(sure, counts):
    detector = Squares()
    track = Tracker(detector, every=1)
    picture = frame((10, 10))
    track(picture, 0)
    detector.blind, detector.sure = True, sure
    assert [len(track(picture, t)) for t in range(1, 5)] == counts


def test_a_model_of_whole_pictures_needs_no_tracking():
    detector = Squares(whole=True)
    track = Tracker(detector, every=3)
    for step in range(4):
        track(frame((10 + step, 10)), step)
    assert all(boxes.tolist() == [[0, 0, 99, 99]] for boxes in detector.boxes)
    assert [face.number for face in track.tracks] == [1]


@pytest.mark.parametrize(('smoothed', 'place'), [(False, 13), (True, 11.5)])
def test_points_are_smoothed_and_boxes_are_not(smoothed, place):
    """The filter takes half: tau = T = 1 s."""
    sizes = []

    def half(size):
        sizes.append(size)
        return OneEuro(1 / (2 * np.pi), beta=0)

    detector = Squares()
    track = Tracker(detector, every=9, smooth=half if smoothed else None)
    track(frame((10, 40)), 0)
    (found,) = track(frame((13, 40)), 1)
    assert found.points[0, 0] == pytest.approx(place)
    assert track.tracks[0].box[0] == 13
    assert sizes == ([20] if smoothed else [])
