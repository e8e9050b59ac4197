"""The metadata of an exported file is valid, or the file is refused with one line."""

import copy
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlandmark import InputError
from mmlandmark.inference.exported.cropping import Crop
from mmlandmark.inference.exported.decoding import Decoding
from mmlandmark.inference.exported.metadata import FORMAT, Metadata, PartsMetadata
from mmlandmark.inference.exported.model import ExportedModel
from mmlandmark.schemes import Scheme

SCHEME = Scheme('two', ('nose', 'chin'), ('n', 'c'))
VALUES = json.loads(
    json.dumps(
        dict(
            format=FORMAT,
            version='1',
            scheme=asdict(SCHEME),
            crop=asdict(Crop((64, 48), (1.0, 2.0, 3.0), (4.0,))),
            decoding=asdict(Decoding('dark', (64, 48))),
            calibration=dict(
                floor=1.0, slope=0.5, sharpest=1.0, median_expected_error=2.0,
                factors=dict(nose=1.0, chin=2.0),
            ),
            find_boxes='face',
            precision='fp16',
            source=dict(name='a.pth', sha256='0' * 64),
        )
    )
)  # fmt: skip


def read(values):
    return Metadata.from_text(json.dumps(values), Path('a.onnx'))


def test_what_was_written_is_read():
    found = read(VALUES)
    assert found.scheme == SCHEME
    assert found.crop == Crop((64, 48), (1.0, 2.0, 3.0), (4.0,))
    assert found.decoding == Decoding('dark', (64, 48))
    assert found.calibration.factors == dict(nose=1.0, chin=2.0)
    assert found.finds_faces
    assert not found.has_depth
    assert found.source == dict(name='a.pth fp16', sha256='0' * 64)


@pytest.mark.parametrize(
    ('place', 'value', 'message'),
    [
        ('crop.size', [-64, 48], 'size is -64, not 2 to 8192'),
        ('crop.size', [10**9, 10**9], 'size is 1000000000'),
        ('crop.size', [64.5, 48], 'size is not a number of whole pixels'),
        ('crop.size', [64], 'not enough values'),
        ('crop.size', 64, 'size is int, not list'),
        ('crop.mean', ['a'], 'mean is a'),
        ('crop.mean', [1.0, 2.0], 'mean and std do not fit the number of channels'),
        ('crop.std', [0], 'std is 0'),
        ('crop.std', [float('nan')], 'std is nan'),
        ('crop.gray', [1.0, 1.0], 'gray is not three weights'),
        ('crop.padding', 10**400, 'padding is 1000000'),
        ('crop.padding', float('inf'), 'padding is inf'),
        ('crop.rgb', 'yes', 'rgb is str, not bool'),
        ('crop.kind', ['box'], 'kind is'),
        ('decoding.kind', 'guess', "kind is 'guess'"),
        ('decoding.blur', 10, 'blur is 10, not an odd number'),
        ('decoding.blur', True, 'blur is True'),
        ('decoding.input_size', None, 'input_size is NoneType'),
        ('scheme.points', ['nose', 'nose'], 'its points need distinct names'),
        ('scheme.points', [1, 2], 'damaged'),
        ('scheme.skeleton', [[0, 5]], 'skeleton has an index out of range'),
        ('scheme', 'ibug68', 'scheme is str, not dict'),
        ('calibration', [], 'damaged'),
        ('calibration.floor', -1, 'floor is -1'),
        ('calibration.floor', 10**400, 'damaged'),
        ('calibration.factors', dict(nose=1), 'the calibration is of other points'),
        ('find_boxes', 'cats', "find_boxes is 'cats'"),
        ('depth', 'deep', "depth is 'deep'"),
        ('depth', 'face_shape', 'depth is not known for the scheme two'),
        ('source', None, 'source is NoneType'),
        ('source.name', 5, 'name is int, not str'),
        ('format', 99, 'is of format 99, this version reads 1'),
    ],
)
def test_a_value_that_cannot_be(place, value, message):
    values = copy.deepcopy(VALUES)
    *outer, last = place.split('.')
    inner = values
    for key in outer:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(InputError, match=message) as caught:
        read(values)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize('key', sorted(VALUES.keys() - {'version'}))
def test_a_value_that_is_missing(key):
    with pytest.raises(InputError, match=rf"damaged: KeyError\('{key}'\)"):
        read({k: v for k, v in VALUES.items() if k != key})


@pytest.mark.parametrize(
    'text', ['[' * 100_000, '{"a":' * 100_000, '9' * 5000, '\ud800', '', '[1]', '5']
)
def test_a_text_that_is_no_metadata(text):
    with pytest.raises(InputError, match=r'a\.onnx: its metadata is damaged'):
        Metadata.from_text(text, Path('a.onnx'))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.data())
def test_mutated_values_are_right_or_refused(data):
    values = copy.deepcopy(VALUES)
    for _ in range(data.draw(st.integers(1, 3))):
        inner = values
        while True:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            key = data.draw(st.sampled_from(keys))
            child = inner[key]
            if not isinstance(child, (dict, list)) or not child:
                break
            if data.draw(st.booleans()):
                break
            inner = child
        inner[key] = data.draw(ANY)
    try:
        found = read(values)
    except InputError:
        return
    box = np.array([0, 0, 9, 9], np.float32)
    crop = found.crop.cut(np.zeros((10, 10, 3), np.uint8), *found.crop.region(box))
    assert np.isfinite(crop).all()


@pytest.mark.parametrize(
    ('outputs', 'refused'),
    [
        (dict(heatmaps=np.ones((1, 2, 12, 16), np.float32)), False),
        (dict(heatmaps=np.ones((1, 3, 12, 16), np.float32)), True),
        (dict(heatmaps=np.ones((1, 2), np.float32)), True),
        (dict(coordinates=np.ones((1, 2, 2), np.float32)), True),
    ],
)
def test_a_network_that_gives_something_else(monkeypatch, outputs, refused):
    module = 'mmlandmark.inference.exported.model'
    opened = (lambda images: outputs), json.dumps(VALUES)
    monkeypatch.setattr(f'{module}.open_network', lambda *_: opened)
    monkeypatch.setattr(f'{module}.runtime_for', lambda *_: 'openvino')
    model = ExportedModel('a.onnx')
    task = np.zeros((20, 20, 3), np.uint8), np.array([0, 0, 19, 19], np.float32)
    if not refused:
        assert model.find([task])[0].points.shape == (2, 2)
        return
    with pytest.raises(InputError, match='does not give heatmaps of the 2 points'):
        model.find([task])


PARTS = dict(
    format=FORMAT,
    version='1',
    parts='fasseg6',
    crop=json.loads(json.dumps(asdict(Crop((16, 12), (1.0,), (2.0,), kind='whole')))),
    precision='fp16',
    source=dict(name='fasseg6', sha256='0' * 64),
)


def read_parts(values):
    return PartsMetadata.from_text(json.dumps(values), Path('a.onnx'))


def test_metadata_of_face_parts():
    found = read_parts(PARTS)
    assert found.scheme.name == 'fasseg6'
    assert found.crop == Crop((16, 12), (1.0,), (2.0,), kind='whole')
    with pytest.raises(InputError, match='use FaceParser'):
        read(PARTS)
    with pytest.raises(InputError, match='use LandmarkDetector'):
        read_parts(VALUES)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(parts='no_such'), 'no_such'),
        (dict(parts=3), 'parts is int, not str'),
        (dict(crop=dict(PARTS['crop'], kind='box')), "kind is 'box'"),
        (dict(source=None), 'source is NoneType'),
        (dict(format=2), 'is of format 2'),
    ],
)
def test_damaged_metadata_of_face_parts(change, message):
    with pytest.raises(InputError, match=message):
        read_parts(PARTS | change)
