"""Released weights find known points, which a wrong normalisation would move."""

import json

import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT

from mmlandmark import FaceParser, LandmarkDetector
from mmlandmark.face.finder import FaceFinder
from mmlandmark.formats import read_300w, read_isbi2015

DATA = ROOT / 'tests' / 'data'
KNOWN = json.loads((DATA / 'released_points.json').read_text())

#: The detectors of faces; the others are of lateral heads.
FACES = ('face68', 'face68-3d', 'face189')

#: Where the eyes were marked by hand, in pixels: the centres of the pupils.
PUPILS = [(106.97, 119.67), (147.36, 118.16)]


def picture(name):
    file = 'face.png' if name in FACES else 'head.png'
    return np.array(Image.open(DATA / file))


def released(name, backend):
    """A released detector; the known points are those in the box of the cascade."""
    detector = LandmarkDetector(name, backend=backend)
    if detector.find_boxes is not None:
        detector.find_boxes = FaceFinder('haar')
    return detector


@pytest.mark.parametrize('name', KNOWN)
def test_points_are_those_of_the_release(name):
    (found,) = released(name, 'torch')(picture(name))
    np.testing.assert_allclose(found.points, KNOWN[name], atol=0.1)


BACKENDS = ('onnxruntime', 'openvino')


def largest_distance(name, backend, images):
    """Between the points of a backend and torch's, in pixels of the image."""
    pytest.importorskip(backend)
    found, expected = (
        [
            one.points
            for part in LandmarkDetector(name, backend=ran)(images)
            for one in part
        ]
        for ran in (backend, 'torch')
    )
    return np.linalg.norm(np.subtract(found, expected), axis=2).max()


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('name', KNOWN)
def test_points_are_torchs(name, backend):
    assert largest_distance(name, backend, [picture(name)]) < 0.01


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('name', [name for name in KNOWN if name not in FACES])
def test_points_of_films_are_torchs(isbi2015, name, backend):
    films = [sample.image for sample in read_isbi2015(isbi2015)[::60]]
    assert largest_distance(name, backend, films) < 0.01


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('name', FACES)
def test_points_of_faces_are_torchs(faces_300w, name, backend):
    faces = [sample.image for sample in read_300w(faces_300w)[::250]]
    assert largest_distance(name, backend, faces) < 0.01


@pytest.mark.parametrize('backend', BACKENDS)
def test_parts_are_torchs(backend):
    pytest.importorskip('mmseg', reason='face parts on torch need mmsegmentation')
    pytest.importorskip(backend)
    found, expected = (
        FaceParser('fasseg6', backend=ran).probabilities(picture('face68'))
        for ran in (backend, 'torch')
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_eyes_are_where_they_were_marked():
    points = np.array(KNOWN['face68'])
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    np.testing.assert_allclose(eyes, PUPILS, atol=2)


def test_the_depth_of_a_frontal_face():
    (face,) = released('face68-3d', 'onnxruntime')(picture('face68-3d'))
    nose, ears, chin = face.z[30], face.z[[0, 16]], face.z[8]
    assert nose == face.z.max()
    # the nose is in front of the ends of the jaw by two thirds of their distance or more
    across = np.linalg.norm(face.points[16] - face.points[0])
    assert 0.6 < (nose - ears.mean()) / across < 1.1
    assert ears.mean() < chin < nose


def test_pupils_are_where_they_were_marked():
    np.testing.assert_allclose(KNOWN['face189'][:2], PUPILS, atol=2)


def test_the_parser_labels_known_shares_of_the_picture():
    mask = FaceParser('fasseg6')(picture('face68'))
    shares = np.bincount(mask.labels.ravel(), minlength=6) / mask.labels.size
    # background, skin, hair and eyebrows, nose, mouth, eyes
    expected = [0.4321, 0.3488, 0.1905, 0.0209, 0.0031, 0.0047]
    np.testing.assert_allclose(shares, expected, atol=0.002)
