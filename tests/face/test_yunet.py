"""Real faces in real and in hard pictures; skipped where YuNet's file is not."""

import pickle
from itertools import pairwise

import cv2
import numpy as np
import pytest

from mmlandmark.face.detection import overlap, truth_box
from mmlandmark.face.finder import FaceFinder
from mmlandmark.face.found import wrapped
from mmlandmark.face.yunet import YuNetFaces, _quarter_turn, _starts
from mmlandmark.face.yunet_box import YuNetFace, distinct
from mmlandmark.formats import read_300w
from mmlandmark.io.load import load_image

EYE = np.array([[1.0, 0, 0], [0, 1, 0]])


@pytest.fixture(scope='module')
def find(yunet):
    return FaceFinder(str(yunet))


@pytest.fixture(scope='module')
def faces(faces_300w):
    """Six photographs and the points of their faces."""
    samples = read_300w(faces_300w / 'lfpw' / 'testset')[:6]
    return [(load_image(s.image).pixels, s.points) for s in samples]


def row(x=10, y=10, width=40, height=40, turn=0.0, score=0.9):
    """A face of YuNet; its points turn about the centre of its box."""
    points = np.array([[-10, -8], [10, -8], [0, 2], [-7, 12], [7, 12]], float)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    points = points @ np.array([[cos, sin], [-sin, cos]])
    points += (x + width / 2, y + height / 2)
    return np.array([x, y, width, height, *points.ravel(), score])


@pytest.mark.parametrize('rotation', [0, 90])
@pytest.mark.parametrize('turn', [0, 20, -30])
def test_the_box_turns_with_the_face(rotation, turn):
    quarter, _ = _quarter_turn(rotation // 90, (100, 100))
    back = np.column_stack([quarter, [3, 4]])
    face = YuNetFace(row(turn=turn), rotation, back)
    assert face.residual == pytest.approx(turn)
    assert face.roll == pytest.approx(rotation + turn)
    weights = np.zeros((4, 13))
    weights[:, -1] = 0, 0.5, 1.5, 2  # half a side below the centre
    box = face.box(weights)
    angle = np.radians(rotation + turn)
    below = 20 * np.array([-np.sin(angle), np.cos(angle)])
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, face.centre + below)
    np.testing.assert_allclose(box[2:] - box[:2], [60, 80])


def test_each_face_once():
    places = [(10, 10, 0.8), (14, 10, 0.9), (80, 10, 0.7), (28, 10, 0.6)]
    faces = [YuNetFace(row(x, y, score=s), 0, EYE) for x, y, s in places]
    # 14 covers 10 by 36 of 44, and 28 by 26 of 54
    assert [face.score for face in distinct(faces)] == [0.9, 0.7]


@pytest.mark.parametrize('quarters', range(4))
def test_quarters_are_turned_back(quarters):
    image = np.arange(12).reshape(3, 4)
    turned = np.rot90(image, quarters)
    turn, shift = _quarter_turn(quarters, (4, 3))
    y, x = np.argwhere(turned == 6)[0]
    assert (turn @ (x, y) + shift).tolist() == [2, 1]


def test_diagonals_are_turned_back(monkeypatch):
    """A bright spot is found at its place in all four turned copies."""
    image = np.zeros((300, 500, 3), np.uint8)
    cv2.circle(image, (420, 60), 6, (255, 255, 255), -1)
    spots = []

    def detect(self, copy, rotation, back):
        y, x = np.argwhere(copy[..., 0] > 128).mean(axis=0)
        spots.append([rotation, *(back @ (x, y, 1))])
        return []

    monkeypatch.setattr(YuNetFaces, '_detect', detect)
    assert object.__new__(YuNetFaces)._diagonal(image) == []
    expected = [[degrees, 420, 60] for degrees in (45, 135, 225, 315)]
    np.testing.assert_allclose(spots, expected, atol=0.5)


@pytest.mark.parametrize('length', [1, 2048, 2049, 4000, 9000])
def test_tiles_cover_a_side_and_overlap(length):
    starts = _starts(length)
    assert starts[0] == 0
    assert starts[-1] + 2048 >= length
    assert all(b - a <= 2048 - 160 for a, b in pairwise(starts))


def best(found, truth):
    overlaps = [overlap(box, truth) for box in found.upright_boxes()]
    return int(np.argmax(overlaps)), max(overlaps)


def test_real_faces(find, faces):
    for image, points in faces:
        number, shared = best(find(image), truth_box(points))
        assert shared > 0.75
        assert find(image).scores[number] > 0.85
    gray = cv2.cvtColor(faces[0][0], cv2.COLOR_RGB2GRAY)
    assert best(find(gray), truth_box(faces[0][1]))[1] > 0.75


@pytest.mark.parametrize('angle', [30, 60, 90, 135, 180, 270])
def test_turned_faces(find, faces, angle):
    good = 0
    for image, points in faces:
        height, width = image.shape[:2]
        side = int(np.hypot(height, width)) + 1
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
        turn[:, 2] += (side - width) / 2, (side - height) / 2
        found = find(cv2.warpAffine(image, turn, (side, side)))
        number, shared = best(found, truth_box(points @ turn[:, :2].T + turn[:, 2]))
        across = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
        roll = np.degrees(np.arctan2(across[1], across[0])) + angle
        # the points of the network give the rest of the roll
        good += shared > 0.6 and abs(wrapped(found.rotations[number] - roll)) < 45
    assert good >= 5


def on_canvas(image, points, height, width, side, x, y):
    """A photograph whose face has this side in a gray picture."""
    scale = side / np.sqrt(np.prod(np.ptp(points, axis=0)))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((height, width, 3), 128, np.uint8)
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas, (points + 0.5) * scale - 0.5 + (x, y)


@pytest.mark.parametrize(('size', 'side'), [((3000, 4000), 24), ((1600, 2400), 60)])
def test_a_small_face_in_a_large_picture(find, faces, size, side):
    image, points = faces[0]
    canvas, there = on_canvas(image, points, *size, side, 1200, 700)
    found = find(canvas)
    assert len(found) == 1
    assert best(found, truth_box(there))[1] > 0.6


def test_a_face_that_fills_a_large_picture(find, faces):
    image, points = faces[0]
    x1, y1, x2, y2 = truth_box(points).astype(int)
    face = cv2.resize(image[max(0, y1) : y2, max(0, x1) : x2], (1400, 1400))
    found = find(face)
    assert len(found) == 1
    assert best(found, np.array([0, 0, 1399, 1399]))[1] > 0.6


def test_fifty_faces(find, faces):
    image = cv2.resize(faces[0][0], (160, 160))
    found = find(np.tile(image, (5, 10, 1)))
    assert len(found) == 50
    widths = found.boxes[:, 2] - found.boxes[:, 0]
    assert widths.max() < 1.2 * widths.min()


def test_half_a_face_at_the_border(find, faces):
    image, points = faces[0]
    middle = int(points[27:36, 0].mean())
    found = find(np.ascontiguousarray(image[:, :middle]))
    assert len(found) <= 1
    assert (found.scores >= find.threshold).all()


def drawing():
    picture = np.full((300, 300, 3), 255, np.uint8)
    cv2.rectangle(picture, (60, 80), (240, 260), (0, 0, 0), 2)
    cv2.line(picture, (60, 80), (150, 20), (0, 0, 0), 2)
    cv2.line(picture, (150, 20), (240, 80), (0, 0, 0), 2)
    return picture


@pytest.mark.parametrize(
    'image',
    [
        np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8),
        np.random.default_rng(1).integers(0, 255, (90, 90), dtype=np.uint8),
        np.full((100, 100), 128, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((2, 3000, 3), np.uint8),
        drawing(),
    ],
    ids=['noise', 'gray noise', 'even', 'a pixel', 'a line', 'a house'],
)
def test_no_face(find, image):
    assert len(find(image)) == 0


def test_a_finder_can_be_pickled(find):
    assert pickle.loads(pickle.dumps(find)) == find
    assert find.name.startswith('yunet 8f2383e4dd3c')
