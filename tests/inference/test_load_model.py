"""What ``backend='auto'`` takes; no model is built here."""

import sys

import pytest

from mmlandmark import InputError
from mmlandmark.inference import load_model as choose
from mmlandmark.inference.backends.runtimes import ConversionError

FAST = {'onnx', 'onnxscript', 'openvino', 'onnxruntime'}


class Opened:
    """Stands for a model; notes how it was asked for."""

    def __init__(self, *arguments):
        self.arguments = arguments


@pytest.fixture
def opens(monkeypatch):
    """Ask for a model; what is installed and there is named."""
    monkeypatch.delenv(choose.VARIABLE, raising=False)
    monkeypatch.setattr(choose, 'ExportedModel', Opened)
    monkeypatch.setattr(choose, '_named', lambda *given: Opened(*given))

    def ask(*given, installed=FAST, gpu=False):
        monkeypatch.setattr(choose, 'find_spec', lambda name: name in installed)
        monkeypatch.setattr(choose, '_has_gpu', lambda: gpu)
        return choose.load_model(*given).arguments

    return ask


@pytest.mark.parametrize(
    ('installed', 'gpu', 'device', 'expected'),
    [
        (FAST, False, None, 'openvino'),
        (FAST - {'openvino'}, False, 'cpu', 'onnxruntime'),
        (FAST - {'onnxscript'}, False, None, 'torch'),
        (set(), False, None, 'torch'),
        (FAST, True, None, 'torch'),
        (FAST, True, 'cpu', 'openvino'),
        (FAST, False, 'cuda:0', 'torch'),
    ],
)
def test_the_fastest_for_a_released_name(opens, installed, gpu, device, expected):
    asked = opens('ceph19', None, device, 'auto', installed=installed, gpu=gpu)
    assert asked == ('ceph19', None, device, expected)


@pytest.mark.parametrize(
    ('name', 'checkpoint', 'backend', 'expected'),
    [
        ('ceph19', None, 'torch', 'torch'),
        ('ceph19', None, 'onnxruntime', 'onnxruntime'),
        ('ceph19', 'mine.pth', 'auto', 'torch'),  # not the released weights
        ('work_dirs/mine', None, 'auto', 'torch'),
        ('work_dirs/mine', None, 'openvino', 'openvino'),
    ],
)
def test_what_is_named_is_taken(opens, name, checkpoint, backend, expected):
    asked = opens(name, checkpoint, None, backend)
    assert asked == (name, checkpoint, None, expected)


def test_the_environment_says_what_auto_is(opens, monkeypatch):
    monkeypatch.setenv(choose.VARIABLE, 'torch')
    assert opens('ceph19', None, None, 'auto')[-1] == 'torch'
    assert opens('ceph19', None, None, 'openvino')[-1] == 'openvino'
    # a file that torch cannot run is not asked to
    assert opens('a.onnx', None, None, 'auto') == ('a.onnx', 'auto', None)
    monkeypatch.setenv(choose.VARIABLE, 'tensorrt')
    with pytest.raises(InputError, match="not 'tensorrt'"):
        opens('ceph19', None, None, 'auto')


@pytest.mark.parametrize('error', [ConversionError, InputError])
def test_what_cannot_be_converted_is_run_by_torch(opens, monkeypatch, capsys, error):
    """An operator is missing, or there is no place to write the file."""

    def named(name, checkpoint, device, backend):
        if backend != 'torch':
            raise error('an operator is missing')
        return Opened(backend)

    monkeypatch.setattr(choose, '_named', named)
    assert opens('ceph19', None, None, 'auto') == ('torch',)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        'openvino left out: an operator is missing',
        'onnxruntime left out: an operator is missing',
    ]


def test_a_released_detector_is_converted_once(tmp_path, monkeypatch, capsys):
    pytest.importorskip('onnxscript')
    pytest.importorskip('openvino')
    monkeypatch.setenv('MMLANDMARK_CACHE', str(tmp_path))
    first = choose.load_model('face68', None, None, 'openvino')
    assert 'converting face68 for openvino, once' in capsys.readouterr().err
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith('face68_')
    monkeypatch.setitem(sys.modules, 'mmlandmark.inference.export.export', None)
    again = choose.load_model('face68', None, None, 'openvino')
    assert again.path == first.path == kept
    assert again.source['name'] == 'face68'
    assert capsys.readouterr().err == ''
    with pytest.raises(InputError, match='runs on the CPU'):
        choose.load_model('face68', None, 'cuda:0', 'openvino')
    assert kept.is_file()  # a mistake costs no conversion
