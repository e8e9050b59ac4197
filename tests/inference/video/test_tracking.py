"""Tracking of bright squares, which a fake detector finds in the picture."""

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.video.one_euro import OneEuro
from mmlandmark.inference.video.tracking import Tracker
from mmlandmark.structures.prediction import Prediction


class Squares:
    """Detects squares of 20 pixels by their gray value; their corners are the points."""

    def __init__(self, whole=False):
        self.boxes = []  # the boxes of each call
        self.calls = 0  # detections
        self.blind = False
        self.score = 1.0  # of a square
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
        score = self.score if len(inside) else 0.3
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


def test_the_next_box_comes_from_the_last_points():
    detector = Squares()
    track = Tracker(detector, every=5)
    for step in range(5):
        (found,) = track(frame((10 + 3 * step, 40)), step / 25)
        np.testing.assert_array_equal(found.points[0], [10 + 3 * step, 40])
    assert (detector.calls, track.detections) == (1, 1)
    # detected in the first frame, then the boxes of the last frame's points
    lefts = [boxes[0, 0] for boxes in detector.boxes]
    assert lefts == [10, 10, 13, 16, 19]
    track(frame((25, 40)), 0.2)
    assert track.detections == 2
    assert detector.boxes[-1][0, 0] == 25


def test_a_lost_face_is_detected_again_at_once():
    detector = Squares()
    track = Tracker(detector, every=100)
    track(frame((10, 40)), 0.0)
    (found,) = track(frame((70, 40)), 0.1)  # it has left its box
    assert found.points[0, 0] == 70
    assert track.detections == 2
    assert [face.number for face in track.tracks] == [2]


class Failing(Squares):
    """Points that leave the frame, collapse or are missing in the frame ``failing``."""

    def __init__(self, place, failing):
        super().__init__()
        self.place, self.failing, self.frame = place, failing, 0

    def __call__(self, frame, boxes):
        if (np.ptp(boxes.reshape(-1, 2, 2), axis=1) == 0).any() or (boxes < 0).any():
            raise InputError('a box is empty or outside the image')
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
@pytest.mark.parametrize(
    'failing', [0, 2]
)  # the frame of the detection, and a later one
def test_faces_with_unusable_points_are_detected_again(place, failing):
    detector = Failing(place, failing)
    track = Tracker(detector, every=100)
    found = []
    for detector.frame in range(5):
        found.append(track(frame((10 + detector.frame, 40)), detector.frame / 25))
    assert 1 <= track.lost <= 2  # twice if the second detection fails too
    assert [len(one) for one in found[failing + 1 :]] == [1] * (4 - failing)
    np.testing.assert_array_equal(found[-1][0].points[0], [14, 40])


def test_without_a_face_every_frame_is_searched():
    detector = Squares()
    track = Tracker(detector, every=100)
    assert [track(frame(), t) for t in range(3)] == [[], [], []]
    assert track.detections == 3
    assert len(track(frame((10, 10)), 3)) == 1


def test_two_faces_keep_their_numbers():
    track = Tracker(Squares(), every=2)
    for step in range(6):
        first, second = track(frame((10 + step, 10), (70 - step, 70)), step / 25)
        assert [face.number for face in track.tracks] == [1, 2]
        assert (first.points[0, 0], second.points[0, 0]) == (10 + step, 70 - step)
    assert track.detections == 3


@pytest.mark.parametrize(('score', 'counts'), [(0.8, [1, 1, 0, 0]), (0.95, [1] * 4)])
def test_a_face_missed_by_the_detector_is_dropped_at_a_low_score(score, counts):
    detector = Squares()
    track = Tracker(detector, every=1)
    picture = frame((10, 10))
    track(picture, 0)
    detector.blind, detector.score = True, score
    assert [len(track(picture, t)) for t in range(1, 5)] == counts


def test_a_model_of_whole_pictures_needs_no_tracking():
    detector = Squares(whole=True)
    track = Tracker(detector, every=3)
    for step in range(4):
        track(frame((10 + step, 10)), step)
    assert all(boxes.tolist() == [[0, 0, 99, 99]] for boxes in detector.boxes)
    assert [face.number for face in track.tracks] == [1]


@pytest.mark.parametrize(('smoothed', 'place'), [(False, 13), (True, 11.5)])
def test_points_are_filtered_and_boxes_are_not(smoothed, place):
    """The weight of a new value is one half: tau = T = 1 s."""
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
