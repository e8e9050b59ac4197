"""Turned boxes, with a model that finds points at fixed places of an upright box."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mmlandmark import LandmarkDetector
from mmlandmark.evaluation.functional import radial_errors
from mmlandmark.face.finder import FaceFinder
from mmlandmark.face.found import FoundFaces, wrapped
from mmlandmark.formats import read_300w
from mmlandmark.inference.turned import (
    BoxInPicture,
    find_in_boxes,
    is_no_face,
    roll_of,
    turned_box,
)
from mmlandmark.io.load import load_image
from mmlandmark.schemes import IBUG68
from mmlandmark.structures.prediction import Prediction

#: Right and left eye, and the chin, of an upright face in its box.
PLACES = np.array([[0.2, 0.3], [0.8, 0.3], [0.5, 1.0]])
SCHEME = SimpleNamespace(flip_pairs=((0, 1),))
BGR = np.zeros((200, 300, 3), np.uint8)


class Fixed:
    """Finds the points of every box at PLACES; scores are in turn."""

    scheme, input_side = SCHEME, 64

    def __init__(self, *scores, places=PLACES):
        self.scores, self.places, self.tasks = list(scores), places, []

    def find(self, tasks):
        self.tasks += tasks
        return [self.one(box) for _, box in tasks]

    def one(self, box):
        score = self.scores.pop(0) if self.scores else 1.0
        points = box[:2] + self.places * (box[2:] - box[:2])
        names = ('right', 'left', 'chin')
        return Prediction(
            points.astype(float), np.full(3, score), names, box=tuple(box),
            expected_errors=np.full(3, (box[2] - box[0]) / 10),
            median_expected_error=4.0, z=np.zeros(3),
        )  # fmt: skip


@pytest.mark.parametrize(
    ('rotation', 'expected'),
    [
        # of a box of 40x20 about (100, 80): offsets (-12, -4), (12, -4), (0, 10)
        (0, [[88, 76], [112, 76], [100, 90]]),
        (90, [[104, 68], [104, 92], [90, 80]]),
        (180, [[112, 84], [88, 84], [100, 70]]),
    ],
)
def test_points_come_back_in_the_pixels_of_the_picture(rotation, expected):
    box = np.array([80.0, 70, 120, 90], np.float32)
    (found,) = find_in_boxes(Fixed(), [BoxInPicture(BGR, box, rotation)])
    np.testing.assert_allclose(found.points, expected, atol=1e-4)
    np.testing.assert_allclose(found.expected_errors, 4, rtol=1e-5)
    assert found.rotation == rotation
    assert found.box == (80, 70, 120, 90)


def test_the_model_sees_the_face_upright():
    bgr = np.zeros((200, 300, 3), np.uint8)
    bgr[60:100, 104:112] = 255  # what is above a face that is turned by 90 degrees
    model = Fixed()
    box = np.array([80.0, 60, 120, 100], np.float32)
    find_in_boxes(model, [BoxInPicture(bgr, box, 90)])
    ((patch, inner),) = model.tasks
    x1, y1, x2, y2 = inner.round().astype(int)
    bright = patch[y1:y2, x1:x2, 0].mean(axis=1) > 100
    rows = np.flatnonzero(bright) / (y2 - y1)
    # the chin points left, so x = 120 is the upper edge
    np.testing.assert_allclose([rows.min(), rows.max()], [0.2, 0.4], atol=0.03)


def test_a_second_look_where_the_points_are_turned():
    turned = PLACES[:, ::-1] * (-1, 1) + (1, 0)  # of a face turned by 90 degrees
    box = np.array([80.0, 60, 120, 100], np.float32)
    for scores, rotation in (((0.5, 0.9), 90), ((0.9, 0.5), 0)):
        model = Fixed(*scores, places=turned)
        (found,) = find_in_boxes(model, [BoxInPicture(BGR, box, 0, detected=True)])
        assert len(model.tasks) == 2
        assert found.rotation == pytest.approx(rotation)
    model = Fixed(0.5, 0.9, places=turned)
    find_in_boxes(model, [BoxInPicture(BGR, box, 0)])  # given by a user
    assert len(model.tasks) == 1


class Doubtful(Fixed):
    """Expects large errors in all boxes but one, of the first call or a later one."""

    def __init__(self, sound):
        super().__init__()
        self.sound = sound

    def find(self, tasks):
        before = len(self.tasks)
        return [
            replace(
                one, expected_errors=np.full(3, 4.0 if number == self.sound else 40)
            )
            for number, one in enumerate(super().find(tasks), before)
        ]


@pytest.mark.parametrize(('sound', 'rotation'), [(0, 0), (1, 90), (2, 180), (3, -90)])
def test_a_detected_face_of_large_expected_errors_is_turned_by_quarters(
    sound, rotation
):
    box = np.array([80.0, 60, 120, 100], np.float32)
    model = Doubtful(sound)
    (found,) = find_in_boxes(model, [BoxInPicture(BGR, box, 0, detected=True)])
    assert wrapped(found.rotation - rotation) == pytest.approx(0)
    assert len(model.tasks) == (1 if sound == 0 else 4)
    model = Doubtful(2)
    find_in_boxes(model, [BoxInPicture(BGR, box, 0)])  # given by a user
    assert len(model.tasks) == 1


@pytest.mark.parametrize(
    ('points', 'roll'),
    [
        ([[0, 0], [10, 0], [5, 9]], 0),
        ([[0, 0], [0, 10], [-9, 5]], 90),
        ([[10, 0], [0, 0], [5, -9]], 180),
        ([[0, 0], [1, 0], [5, 90]], None),  # in profile
        ([[0, 0], [np.nan, 0], [5, 9]], None),
    ],
)
def test_the_roll_of_points(points, roll):
    found = roll_of(SCHEME, np.array(points, float))
    assert found is None if roll is None else found == pytest.approx(roll)


def test_the_box_about_turned_points():
    points = np.array([[0.0, 0], [0, 10], [-30, 5]])  # turned by 90 degrees
    np.testing.assert_allclose(turned_box(points, 0), [-30, 0, 0, 10])
    # its centre is (-15, 5), 10 wide and 30 high before it is turned
    np.testing.assert_allclose(turned_box(points, 90), [-20, -10, -10, 20])


@pytest.mark.parametrize('backend', ['torch', 'onnxruntime', 'openvino'])
def test_a_photograph_upside_down(
    faces_300w, yunet, backend, monkeypatch, shared_cache
):
    if backend != 'torch':
        for package in ('onnx', 'onnxscript', backend):
            pytest.importorskip(package)
        monkeypatch.setenv('MMLANDMARK_CACHE', str(shared_cache))
    sample = read_300w(faces_300w / 'lfpw' / 'testset')[0]
    image = load_image(sample.image).pixels
    height, width = image.shape[:2]
    detector = LandmarkDetector('face68', device='cpu', backend=backend)
    detector.find_boxes = FaceFinder(str(yunet))
    (found,) = detector(np.ascontiguousarray(image[::-1, ::-1]))
    points = (width - 1, height - 1) - found.points
    across = np.linalg.norm(sample.points[45] - sample.points[36])
    assert radial_errors(points, sample.points).mean() < 0.06 * across
    assert abs(abs(found.rotation) - 180) < 30
    assert found.box_score > 0.85
    assert abs(abs(found.head_pose[2]) - 180) < 30
    assert len(found.names) == len(IBUG68)


@pytest.mark.parametrize(
    ('score', 'relative_error', 'expected'),
    [
        (0.75, 2.4, False),
        (0.75, 2.6, True),
        (0.81, 3.9, False),
        (0.81, 4.1, True),
        (0.9, 9.0, False),
        (np.nan, 9.0, False),  # a given box
    ],
)
def test_a_doubtful_box_with_large_expected_errors_is_no_face(
    score, relative_error, expected
):
    found = Prediction(
        np.zeros((2, 2)), np.ones(2), ('a', 'b'),
        expected_errors=np.full(2, 3 * relative_error), median_expected_error=3.0,
    )  # fmt: skip
    assert is_no_face(found, score) is expected


def test_a_box_without_a_face_is_left_out():
    """Of the boxes that a detector of faces finds; given boxes are kept."""
    detector = LandmarkDetector('face68')
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    box = [[50, 50, 250, 250]]
    for score, kept in ((0.7, 0), (0.95, 1)):
        faces = FoundFaces(np.array(box, float), np.zeros(1), np.array([score]))
        detector.find_boxes = lambda _, faces=faces: faces
        assert len(detector(noise)) == kept
    assert len(detector(noise, box)) == 1
