"""Export models and run the files, as a user does."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tests_support import ROOT, one_line_error, save_untrained

from mmlandmark import LandmarkDetector

pytestmark = pytest.mark.slow

for module in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
    pytest.importorskip(module)


@pytest.fixture(scope='module')
def config():
    """Two stages."""
    return ROOT / 'tests' / 'tiny_coarse_to_fine.py'


@pytest.fixture(scope='module')
def weights(config, tmp_path_factory):
    """Of a random model, whose heatmaps have one highest pixel."""
    path = save_untrained(config, tmp_path_factory.mktemp('weights') / 'a.pth')
    state = torch.load(path)['state_dict']
    for part in ('head', 'detector.head'):
        state[f'{part}.final_layer.weight'] *= 30
    torch.save(dict(state_dict=state), path)
    return path


@pytest.fixture(scope='module')
def picture(tmp_path_factory):
    small = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    path = tmp_path_factory.mktemp('picture') / 'a.png'
    Image.fromarray(small.repeat(12, axis=0).repeat(12, axis=1)).save(path)
    return path


def test_export_then_inference(run_command, config, weights, picture, tmp_path):
    out = tmp_path / 'tiny.onnx'
    # random heatmaps give some points far outside the image, where rounding matters
    done = run_command('export', config, weights, '--out', out, '--img', picture,
                    '--tolerance', 1e6)  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(':')[0] for line in lines[-3:-1]] == ['onnxruntime', 'openvino']
    assert '(19 points of 1 images: those named)' in lines[-2]
    assert lines[-1].startswith(f'{out}: ')
    done = run_command('predict', '--model', out, '--img', picture, '--out', tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / 'a.json').read_text())['predictions'][0]['points']
    (expected,) = LandmarkDetector(config, weights)(picture)
    inside = ((expected.points > 0) & (expected.points < (144, 108))).all(axis=1)
    points = np.array([[point['x'], point['y']] for point in found])
    assert inside.sum() >= 5
    np.testing.assert_allclose(points[inside], expected.points[inside], atol=0.1)


def test_a_file_that_differs_is_refused(run_command, tiny_config, tmp_path):
    weights = save_untrained(tiny_config, tmp_path / 'a.pth')
    done = run_command('export', tiny_config, weights, '--format', 'openvino', '--fp16',
                    '--out', tmp_path / 'a.xml', '--tolerance', 1e-9)  # fmt: skip
    assert 'px from torch, more than 1e-09: do not use it' in one_line_error(done)
    assert 'images: drawn)' in done.stdout


def test_mistakes(run_command, config, weights, tmp_path):
    done = run_command('export', config, weights, '--out', tmp_path / 'a.xml')
    assert '--format onnx writes .onnx, not a.xml' in one_line_error(done)
    done = run_command('export', 'ceph99', '--out', tmp_path / 'a.onnx')
    assert "no config or detector 'ceph99'" in one_line_error(done)
    done = run_command(
        'export', config, weights, '--int8', '--out', tmp_path / 'a.onnx'
    )
    assert '--int8 needs --format openvino' in one_line_error(done)
    done = run_command('export', config, weights, '--out', tmp_path / 'a.onnx',
                    '--img', tmp_path)  # fmt: skip
    assert 'no image in' in one_line_error(done)
    done = run_command('predict', '--model', tmp_path / 'a.onnx', '--img', tmp_path)
    assert 'no image in' in one_line_error(done)
