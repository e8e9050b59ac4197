"""Shared data: two dozen synthetic heads as the photograph set, prepared; real data."""

import os
from functools import cache, partial
from pathlib import Path

import fork_server
import pytest
from converted_models import convert_once
from hypothesis import settings
from mmengine.registry import init_default_scope
from tests_support import ROOT, real_data, yunet_file

from mmlandmark import formats as readers
from mmlandmark import schemes, synthetic
from mmlandmark.datasets.preparation import prepare
from mmlandmark.engine import register  # noqa: F401

# the same examples in every run: HYPOTHESIS_PROFILE=default draws others
settings.register_profile('reproducible', derandomize=True)
settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'reproducible'))

#: Where a test names no backend: the first use of another one is a conversion.
os.environ.setdefault('MMLANDMARK_BACKEND', 'torch')

#: No test fetches the face detector; those that need it take :func:`yunet`.
os.environ.setdefault('MMLANDMARK_OFFLINE', '1')


@pytest.fixture(scope='session')
def yunet() -> Path:
    """The file of the face detector YuNet, where it is."""
    return yunet_file()


@pytest.fixture(autouse=True, scope='module')
def scope():
    """MMPose's registries, whichever config the module before has loaded."""
    init_default_scope('mmpose')


@pytest.fixture(scope='session')
def photo_pickle(tmp_path_factory) -> Path:
    """24 synthetic heads, pickled as the photograph set is."""
    path = tmp_path_factory.mktemp('photo') / 'heads.pkl'
    synthetic.photo_frame(24, seed=3).to_pickle(path)
    return path


@pytest.fixture(scope='session')
def prepared(photo_pickle, tmp_path_factory) -> Path:
    """The same heads prepared: train, val, test and trainval."""
    out = tmp_path_factory.mktemp('prepared') / 'photo'
    report = readers.ReadReport()
    samples = readers.read_photo_pickle(photo_pickle, report)
    prepare.write_dataset(samples, schemes.PHOTO19, out, report)
    return out


@pytest.fixture(scope='session')
def tiny_config() -> Path:
    """A config of seconds: the smallest HRNet, 64x64 pictures."""
    return ROOT / 'tests' / 'tiny.py'


@pytest.fixture(scope='session')
def shared_cache(tmp_path_factory) -> Path:
    """A cache of converted models that all processes of this run of the tests share."""
    base = tmp_path_factory.getbasetemp()
    folder = (
        base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base
    ) / 'converted'
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope='session')
def converted(shared_cache):
    """A random model converted at its first use: ``converted('tiny')``."""
    for module in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
        pytest.importorskip(module)
    return cache(partial(convert_once, folder=shared_cache))


@pytest.fixture(scope='session')
def isbi2015() -> Path:
    """The real radiographs, where they are."""
    return real_data('isbi2015', 'the ISBI 2015 radiographs are')


@pytest.fixture(scope='session')
def faces_300w() -> Path:
    """Real photographs of 300-W with their .pts files, where they are."""
    return real_data('300w', 'the photographs of 300-W are')


@pytest.fixture(scope='session')
def aflw2000_3d() -> Path:
    """Real faces of AFLW2000-3D, ``original`` and ``recropped``, where they are."""
    return real_data('aflw2000-3d', 'the faces of AFLW2000-3D are')


@pytest.fixture(scope='session')
def youtube_faces() -> Path:
    """Frames of YouTube Faces with 68 points in a table, where they are."""
    return real_data('youtube_faces', 'the YouTube Faces frames are')


@pytest.fixture(scope='session')
def run_tool():
    """Run a script in tools/ as a user does; returns the finished process."""

    def run(tool: str, *arguments, **kwargs):
        return fork_server.run(ROOT / 'tools' / f'{tool}.py', *arguments, **kwargs)

    return run


@pytest.fixture(scope='session')
def run_command():
    """Run ``mmlandmark COMMAND`` as a user does; returns the finished process."""

    def run(*arguments, **kwargs):
        return fork_server.run(*fork_server.COMMAND, *arguments, **kwargs)

    return run
