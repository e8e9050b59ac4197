"""Opening exported files, which needs neither torch nor MMPose."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.inference.backends import runtimes
from mmlandmark.inference.backends.runtimes import open_network, runtime_for


def needs(*modules):
    missing = [name for name in modules if not importlib.util.find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f'{missing} not installed')


@pytest.fixture
def relu(tmp_path):
    """A network of one operation, with the metadata ``[1, 2]``."""
    onnx = pytest.importorskip('onnx')
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 4])
        for name in ('images', 'heatmaps')
    ]
    node = onnx.helper.make_node('Relu', ['images'], ['heatmaps'])
    graph = onnx.helper.make_graph([node], 'relu', ends[:1], ends[1:])
    opset = [onnx.helper.make_opsetid('', 18)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    model.metadata_props.add(key='mmlandmark', value='[1, 2]')
    onnx.save(model, tmp_path / 'relu.onnx')
    return tmp_path / 'relu.onnx'


@pytest.mark.parametrize(
    'runtime',
    [
        pytest.param('openvino', marks=needs('openvino')),
        pytest.param('onnxruntime', marks=needs('onnxruntime')),
    ],
)
def test_outputs_by_name_and_metadata(relu, runtime):
    run, text = open_network(relu, runtime)
    for rows in (1, 3):
        given = np.tile(np.float32([-1, 2, -3, 4]), (rows, 1))
        np.testing.assert_array_equal(run(given)['heatmaps'], [[0, 2, 0, 4]] * rows)
    assert text == '[1, 2]'
    relu.write_bytes(relu.read_bytes()[:60])
    with pytest.raises(InputError, match=r'relu\.onnx cannot be opened by'):
        open_network(relu, runtime)


@needs('openvino', 'onnx')
def test_openvino_files_need_their_weights(relu):
    from mmlandmark.inference.export.files import write_openvino

    path = relu.with_suffix('.xml')
    write_openvino(relu, path, '{"a": 1}', 'fp32')
    run, text = open_network(path, 'openvino')
    np.testing.assert_array_equal(
        run(np.ones((1, 4), np.float32))['heatmaps'], [[1] * 4]
    )
    assert text == '{"a": 1}'
    path.with_suffix('.bin').unlink()
    with pytest.raises(InputError, match=r'relu\.bin, are not beside it'):
        open_network(path, 'openvino')


@pytest.mark.parametrize(
    ('installed', 'name', 'backend', 'expected'),
    [
        ({'openvino', 'onnxruntime'}, 'a.onnx', 'auto', 'onnxruntime'),
        ({'openvino'}, 'a.onnx', 'auto', 'openvino'),
        ({'onnxruntime'}, 'a.onnx', 'auto', 'onnxruntime'),
        ({'openvino', 'onnxruntime'}, 'a.onnx', 'openvino', 'openvino'),
        ({'openvino'}, 'a.xml', 'auto', 'openvino'),
        (set(), 'a.onnx', 'auto', 'a.onnx needs onnxruntime: pip install onnxruntime'),
        ({'onnxruntime'}, 'a.xml', 'auto', 'a.xml needs openvino'),
        ({'onnxruntime'}, 'a.xml', 'onnxruntime', 'a.xml runs on openvino, not on'),
        ({'torch'}, 'a.onnx', 'torch', 'a.onnx runs on onnxruntime or openvino'),
        (set(), 'a.onnx', 'tensorrt', 'one of auto, torch, onnxruntime, openvino'),
    ],
)
def test_what_runs_a_file(monkeypatch, installed, name, backend, expected):
    monkeypatch.setattr(runtimes, 'find_spec', lambda module: module in installed)
    if expected in runtimes.COMPILED:
        assert runtime_for(Path(name), backend) == expected
        return
    with pytest.raises(InputError, match=expected):
        runtime_for(Path(name), backend)


def test_exported_files_run_on_the_cpu():
    with pytest.raises(InputError, match="on the CPU, not on 'cuda:0'"):
        runtime_for(Path('a.onnx'), 'auto', 'cuda:0')
    with pytest.raises(InputError, match=r'no exported model at none\.onnx'):
        open_network(Path('none.onnx'), 'onnxruntime')


@pytest.mark.parametrize(
    ('source', 'exported'),
    [('a.onnx', True), (Path('a.xml'), True), ('ceph19', False), (dict(), False)],
)
def test_is_exported(source, exported):
    assert runtimes.is_exported(source) is exported


@pytest.mark.parametrize(('named', 'expected'), [('3', 3), ('0', 7), ('', 7), ('x', 7)])
def test_threads(monkeypatch, named, expected):
    monkeypatch.setenv('OMP_NUM_THREADS', named)
    monkeypatch.setattr(runtimes, 'usable_cores', lambda: 7)
    assert runtimes.threads() == expected


@pytest.mark.parametrize(
    ('backend', 'device', 'message'),
    [
        ('tensorrt', None, 'one of auto, torch, onnxruntime, openvino'),
        ('openvino', None, r"pip install 'mmlandmark\[openvino\]'"),
        ('onnxruntime', 'cuda:0', "runs on the CPU, not on 'cuda:0'"),
    ],
)
def test_unknown_missing_and_unfit_backends(monkeypatch, backend, device, message):
    monkeypatch.setattr(runtimes, 'find_spec', lambda name: name != 'openvino')
    with pytest.raises(InputError, match=message):
        runtimes.check_backend(backend, device)
    for usable in ('auto', 'torch'):
        runtimes.check_backend(usable, 'cuda:0')
    runtimes.check_backend('onnxruntime', 'cpu')


SIGNALLED = """
import gc, os, signal
from pathlib import Path
import numpy as np
import openvino
from openvino import opset8
from mmlandmark.inference.backends.runtimes import _openvino

x = opset8.parameter([1, 4], np.float32)
openvino.save_model(openvino.Model([opset8.relu(x)], [x]), 'relu.xml')
signal.signal(signal.SIGCHLD, lambda *_: print('delivered'))
networks = [_openvino(Path('relu.xml')) for _ in range(3)]
while networks:
    networks.pop(0)
    gc.collect()
os.kill(os.getpid(), signal.SIGCHLD)
"""


@needs('openvino')
def test_signals_arrive_after_networks_have_gone(tmp_path):
    """A deleted Core left a dangling signal stack: the next signal crashed the process."""
    done = subprocess.run(
        [sys.executable, '-c', SIGNALLED], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # a library's own child process may end meanwhile, which is delivered too
    assert set(done.stdout.split()) == {'delivered'}
