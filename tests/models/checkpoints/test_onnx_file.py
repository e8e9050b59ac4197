"""Weights in exported files: what is not of this package's form is refused in one line."""

import json

import numpy as np
import pytest
import torch

from mmlandmark import InputError
from mmlandmark.models.checkpoints.weights import read_checkpoint

onnx = pytest.importorskip('onnx')


def write(path, weights, metadata=None, external=False):
    """A file of initialisers alone."""
    graph = onnx.helper.make_graph([], 'empty', [], [])
    for name, value in weights.items():
        one = onnx.numpy_helper.from_array(np.array(value), name)
        if external:
            one.ClearField('raw_data')
            one.data_location = onnx.TensorProto.EXTERNAL
            one.external_data.add(key='location', value='../../etc/passwd')
        graph.initializer.append(one)
    model = onnx.helper.make_model(graph)
    if metadata is not None:
        model.metadata_props.add(key='mmlandmark', value=json.dumps(metadata))
    onnx.save(model, path)
    return path


WEIGHTS = {
    'state_dict.a.weight': np.array([[1, -2.5]], np.float16),
    'state_dict.a.bias': np.array([0.5], np.float32),
    'val_1': np.array([3]),
}


@pytest.mark.parametrize(
    ('metadata', 'names'),
    [
        (dict(scheme=dict(points=['nose', 'chin'])),
         dict(keypoint_id2name={0: 'nose', 1: 'chin'})),
        (dict(parts='fasseg6'),
         dict(classes=['background', 'skin', 'hair and eyebrows', 'nose', 'mouth',
                       'eyes'])),
        (None, dict(keypoint_id2name={})),
    ],
)  # fmt: skip
def test_weights_and_names(tmp_path, metadata, names):
    found = read_checkpoint(write(tmp_path / 'a.onnx', WEIGHTS, metadata))
    assert found['meta']['dataset_meta'] == names
    state = found['state_dict']
    assert list(state) == ['a.weight', 'a.bias']
    assert state['a.weight'].dtype == torch.float16
    assert state['a.weight'].tolist() == [[1, -2.5]]
    assert state['a.bias'].tolist() == [0.5]


@pytest.mark.parametrize(
    ('weights', 'more', 'message'),
    [
        ({'val_1': np.array([3])}, {}, 'holds no weights that a training'),
        (WEIGHTS, dict(external=True), 'names another file'),
        (WEIGHTS, dict(metadata=[1]), 'is not a readable checkpoint'),
        (WEIGHTS, dict(metadata=dict(parts='x')), 'x'),
        ({'state_dict.a': np.array([np.nan])}, {}, 'NaN or infinite'),
    ],
)
def test_what_is_refused(tmp_path, weights, more, message):
    with pytest.raises(InputError, match=message):
        read_checkpoint(write(tmp_path / 'a.onnx', weights, **more))


def test_a_damaged_and_a_missing_file(tmp_path):
    path = write(tmp_path / 'a.onnx', WEIGHTS)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match='is not a readable checkpoint'):
        read_checkpoint(path)
    with pytest.raises(InputError, match='no checkpoint at'):
        read_checkpoint(tmp_path / 'b.onnx')
