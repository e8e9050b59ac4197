"""Released weights find known points, which a wrong normalisation would move."""

import json

import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT

from mmlandmark import FaceParser, LandmarkDetector
from mmlandmark.face.finder import FaceFinder

DATA = ROOT / 'tests' / 'data'
KNOWN = json.loads((DATA / 'released_points.json').read_text())

#: Where the eyes were marked by hand, in pixels: the centres of the pupils.
PUPILS = [(106.97, 119.67), (147.36, 118.16)]


def picture(name):
    file = 'face.png' if name == 'face68' else 'head.png'
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


# the conversion of HRNet-W18, ceph19, takes minutes
@pytest.mark.parametrize('backend', ['onnxruntime', 'openvino'])
def test_points_are_those_of_the_release_on_every_backend(
    shared_cache, monkeypatch, backend
):
    for module in (backend, 'onnx', 'onnxscript'):
        pytest.importorskip(module, reason='needs the extra fast')
    monkeypatch.setenv('MMLANDMARK_CACHE', str(shared_cache))
    (found,) = released('face68', backend)(picture('face68'))
    np.testing.assert_allclose(found.points, KNOWN['face68'], atol=0.1)


def test_the_eyes_are_where_they_were_marked():
    points = np.array(KNOWN['face68'])
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    np.testing.assert_allclose(eyes, PUPILS, atol=2)


def test_the_parser_labels_known_shares_of_the_picture():
    pytest.importorskip('mmseg', reason='face parts need mmsegmentation')
    mask = FaceParser('fasseg6')(picture('face68'))
    shares = np.bincount(mask.labels.ravel(), minlength=6) / mask.labels.size
    # background, skin, hair and eyebrows, nose, mouth, eyes
    expected = [0.4321, 0.3488, 0.1905, 0.0209, 0.0031, 0.0047]
    np.testing.assert_allclose(shares, expected, atol=0.002)
