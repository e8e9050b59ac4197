"""Each shim, in a fresh interpreter where it must change what an import finds."""

import importlib
import io
import pickle
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer

from mmlandmark.compat import shims as compat


def run_python(code):
    """Run code in a new process; return what it printed."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', textwrap.dedent(code)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_every_shim_says_whether_it_acted():
    assert set(compat.active) <= {shim.__name__ for shim in compat.SHIMS}
    before = list(compat.active)
    compat.apply()  # once is enough
    assert compat.active == before


def test_torchvision_imports_beside_any_torch():
    from torchvision import models, transforms

    assert transforms.CenterCrop(2)(torch.zeros(1, 4, 4)).shape == (1, 2, 2)
    assert models.resnet18(weights=None).eval()(torch.zeros(1, 3, 32, 32)).shape == (
        1,
        1000,
    )


def test_torchvision_shim_leaves_other_errors():
    printed = run_python(
        """
        import importlib
        from mmlandmark.compat import shims as compat
        def fail(name):
            raise RuntimeError('something else')
        compat.importlib.import_module = fail
        try:
            compat.torchvision_operators()
        except RuntimeError as error:
            print(error)
        """
    )
    assert printed == 'something else'


def test_packages_are_found_without_pkg_resources():
    """As in an environment where setuptools 82, or none, is installed."""
    printed = run_python(
        """
        import sys
        sys.modules['pkg_resources'] = None  # importing it fails
        import mmlandmark.engine.register
        from mmengine.hub import get_config
        from mmengine.utils import get_installed_path, is_installed
        import mmpose.apis
        config = get_config('mmpose::_base_/default_runtime.py')
        print(config.default_scope, is_installed('mmpose'), is_installed('nothing'),
              get_installed_path('mmpose') == mmpose.__path__[0])
        """
    )
    assert printed == 'mmpose True False True'


@pytest.mark.parametrize(
    ('name', 'module'), [('mmpose', 'mmpose'), ('opencv-python', 'cv2')]
)
def test_the_folder_of_a_package_by_either_name(name, module):
    folder = Path(importlib.import_module(module).__file__).parent
    assert Path(compat._installed_path(name)) == folder
    assert compat._is_installed(name)


def test_the_folder_of_a_package_that_is_not_installed():
    with pytest.raises(metadata.PackageNotFoundError):
        compat._installed_path('not_there')
    assert not compat._is_installed('not_there')


def test_mmpose_imports_without_mmcv_operators():
    printed = run_python(
        """
        import mmlandmark.engine.register, sys
        from mmcv.ops import nms
        from mmengine.utils.dl_utils import mmcv_full_available
        try:
            nms(None, None, 0.5)
        except Exception as error:
            print('mmcv._ext' in sys.modules or mmcv_full_available(), error)
        """
    )
    if 'mmpose_models_without_mmcv_ops' in compat.active:
        assert printed.startswith('False')


def test_the_stand_in_names_operators_but_calls_none():
    stand_in = compat._MissingOperators('mmcv._ext')
    with pytest.raises(RuntimeError, match='nms needs full mmcv'):
        stand_in.nms()
    with pytest.raises(AttributeError):
        _ = stand_in.__path__


def saved(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    return buffer


def test_mmengine_checkpoints_load_safely():
    history = HistoryBuffer()
    history.update(1.0)
    history.update(4.0)
    checkpoint = dict(
        history=history,
        scalar=np.float64(2.5),
        array=np.arange(3, dtype=np.int64),
        flags=np.array([True]),
        empty=np.empty(0, np.uint8),
    )
    loaded = torch.load(saved(checkpoint), weights_only=True)
    assert loaded['history'].mean() == 2.5
    assert loaded['scalar'] == 2.5
    np.testing.assert_array_equal(loaded['array'], [0, 1, 2])
    assert loaded['empty'].shape == (0,)


class CallsEval:
    def __reduce__(self):
        return eval, ('1+1',)


class NamesGlobals:
    """A way to ``eval`` that a whole ``getattr`` would leave open."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


class NamesOther:
    def __reduce__(self):
        return getattr, (dict, 'mean')


@pytest.mark.parametrize('hostile', [CallsEval(), NamesGlobals(), NamesOther()])
def test_hostile_checkpoints_are_still_refused(hostile):
    with pytest.raises(pickle.UnpicklingError):
        torch.load(saved(dict(a=hostile)), weights_only=True)


def test_downloads_are_read_without_code():
    from mmengine.runner import checkpoint

    assert checkpoint.load_url.keywords == dict(weights_only=True)
    assert compat.downloads_without_code() is False


def test_a_config_is_laid_out_once(monkeypatch):
    from mmengine.config import Config, config

    calls = []

    def layout(text, style_config):
        calls.append(text)
        return f'# laid out\n{text}', True

    monkeypatch.setattr(config, 'FormatCode', layout)
    assert compat.config_text_once() is True
    assert compat.config_text_once() is False
    one, two = Config(dict(a=1)), Config(dict(a=2))
    texts = [one.pretty_text, one.pretty_text, two.pretty_text, one.pretty_text]
    assert texts == [f'# laid out\na={n}' for n in (1, 1, 2, 1)]
    assert calls == ['a=1', 'a=2', 'a=1']
