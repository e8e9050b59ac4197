"""One detector called by many threads at once, as by the page and by a user's own pool."""

import copy
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
import pytest
import torch
from tests_support import ROOT

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.face.detection import detect_faces

THREADS = 8
BACKENDS = ('torch', 'openvino', 'onnxruntime')
#: A detector is made from a config and a checkpoint, or from an exported file.
KINDS = [*((backend, 'config') for backend in BACKENDS),
         ('openvino', 'file'), ('onnxruntime', 'file')]  # fmt: skip
MODELS = ('tiny', 'tiny_fan')


@pytest.fixture(scope='module', params=MODELS)
def model(request, converted, shared_cache):
    """A config, its checkpoint and the file that they were exported to."""
    config, one = ROOT / 'tests' / f'{request.param}.py', converted(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMLANDMARK_CACHE', str(shared_cache))
        yield config, one.checkpoint, one.path


@pytest.fixture(params=KINDS, ids='-'.join)
def detector(request, model):
    backend, kind = request.param
    config, checkpoint, file = model
    if kind == 'file':
        return LandmarkDetector(file, backend=backend)
    return LandmarkDetector(config, checkpoint, 'cpu', backend)


def pictures(count):
    random = np.random.default_rng(0)
    small = random.integers(0, 255, (count, 8, 8, 3), dtype=np.uint8)
    return list(small.repeat(16, axis=1).repeat(16, axis=2))


def in_threads(call, inputs):
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, inputs))


def test_threads_get_the_points_of_their_own_image(detector):
    """Bit for bit; with a shared inference request they would be those of another image."""
    boxes = [[0, 0, 127, 127], [10, 5, 120, 100]]
    images = pictures(16)

    def points(image):
        return np.stack([p.points for p in detector(image, boxes)])

    alone = [points(image) for image in images]
    assert len({found.tobytes() for found in alone}) == len(images)
    for found, expected in zip(in_threads(points, images * 4), alone * 4, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_pickled_and_a_copied_detector_find_the_same(detector):
    (image,) = pictures(1)
    expected = detector(image, [[0, 0, 127, 127]])[0].points
    for again in (pickle.loads(pickle.dumps(detector)), copy.deepcopy(detector)):
        assert (again.backend, again.source) == (detector.backend, detector.source)
        found = again(image, [[0, 0, 127, 127]])[0].points
        np.testing.assert_array_equal(found, expected)


def test_a_worker_process_takes_a_detector(model):
    """As an argument of a task in a process pool."""
    detector = LandmarkDetector(model[2], backend='openvino')
    (image,) = pictures(1)
    with ProcessPoolExecutor(1, get_context('spawn')) as pool:
        found = pool.submit(detector, image, [[0, 0, 127, 127]]).result()
    expected = detector(image, [[0, 0, 127, 127]])
    np.testing.assert_array_equal(found[0].points, expected[0].points)


def test_a_pickle_of_weights_that_have_changed(model, tmp_path):
    config, checkpoint, _ = model
    shutil.copy(checkpoint, tmp_path / 'a.pth')
    held = pickle.dumps(LandmarkDetector(config, tmp_path / 'a.pth', 'cpu'))
    state = torch.load(checkpoint)
    for weight in state['state_dict'].values():
        weight *= 2
    torch.save(state, tmp_path / 'a.pth')
    with pytest.raises(InputError, match=r'a\.pth has changed since'):
        pickle.loads(held)


def test_threads_find_the_faces_of_their_own_image():
    """OpenCV's cascade has state, so threads must not share one."""
    images = [drawn_face(x) for x in range(70, 150, 5)]
    alone = [detect_faces(image) for image in images]
    assert all(len(found) == 1 for found in alone)
    found = in_threads(detect_faces, images * 4)
    for one, expected in zip(found, alone * 4, strict=True):
        np.testing.assert_array_equal(one, expected)


def drawn_face(x):
    """A gray face centred at column ``x`` that OpenCV's cascade detects."""
    image = np.full((220, 260), 20, np.uint8)
    parts = [(x, 110, 52, 70, 180), (x, 115, 6, 18, 140), (x, 148, 20, 6, 60)]
    for side in (-21, 21):  # eyes and brows
        parts += [(x + side, 95, 13, 7, 30), (x + side, 82, 16, 5, 50)]
    for column, row, width, height, gray in parts:
        cv2.ellipse(image, (column, row), (width, height), 0, 0, 360, gray, -1)
    return cv2.GaussianBlur(image, (0, 0), 2)


def test_threads_get_the_parts_of_their_own_image(tmp_path):
    pytest.importorskip('mmseg', reason='mmsegmentation, the extra parts')
    from mmengine.registry import MODELS, DefaultScope

    from mmlandmark import FaceParser
    from mmlandmark.engine.config import load_config

    config = load_config('fasseg_segnet')
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        network = MODELS.build(config.model)
    torch.save(dict(state_dict=network.state_dict()), tmp_path / 'a.pth')
    parser = FaceParser(config, tmp_path / 'a.pth', 'cpu')
    images = pictures(THREADS)
    alone = [parser.probabilities(image) for image in images]
    found = in_threads(parser.probabilities, images)
    for one, expected in zip(found, alone, strict=True):
        np.testing.assert_array_equal(one, expected)
