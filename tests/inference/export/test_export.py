"""Exported models find the points that torch finds, alone and in batches."""

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from tests_support import ROOT

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.config import load_config
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.evaluation.calibration_file import write_calibration
from mmlandmark.inference.export.export import export_model
from mmlandmark.inference.exported.decoding import peaks
from mmlandmark.inference.exported.model import ExportedModel
from mmlandmark.inference.pose_model import PoseModel

for module in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
    pytest.importorskip(module)

SHARPER = 30
CSV = dict(scheme='ibug68', train_dataloader=dict(dataset=dict(data_root='none')))


def save_sharp(config, path):
    """A random model whose heatmaps have one highest pixel, which rounding leaves."""
    init_default_scope('mmpose')
    torch.manual_seed(1)  # other peaks have plateaus beside them
    model = build_pose_estimator(config.model)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith('final_layer.weight'):
                weight *= SHARPER
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def config_of(name):
    if name == 'csv':
        return load_config(ROOT / 'configs' / 'csv_cnn2.py', CSV)
    if name == 'mirrored':
        how = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True)
        return load_config(ROOT / 'tests' / 'tiny.py', {'model.test_cfg': how})
    return load_config(ROOT / 'tests' / f'{name}.py')


@pytest.fixture(scope='module')
def image():
    small = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return small.repeat(12, axis=0).repeat(12, axis=1)


@pytest.fixture(
    scope='module',
    params=['tiny', 'mirrored', 'tiny_coarse_to_fine', 'tiny_fan', 'csv'],
)
def exported(request, tmp_path_factory):
    """A model run by torch and the file it was exported to."""
    folder = tmp_path_factory.mktemp(request.param)
    config = config_of(request.param)
    checkpoint = save_sharp(config, folder / 'a.pth')
    if request.param == 'tiny':
        names = PoseModel(config, checkpoint, 'cpu').scheme.points
        fitted = Calibration(2.0, 0.5, 1.0, dict.fromkeys(names, 1.5), 3.0)
        write_calibration(checkpoint, fitted, 'val.json', 30)
    model = PoseModel(config, checkpoint, 'cpu')
    export_model(model, folder / 'a.onnx')
    return model, folder / 'a.onnx'


BOXES = [[0, 0, 143, 107], [10, 5, 120, 100], [30, 10, 90, 80]]


def points_apart(path, image, found, expected):
    """Distances of the points that have a peak of their own.

    Random heatmaps have plateaus too: there the decoder divides by almost nothing, and
    rounding throws the point anywhere.
    """
    model = ExportedModel(path)
    boxes = np.array(BOXES, np.float32)
    crops = [model.crop.cut(image[..., ::-1], *model.crop.region(box)) for box in boxes]
    outputs = model._run(np.stack(crops))
    kept = np.ones((len(BOXES), len(model.scheme)), bool)
    if 'heatmaps' in outputs:
        maps = outputs['heatmaps']
        places = model.decoding(maps)[0] / model.decoding.pixel(maps)
        kept = (abs(places - model.decoding.shift - peaks(maps)[0]) < 1).all(axis=2)
    assert kept.mean() > 0.2
    found, expected = (np.stack([p.points for p in side]) for side in (found, expected))
    return np.linalg.norm(found - expected, axis=2)[kept]


@pytest.mark.parametrize('backend', ['openvino', 'onnxruntime'])
def test_points_scores_and_errors_agree_with_torch(exported, image, backend):
    model, path = exported
    detector = LandmarkDetector(model.model.cfg, model.checkpoint, 'cpu', 'torch')
    expected = detector(image, BOXES)
    compiled = LandmarkDetector(path, backend=backend)
    assert (compiled.backend, compiled.device) == (backend, 'cpu')
    assert compiled.scheme == detector.scheme
    assert compiled.find_boxes == detector.find_boxes
    # a single large box is averaged down first, by both
    alone = [side(image, BOXES[:1]) + expected[1:] for side in (compiled, detector)]
    for found, wanted in ((compiled(image, BOXES), expected), alone):
        assert points_apart(path, image, found, wanted).max() < 0.1
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-3)
            assert one.median_expected_error == pytest.approx(
                other.median_expected_error
            )
            assert (one.expected_errors is None) == (other.expected_errors is None)


def test_what_a_file_says(exported):
    model, path = exported
    said = ExportedModel(path).metadata
    assert said['format'] == 1
    assert said['scheme']['points'] == list(model.scheme.points)
    assert max(said['crop']['size']) == model.input_side
    assert said['source']['name'] == 'a.pth'
    assert '/' not in json.dumps(said)  # nothing of where it was made


@pytest.mark.parametrize(
    ('kind', 'name', 'precision'),
    [
        ('tiny_fan', 'a.xml', 'fp32'),
        ('csv', 'b.xml', 'fp16'),
        ('csv', 'b.onnx', 'fp16'),
    ],
)
def test_formats_and_halves(tmp_path, image, kind, name, precision):
    config = config_of(kind)
    checkpoint = save_sharp(config, tmp_path / 'a.pth')
    # weights that halves hold exactly, as released ones are
    state = torch.load(checkpoint)['state_dict']
    state = {
        k: v.half().to(v) if v.is_floating_point() else v for k, v in state.items()
    }
    torch.save(dict(state_dict=state), checkpoint)
    model = PoseModel(config, checkpoint, 'cpu')
    export_model(model, tmp_path / 'out' / name, precision)
    detector = LandmarkDetector(config, checkpoint, 'cpu', 'torch')
    found = LandmarkDetector(tmp_path / 'out' / name)(image, BOXES)
    expected = detector(image, BOXES)
    assert points_apart(tmp_path / 'out' / name, image, found, expected).max() < 0.1
    files = {'a.xml': ['a.bin', 'a.xml'], 'b.xml': ['b.bin', 'b.xml']}
    written = sorted(p.name for p in (tmp_path / 'out').iterdir())
    assert written == files.get(name, ['b.onnx'])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            {'test_dataloader.dataset.pipeline': [dict(type='LoadDepth')]},
            'the step LoadDepth of the test pipeline is not exported',
        ),
        (
            {'model.test_cfg': dict(flip_test=True, flip_mode='udp_combined')},
            'flip_test is exported for heatmaps alone',
        ),
    ],
)
def test_what_is_not_exported(tmp_path, tiny_config, options, message):
    config = load_config(tiny_config)
    model = PoseModel(config, save_sharp(config, tmp_path / 'a.pth'), 'cpu')
    model.model.cfg.merge_from_dict(options)
    model.model.test_cfg = model.model.cfg.model.test_cfg
    with pytest.raises(InputError, match=message):
        export_model(model, tmp_path / 'a.onnx')
    assert not (tmp_path / 'a.onnx').exists()


def test_a_model_of_another_kind_and_int8(tmp_path, tiny_config, monkeypatch):
    config = config_of('tiny_refined')
    model = PoseModel(config, save_sharp(config, tmp_path / 'a.pth'), 'cpu')
    with pytest.raises(InputError, match='ShapeRefinedEstimator cannot be exported'):
        export_model(model, tmp_path / 'a.onnx')
    config = load_config(tiny_config)
    model = PoseModel(config, save_sharp(config, tmp_path / 'b.pth'), 'cpu')
    with pytest.raises(InputError, match='--int8 goes with --format openvino'):
        export_model(model, tmp_path / 'a.onnx', 'int8')
    from mmlandmark.inference.export import precision

    monkeypatch.setattr(precision, 'find_spec', lambda name: name != 'nncf')
    with pytest.raises(InputError, match='--int8 needs nncf: pip install nncf'):
        export_model(model, tmp_path / 'a.xml', 'int8')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['a.pth', 'b.pth']


def test_files_of_others(tmp_path, exported):
    import onnx

    _, path = exported
    model = onnx.load(path)
    for text, message in (
        (None, 'says nothing of its points'),
        ('{', 'its metadata is damaged'),
        ('{"format": 99}', 'is of format 99'),
        ('{"format": 1}', "its metadata is damaged: KeyError\\('scheme'\\)"),
    ):
        del model.metadata_props[:]
        if text is not None:
            model.metadata_props.add(key='mmlandmark', value=text)
        onnx.save(model, tmp_path / 'a.onnx')
        with pytest.raises(InputError, match=message):
            LandmarkDetector(tmp_path / 'a.onnx')
    with pytest.raises(InputError, match='leave the checkpoint out'):
        LandmarkDetector(path, 'a.pth')


#: Only what docs/how-to/export.md asks for can be imported, and what that imports.
WITHOUT = """
import sys
from importlib.machinery import PathFinder

import numpy as np

ALLOWED = {'numpy', 'cv2', 'PIL', 'openvino', 'onnxruntime', 'mmlandmark'}

class Blocked:
    def find_spec(self, name, *rest):
        top = name.split('.')[0]
        spec = PathFinder.find_spec(top)
        if top not in ALLOWED and spec and 'site-packages' in str(spec.origin):
            raise ImportError(f'{name} is blocked')

sys.meta_path.insert(0, Blocked())
from mmlandmark import InputError, LandmarkDetector, Prediction, draw_prediction
detector = LandmarkDetector(sys.argv[1], backend=sys.argv[2])
image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
found, nothing = detector([image, image], [[[0, 0, 79, 59]], []])
drawn = draw_prediction(image, found)
print(len(found), len(nothing), found[0].points.shape[1], drawn.shape[2])
back = Prediction.from_dict(found[0].to_dict())
print((back.points == found[0].points).all(), len(back.to_coco('a.png')['annotations']))
try:
    LandmarkDetector('ceph19', backend='torch')
except InputError as error:
    print(error)
try:
    from mmlandmark import FaceParser
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize('backend', ['openvino', 'onnxruntime'])
def test_neither_torch_nor_mmpose_is_needed(exported, backend):
    _, path = exported
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(WITHOUT), str(path), backend],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    counts, tables, refusal, parser = done.stdout.strip().splitlines()
    assert (counts, tables) == ('1 0 2 3', 'True 1')
    assert 'FaceParser needs torch and MMPose' in parser
    assert 'torch and MMPose, which all but exported models need' in refusal
