"""Tracking of bright squares, which a fake detector finds in the picture."""

from dataclasses import replace

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


class Passing(Squares):
    """Two squares in a row that pass one another; the brighter one is in front.

    The square behind is found while half of it is seen. The points of a box of which the
    front square fills more than ``drawn`` are drawn to that one.
    """

    def __init__(self, drawn):
        super().__init__()
        self.drawn, self.step = drawn, 0

    def find(self, frame):
        front, back = passing(self.step)
        seen = [back] if abs(front[0] - back[0]) >= 10 else []
        return np.array([*seen, front])

    def predict(self, frame, box):
        front, back = passing(self.step)
        x1, y1, x2, y2 = np.clip(box, 0, 99).astype(int)
        share = (frame[y1:y2, x1:x2, 0] == 200).mean()
        nearer = abs(front[0] - box[0]) < abs(back[0] - box[0])
        found = front if nearer or share > self.drawn else back
        points = found.reshape(2, 2)
        return Prediction(points, np.ones(2), ('a', 'b'), ('a', 'b'), tuple(box))


def passing(step):
    """The boxes of the squares: the front one moves right by 3 px in a frame."""
    return [np.array([x, 40.0, x + 20, 60]) for x in (5 + 3 * step, 75 - 3 * step)]


def passing_frame(step):
    picture = np.zeros((100, 100, 3), np.uint8)
    for (x, *_), value in zip(reversed(passing(step)), (100, 200), strict=True):
        picture[40:60, int(x) : int(x) + 20] = value
    return picture


@pytest.mark.parametrize('every', [1, 5, 100])
@pytest.mark.parametrize('drawn', [0.0, 0.3, 0.5])
def test_faces_that_pass_one_another_keep_their_numbers(every, drawn):
    """Boxes of 20 px touch where |70 - 6 t| < 20: from frame 9 to frame 14."""
    detector = Passing(drawn)
    track = Tracker(detector, every=every)
    for step in range(25):
        detector.step = step
        found = track(passing_frame(step), step / 25)
        places = {
            face.number: one.points[0, 0]
            for face, one in zip(track.tracks, found, strict=True)
        }
        # in the order of the first detection the square behind is the first one
        front, back = {2: 5 + 3 * step}, {1: 75 - 3 * step}
        if step < 9 or step > 17:
            assert places == front | back, step
        else:  # the square behind has its own points or none
            assert places in (front, front | back), step


def test_detections_are_assigned_by_motion():
    """At frame 12 each square is next to where the other one was at frame 11.

    The front one is at 38 and 41, the other one at 42 and 39: by their last boxes alone
    they would be exchanged.
    """

    class Seen(Squares):
        """Both squares are seen although one is in front of the other."""

        def find(self, frame):
            return np.array([box(5 + 3 * self.step), box(75 - 3 * self.step)])

        def predict(self, frame, given):
            points = np.array(given, float).reshape(2, 2)
            return Prediction(points, np.ones(2), ('a', 'b'), ('a', 'b'), tuple(given))

    def box(x):
        return np.array([x, 40.0, x + 20, 60])

    import mmlandmark.inference.video.tracking as module

    detector = Seen()
    track = Tracker(detector, every=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, 'SAME_FACE', 1.1)  # none is hidden
        for detector.step in range(25):
            found = track(frame(), detector.step / 25)
            places = {
                face.number: one.points[0, 0]
                for face, one in zip(track.tracks, found, strict=True)
            }
            assert places == {1: 5 + 3 * detector.step, 2: 75 - 3 * detector.step}


def test_points_that_were_exchanged_are_exchanged_back():
    """At frame 12 the points of each box are at the square that is nearer to it."""

    class Nearest(Squares):
        def predict(self, frame, box):
            places = passing(self.step)
            nearer = min(places, key=lambda place: abs(place[0] - box[0]))
            points = nearer.reshape(2, 2)
            return Prediction(points, np.ones(2), ('a', 'b'), ('a', 'b'), tuple(box))

        def find(self, frame):
            return np.array(passing(self.step))

    detector = Nearest()
    track = Tracker(detector, every=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmlandmark.inference.video.tracking.SAME_FACE', 1.1)
        for detector.step in range(25):
            found = track(frame(), detector.step / 25)
            assert [one.points[0, 0] for one in found] == [
                5 + 3 * detector.step,
                75 - 3 * detector.step,
            ]


def test_a_face_that_is_hidden_for_more_than_a_second_is_a_new_one():
    detector = Squares()
    track = Tracker(detector, every=100)
    for step in range(3):
        track(frame((10, 40)), step / 25)
    for step in range(3, 40):
        assert track(frame(), step / 25) == []
    assert track.lost == 1
    track(frame((10, 40)), 40 / 25)
    assert [face.number for face in track.tracks] == [2]


def test_a_face_that_comes_back_within_a_second_keeps_its_number():
    detector = Squares()
    track = Tracker(detector, every=100)
    for step in range(5):
        track(frame((10 + 2 * step, 40)), step / 25)
    for step in range(5, 15):
        assert track(frame(), step / 25) == []
    found = track(frame((40, 40)), 15 / 25)  # where its motion expects it
    assert [face.number for face in track.tracks] == [1]
    assert found[0].points[0, 0] == 40


def test_a_weak_detection_keeps_a_face_and_starts_none():
    from mmlandmark.face.finder import FaceFinder
    from mmlandmark.face.found import FoundFaces

    asked = []

    def found(self, image):
        asked.append(self.threshold)
        boxes = np.array([[10.0, 10, 29, 29], [60, 60, 79, 79]])
        scores = np.array([0.9, 0.6]) if len(asked) == 1 else np.array([0.55, 0.6])
        return FoundFaces(boxes, np.zeros(2), scores).take(scores >= self.threshold)

    detector = Squares()
    detector.find_boxes = FaceFinder('haar')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FaceFinder, '__call__', found)
        track = Tracker(detector, every=1)
        for step in range(8):
            assert len(track(frame((10, 10)), step / 25)) == 1
    assert asked == [0.7] + [0.5] * 7
    assert (track.tracks[0].number, track.tracks[0].missed) == (1, 0)


@pytest.mark.parametrize(
    ('score', 'relative_error', 'kept'),
    [(0.75, 5.0, 0), (0.95, 5.0, 1), (0.75, 1.0, 1)],
)
def test_a_detected_box_without_a_face_is_not_tracked(score, relative_error, kept):
    from mmlandmark.face.found import FoundFaces

    class Doubtful(Squares):
        def find(self, frame):
            boxes = np.asarray(super().find(frame))
            return FoundFaces(boxes, np.zeros(len(boxes)), np.full(len(boxes), score))

        def predict(self, frame, box):
            return replace(
                super().predict(frame, box),
                expected_errors=np.full(2, 3 * relative_error),
                median_expected_error=3.0,
            )

    tracker = Tracker(Doubtful())
    for number in range(2):
        assert len(tracker(frame((10, 10)), number / 25)) == kept
    assert len(tracker.tracks) == kept


def test_faces_are_detected_in_a_dark_frame():
    seen = []

    class Dark(Squares):
        def find(self, frame):
            seen.append(frame.max())
            return super().find(frame)

    (found,) = Tracker(Dark())(frame((10, 10)) // 10, 0.0)
    assert seen == [255]  # spread from 10
    np.testing.assert_array_equal(found.points, [[10, 10], [29, 29]])


@pytest.mark.parametrize('turned', [False, True])
def test_points_in_a_large_frame_are_found_in_a_part_of_it(turned):
    """The square of 40 px at (500, 300) is seen with 39 px around it."""
    from mmlandmark.face.found import FoundFaces

    seen = []

    class Large(Squares):
        def find(self, frame):
            boxes = np.array([corners(frame, 100)])
            rotations = np.array([30.0]) if turned else np.zeros(1)
            return FoundFaces(boxes, rotations, np.full(1, np.nan))

        def __call__(self, frame, boxes):
            seen.append((frame.shape, boxes))
            x1, y1, x2, y2 = corners(frame, 100)
            points = np.array([[x1, y1], [x2, y2]])
            box = tuple(boxes.boxes[0] if turned else boxes[0])
            return [Prediction(points, np.ones(2), ('a', 'b'), ('a', 'b'), box)]

    picture = np.zeros((700, 900, 3), np.uint8)
    picture[300:340, 500:540] = 100
    track = Tracker(Large(), every=10)
    (found,) = track(picture, 0.0)
    shape, boxes = seen[0]
    # from 500 - 39 to 539 + 39, both included
    assert shape == (118, 118, 3)
    given = boxes.boxes if turned else boxes
    np.testing.assert_allclose(given, [[39, 39, 78, 78]])
    np.testing.assert_array_equal(found.points, [[500, 300], [539, 339]])
    assert found.box == (500, 300, 539, 339)
    assert found.size == (900, 700)
    assert isinstance(boxes, FoundFaces) == turned
    # a face at the border
    picture[:] = 0
    picture[:40, 860:] = 100
    track = Tracker(Large(), every=10)
    (found,) = track(picture, 0.0)
    np.testing.assert_array_equal(found.points, [[860, 0], [899, 39]])
