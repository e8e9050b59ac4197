import importlib.util

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from tests_support import ROOT

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.config import load_config
from mmlandmark.inference.backends import stage_network as backends


def needs(backend):
    missing = [m for m in (backend, 'onnx', 'onnxscript') if not find(m)]
    reason = f'{", ".join(missing)} not installed: pip install -e .[fast]'
    return pytest.param(backend, marks=pytest.mark.skipif(bool(missing), reason=reason))


def find(module):
    return importlib.util.find_spec(module)


SHARPER = 30
FAST = [needs('openvino'), needs('onnxruntime')]


@pytest.fixture(scope='module')
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp('cache')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMLANDMARK_CACHE', str(folder))
        yield folder


@pytest.fixture(scope='module', params=['tiny', 'tiny_coarse_to_fine', 'tiny_refined'])
def trained(request, tmp_path_factory):
    """A config, a checkpoint of a random model, and its detector."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    config = load_config(ROOT / 'tests' / f'{request.param}.py')
    model = build_pose_estimator(config.model)
    # a random network's heatmaps are nearly flat: rounding would choose their highest pixel
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith('final_layer.weight'):
                weight *= SHARPER
    path = tmp_path_factory.mktemp('checkpoint') / f'{request.param}.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return config, path, LandmarkDetector(config, path, 'cpu')


@pytest.fixture(scope='module')
def image():
    small = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return small.repeat(12, axis=0).repeat(12, axis=1)


@pytest.mark.parametrize('backend', FAST)
def test_points_agree_with_torch(trained, image, cache, backend):
    config, checkpoint, detector = trained
    fast = LandmarkDetector(config, checkpoint, backend=backend)
    boxes = [[0, 0, 143, 107], [10, 5, 120, 100]]
    expected = detector(image, boxes)
    height, width = image.shape[:2]
    for one, other in zip(fast(image, boxes), expected, strict=True):
        # what random heatmaps throw out of the picture is the decoder dividing by almost 0
        kept = ((other.points > 0) & (other.points < (width, height))).all(axis=1)
        assert kept.sum() >= 5
        np.testing.assert_allclose(one.points[kept], other.points[kept], atol=0.1)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
    assert fast.device == 'cpu'


@pytest.mark.parametrize('backend', FAST)
def test_a_network_is_converted_once(trained, cache, backend, monkeypatch):
    config, checkpoint, _ = trained
    LandmarkDetector(config, checkpoint, backend=backend)
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert kept
    assert all(path.suffix == '.onnx' for path in kept)  # nothing half-written
    monkeypatch.setattr(torch.onnx, 'export', None)
    LandmarkDetector(config, checkpoint, backend=backend)
    assert kept == {path: path.stat().st_mtime_ns for path in cache.iterdir()}


@pytest.mark.parametrize('backend', FAST)
def test_a_kept_network_that_differs_is_converted_anew(tmp_path, backend):
    images = torch.ones(1, 3, 8, 8)
    path = tmp_path / 'kept.onnx'
    backends.convert(torch.nn.Conv2d(3, 2, 1), images, path)
    right = torch.nn.Conv2d(3, 2, 1)
    run = backends._prepare(right, (1, 3, 8, 8), path, backend)
    with torch.no_grad():
        np.testing.assert_allclose(run(images.numpy()), right(images), atol=1e-5)


def test_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / 'file').write_text('in the way')
    path = tmp_path / 'file' / 'cache' / 'a.onnx'
    with pytest.raises(InputError, match='set MMLANDMARK_CACHE'):
        backends.convert(torch.nn.Identity(), torch.ones(1), path)


def test_unknown_missing_and_unfit_backends(tiny_config, monkeypatch):
    with pytest.raises(InputError, match='one of auto, torch, openvino, onnxruntime'):
        LandmarkDetector(tiny_config, backend='tensorrt')
    monkeypatch.setattr(backends, 'find_spec', lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'mmlandmark\[fast\]'"):
        LandmarkDetector(tiny_config, backend='openvino')
    monkeypatch.setattr(backends, 'find_spec', lambda name: name)
    with pytest.raises(InputError, match="runs on the CPU, not on 'cuda:0'"):
        LandmarkDetector(tiny_config, device='cuda:0', backend='openvino')
