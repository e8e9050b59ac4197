"""Which backend runs a model; no model is built here."""

import pytest

from mmlandmark import InputError
from mmlandmark.inference import load_model as module
from mmlandmark.inference import model_spec
from mmlandmark.inference.backends import runtimes
from mmlandmark.inference.load_model import load_model

FAST = {'onnx', 'onnxscript', 'openvino', 'onnxruntime'}


class Loaded:
    """Stands for a model; notes the backend that runs it, and how."""

    def __init__(self, backend, how):
        self.loaded = (backend, how)


class Spec:
    source, recipe = dict(name='mine'), 'r'

    @classmethod
    def load(cls, name, checkpoint):
        return cls()

    def cache_key(self):
        return 'key'


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Load a model; what is installed and what was converted before are arguments."""
    monkeypatch.delenv(module.VARIABLE, raising=False)
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path))
    monkeypatch.setattr(model_spec, 'ModelSpec', Spec)
    monkeypatch.setattr(
        module, '_torch_model', lambda named, device: Loaded('torch', device)
    )
    monkeypatch.setattr(module, 'read_card', lambda name: dict(sha256='0'))
    monkeypatch.setattr(module, 'config_file', lambda name: None)
    monkeypatch.setattr(
        module,
        'ExportedModel',
        lambda path, backend, device=None, recipe='': Loaded(backend, 'file'),
    )
    monkeypatch.setattr(
        module,
        'open_or_convert',
        lambda path, backend, recipe, make: Loaded(backend, 'converted'),
    )

    def load(*given, installed=FAST, gpu=False, kept=False):
        for place in (module, runtimes):
            monkeypatch.setattr(place, 'find_spec', lambda name: name in installed)
        monkeypatch.setattr(module, 'has_gpu', lambda: gpu)
        monkeypatch.setattr(
            module,
            'open_converted',
            lambda path, backend, recipe: Loaded(backend, 'kept') if kept else None,
        )
        return load_model(*given).loaded

    return load


@pytest.mark.parametrize(
    ('installed', 'gpu', 'device', 'expected'),
    [
        (FAST, False, None, 'onnxruntime'),
        (FAST - {'onnxruntime'}, False, 'cpu', 'openvino'),
        ({'onnxruntime'}, False, None, 'onnxruntime'),
        (set(), False, None, 'torch'),
        (FAST, True, None, 'torch'),
        (FAST, True, 'cpu', 'onnxruntime'),
        (FAST, False, 'cuda:0', 'torch'),
    ],
)
def test_auto_runs_a_released_file(load, installed, gpu, device, expected):
    backend, how = load('ceph19', None, device, 'auto', installed=installed, gpu=gpu)
    assert backend == expected
    assert how == (device if expected == 'torch' else 'file')


@pytest.mark.parametrize(
    ('name', 'checkpoint', 'backend', 'expected'),
    [
        ('ceph19', None, 'torch', ('torch', None)),
        ('ceph19', None, 'onnxruntime', ('onnxruntime', 'file')),
        ('ceph19', 'mine.pth', 'auto', ('torch', None)),  # not the released weights
        ('work_dirs/mine', None, 'auto', ('torch', None)),
        ('work_dirs/mine', None, 'torch', ('torch', None)),
        ('work_dirs/mine', None, 'openvino', ('openvino', 'converted')),
    ],
)
def test_a_named_backend_is_used(load, name, checkpoint, backend, expected):
    assert load(name, checkpoint, None, backend) == expected


@pytest.mark.parametrize(
    ('installed', 'gpu', 'device', 'expected'),
    [
        (FAST, False, None, ('onnxruntime', 'kept')),
        # running a file needs no exporter
        ({'onnxruntime'}, False, 'cpu', ('onnxruntime', 'kept')),
        (set(), False, None, ('torch', None)),
        (FAST, True, None, ('torch', None)),
        (FAST, False, 'cuda:0', ('torch', 'cuda:0')),
    ],
)
def test_auto_uses_a_kept_conversion_of_a_training(
    load, capsys, installed, gpu, device, expected
):
    arguments = ('work_dirs/mine', None, device)
    assert load(*arguments, 'auto', installed=installed, gpu=gpu, kept=True) == expected
    assert (
        load(*arguments, 'torch', installed=installed, gpu=gpu, kept=True)[0] == 'torch'
    )
    assert capsys.readouterr() == ('', '')


def test_the_environment_replaces_auto(load, monkeypatch):
    monkeypatch.setenv(module.VARIABLE, 'torch')
    assert load('ceph19', None, None, 'auto')[0] == 'torch'
    assert load('ceph19', None, None, 'openvino')[0] == 'openvino'
    # torch cannot run an exported file
    assert load('a.onnx', None, None, 'auto') == ('auto', 'file')
    monkeypatch.setenv(module.VARIABLE, 'tensorrt')
    with pytest.raises(InputError, match="not 'tensorrt'"):
        load('ceph19', None, None, 'auto')


def test_a_mistake_costs_no_conversion(load):
    with pytest.raises(InputError, match='runs on the CPU'):
        load('face68', None, 'cuda:0', 'openvino')
    with pytest.raises(InputError, match=r"pip install 'mmlandmark\[openvino\]'"):
        load('work_dirs/mine', None, None, 'openvino', installed={'onnx'})
