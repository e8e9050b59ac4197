"""Nothing is sent over the network, and nothing written to the home but the cache."""

import os
import shutil
import subprocess
import sys

import pytest
from network_spy import spying
from tests_support import ROOT, save_untrained

for module in ('onnx', 'onnxscript', 'onnxruntime', 'openvino'):
    pytest.importorskip(module)

KEPT = ('PATH', 'SYSTEMROOT', 'TEMP', 'TMP', 'LD_LIBRARY_PATH', 'OMP_NUM_THREADS')

FINDS = """
import numpy as np
from mmlandmark import LandmarkDetector
detector = LandmarkDetector({model!r}, {checkpoint!r}, 'cpu', {backend!r})
assert detector.backend == {backend!r}
detector(np.zeros((64, 64), np.uint8))
"""


@pytest.fixture
def spied(tmp_path):
    """Runs Python in a home of its own; returns what it tried to reach, and its files."""
    (tmp_path / 'spy').mkdir()
    (tmp_path / 'home').mkdir()
    spy, report = spying(tmp_path / 'spy', [str(ROOT)])
    # not all: some send nothing where CI is set
    kept = {k: v for k, v in os.environ.items() if k in KEPT}
    home = dict.fromkeys(
        ('HOME', 'USERPROFILE', 'LOCALAPPDATA'), str(tmp_path / 'home')
    )
    variables = {**kept, **home, **spy}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=variables, cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        files = (path for path in (tmp_path / 'home').rglob('*') if path.is_file())
        return report.read_text(), {
            path.relative_to(tmp_path / 'home').parts[:2] for path in files
        }

    return run


TRIES = """
import socket, urllib.request
for call in (lambda: urllib.request.urlopen('http://example.org'),
             lambda: socket.socket().connect(('192.0.2.1', 80))):
    try:
        call()
    except OSError:
        pass
"""


def test_the_spy_sees(spied):
    reached, _ = spied('-c', TRIES)
    assert 'example.org' in reached
    assert '192.0.2.1' in reached


#: Ours, Matplotlib's and MMEngine's YAPF's; no telemetry files of the runtimes.
CACHES = {
    ('.cache', 'mmlandmark'),
    ('.cache', 'matplotlib'),
    ('.config', 'matplotlib'),
    ('.cache', 'YAPF'),
}


@pytest.fixture(scope='module')
def checkpoint(tiny_config, tmp_path_factory):
    return save_untrained(tiny_config, tmp_path_factory.mktemp('weights') / 'tiny.pth')


def test_imports_and_torch(spied, tiny_config, checkpoint):
    values = dict(model=str(tiny_config), checkpoint=str(checkpoint), backend='torch')
    code = 'import mmlandmark.web.app\n' + FINDS.format(**values)
    reached, left = spied('-c', code)
    assert reached == ''
    assert left <= CACHES - {('.cache', 'mmlandmark')}


def test_compiled_networks(spied, tmp_path, converted, tiny_config):
    """In one process, since each import takes seconds."""
    one = converted('tiny')
    cache = tmp_path / 'home' / '.cache' / 'mmlandmark'
    cache.mkdir(parents=True)
    shutil.copy(one.path, cache)
    values = dict(model=str(tiny_config), checkpoint=str(one.checkpoint))
    code = [FINDS.format(**values, backend=b) for b in ('openvino', 'onnxruntime')]
    reached, left = spied('-c', '\n'.join(code))
    assert reached == ''
    assert left <= CACHES
    assert [path.name for path in cache.iterdir()] == [one.path.name]


def test_export(spied, tiny_config, checkpoint, tmp_path):
    """The conversion itself: torch's exporter, ONNX and OpenVINO."""
    reached, left = spied(
        'tools/export.py', tiny_config, checkpoint,
        '--format', 'openvino', '--out', tmp_path / 'a.xml', '--tolerance', 1000,
    )  # fmt: skip
    assert reached == ''
    assert left <= CACHES
