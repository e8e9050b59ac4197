"""Exported models find the points that torch finds, alone and in batches."""

import json
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from converted_models import config_of, save_sharp
from tests_support import ROOT

from mmlandmark import InputError, LandmarkDetector
from mmlandmark.engine.config import load_config
from mmlandmark.face.face_shape import face_depth
from mmlandmark.inference.export import export_model as module
from mmlandmark.inference.export import files
from mmlandmark.inference.export.export_model import export_model
from mmlandmark.inference.exported.decoding import peaks
from mmlandmark.inference.exported.model import ExportedModel
from mmlandmark.inference.pose_model import PoseModel

for name in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
    pytest.importorskip(name)


@pytest.fixture(scope='module')
def image():
    small = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return small.repeat(12, axis=0).repeat(12, axis=1)


@pytest.fixture(
    scope='module',
    params=['tiny', 'flipped', 'tiny_coarse_to_fine', 'tiny_fan', 'face_depth', 'csv'],
)
def exported(request, converted):
    """A model run by torch and the file it was exported to."""
    one = converted(request.param)
    return PoseModel(one.config, one.checkpoint, 'cpu'), one.path


BOXES = [[0, 0, 143, 107], [10, 5, 120, 100], [30, 10, 90, 80]]


def points_apart(path, image, found, expected):
    """Distances of the points whose heatmaps have a distinct peak.

    Random heatmaps also have plateaus: there the decoder divides by almost 0, and rounding
    moves the point anywhere.
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
    # both average down an image with a single large box first
    alone = [side(image, BOXES[:1]) + expected[1:] for side in (compiled, detector)]
    for found, wanted in ((compiled(image, BOXES), expected), alone):
        assert points_apart(path, image, found, wanted).max() < 0.01
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-3)
            assert one.median_expected_error == pytest.approx(
                other.median_expected_error
            )
            assert (one.expected_errors is None) == (other.expected_errors is None)


def test_depths_agree_with_torch(converted, image):
    """Of the points that each backend finds, which random heatmaps place differently."""
    one = converted('face_depth')
    for detector in (
        LandmarkDetector(one.config, one.checkpoint, 'cpu', 'torch'),
        LandmarkDetector(one.path),
    ):
        for found in detector(image, BOXES):
            np.testing.assert_allclose(found.z, face_depth(found.points), atol=1e-6)


def test_what_a_file_says(exported):
    model, path = exported
    metadata = ExportedModel(path).metadata
    assert metadata['format'] == 1
    assert metadata['scheme']['points'] == list(model.scheme.points)
    assert max(metadata['crop']['size']) == model.input_side
    assert metadata['source']['name'] == 'a.pth'
    assert '/' not in json.dumps(metadata)  # nothing of where it was made


@pytest.mark.parametrize(
    ('kind', 'name', 'precision'),
    [
        ('tiny_fan', 'a.xml', 'fp32'),
        ('csv', 'b.xml', 'fp16'),
        ('csv', 'b.onnx', 'fp16'),
    ],
)
def test_formats_and_precisions(
    tmp_path, monkeypatch, converted, image, kind, name, precision
):
    """Half precision holds these weights exactly, as it does those of released models."""
    one = converted(kind)
    monkeypatch.setattr(
        module,
        'convert',
        lambda _network, _images, path, *_: shutil.copy(one.path, path),
    )
    model = PoseModel(one.config, one.checkpoint, 'cpu')
    export_model(model, tmp_path / 'out' / name, precision)
    detector = LandmarkDetector(one.config, one.checkpoint, 'cpu', 'torch')
    found = LandmarkDetector(tmp_path / 'out' / name)(image, BOXES)
    expected = detector(image, BOXES)
    assert points_apart(tmp_path / 'out' / name, image, found, expected).max() < 0.01
    files = {'a.xml': ['a.bin', 'a.xml'], 'b.xml': ['b.bin', 'b.xml']}
    written = sorted(p.name for p in (tmp_path / 'out').iterdir())
    assert written == files.get(name, ['b.onnx'])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            {'test_dataloader.dataset.pipeline': [dict(type='LoadDepth')]},
            'the step LoadDepth of the test pipeline cannot be exported',
        ),
        (
            {'model.test_cfg': dict(flip_test=True, flip_mode='udp_combined')},
            "flip_mode='udp_combined' cannot be exported",
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
    with pytest.raises(InputError, match=r'int8 can be written as OpenVINO \(\.xml\)'):
        export_model(model, tmp_path / 'a.onnx', 'int8')
    monkeypatch.setattr(files, 'find_spec', lambda name: True)
    with pytest.raises(InputError, match='int8 needs images'):
        export_model(model, tmp_path / 'a.xml', 'int8')
    for package in ('nncf', 'openvino'):
        monkeypatch.setattr(
            files, 'find_spec', lambda name, package=package: name != package
        )
        with pytest.raises(InputError, match=f'needs {package}: pip install {package}'):
            export_model(model, tmp_path / 'a.xml', 'int8')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['a.pth', 'b.pth']


def test_files_of_others(tmp_path, exported):
    import onnx

    _, path = exported
    model = onnx.load(path)
    for text, message in (
        (None, 'has no metadata'),
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


#: Only the packages that docs/how-to/export.md names, and their own, can be imported.
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
    counts, tables, refusal = done.stdout.strip().splitlines()
    assert (counts, tables) == ('1 0 2 3', 'True 1')
    assert 'a model that is not exported needs PyTorch and MMPose' in refusal
