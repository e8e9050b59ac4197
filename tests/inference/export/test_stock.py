"""MMPose's own configs: the points of its API, of this package and of the exported file."""

from pathlib import Path

import mmpose
import numpy as np
import pytest
import torch
from mmpose.apis import inference_topdown, init_model

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.config import load_config
from mmlandmark.inference.export.export_model import export_model
from mmlandmark.inference.pose_model import PoseModel
from mmlandmark.inference.stock import model_scheme

CONFIGS = Path(mmpose.__file__).parent / '.mim' / 'configs'
HEATMAP = 'td-hm_mobilenetv2_8xb32-60e_coco-wholebody-face-256x256'
SIMCC = 'rtmpose-t_8xb256-420e_coco-256x192'
RLE = 'td-reg_mobilenetv2_rle-pretrained-8xb64-210e_coco-256x192'
BOX = np.array([[20, 10, 250, 200]], np.float32)


def stock_config(name):
    found = sorted(CONFIGS.rglob(f'{name}.py'))
    if not found:
        pytest.skip(f"MMPose's config {name} is not installed")
    return found[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ('name', 'points', 'first', 'swap'),
    [
        (HEATMAP, 68, 'face-0', 16),
        (SIMCC, 17, 'nose', None),
        (RLE, 17, 'nose', None),
    ],
)
def test_points_are_those_of_mmpose(tmp_path, name, points, first, swap):
    for module in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
        pytest.importorskip(module)
    path = stock_config(name)
    torch.manual_seed(0)
    model = init_model(str(path), None, 'cpu', cfg_options={})
    width, height = model.head.decoder.input_size
    # batch statistics of noise: a random network's heatmaps are flat without
    model.train()
    with torch.no_grad():
        for _ in range(9):
            model(torch.randn(2, 3, height, width), None)
    model.eval()
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'a.pth')
    small = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    image = small.repeat(24, axis=0).repeat(24, axis=1)
    (stock,) = inference_topdown(model, image, BOX)
    expected = stock.pred_instances
    detector = LandmarkDetector(path, tmp_path / 'a.pth', 'cpu', 'torch')
    assert len(detector.scheme) == points
    assert detector.scheme.points[0] == first
    assert dict(detector.scheme.flip_pairs).get(0) == swap
    export_model(PoseModel(path, tmp_path / 'a.pth', 'cpu'), tmp_path / 'a.onnx')
    files = [
        LandmarkDetector(tmp_path / 'a.onnx', backend=backend)
        for backend in ('onnxruntime', 'openvino')
    ]
    # flip TTA makes the heatmap of a point on the midline symmetric: that of a random
    # network has two equal peaks
    paired = np.unique(detector.scheme.flip_pairs)
    assert len(paired) > 0.8 * points
    for one in (detector, *files):
        (found,) = one(np.ascontiguousarray(image[..., ::-1]), BOX)
        np.testing.assert_allclose(
            found.points[paired], expected.keypoints[0][paired], atol=0.01
        )
        np.testing.assert_allclose(found.scores, expected.keypoint_scores[0], atol=1e-3)
        assert found.names == detector.scheme.points


def test_the_scheme_of_a_stock_config():
    scheme = model_scheme(load_config(stock_config(SIMCC)))
    assert scheme.name == 'coco'
    assert scheme.points[:3] == ('nose', 'left_eye', 'right_eye')
    assert (1, 2) in scheme.flip_pairs
    assert (15, 13) in scheme.skeleton  # left ankle to left knee


def test_a_config_without_names_is_refused(tiny_config):
    config = load_config(tiny_config)
    assert model_scheme(config).name == config.scheme
    config.scheme = None
    with pytest.raises(InputError, match='has no scheme'):
        model_scheme(config)
