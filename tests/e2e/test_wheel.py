"""A wheel holds all that a released name needs, and finds points far from the checkout."""

import shutil
import subprocess
import sys
import zipfile

import pytest
from tests_support import ROOT

from mmlandmark.engine.model_zoo import list_models

BUILD = """
import sys
from setuptools import build_meta
print(build_meta.build_wheel(sys.argv[1]))
"""

#: The three lines, on a picture that is drawn where they run.
LINES = """
import numpy as np
import mmlandmark
from mmlandmark import LandmarkDetector
detector = LandmarkDetector('ceph19-light', backend='torch')
(found,) = detector(np.zeros((320, 256), np.uint8))
print(mmlandmark.__file__, len(found.names), np.isfinite(found.points).all())
"""


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """Built from a copy, as building leaves files behind."""
    folder = tmp_path_factory.mktemp('wheel')
    source = folder / 'source'
    unwanted = shutil.ignore_patterns('__pycache__')
    for name in ('mmlandmark', 'checkpoints'):
        shutil.copytree(ROOT / name, source / name, ignore=unwanted)
    for name in ('pyproject.toml', 'setup.cfg', 'README.md', 'LICENSE'):
        shutil.copy(ROOT / name, source)
    run([sys.executable, '-c', BUILD, str(folder)], cwd=source)
    (built,) = folder.glob('mmlandmark-*.whl')
    return built


def run(command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_what_the_wheel_holds(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    needed = {'mmlandmark/py.typed', 'mmlandmark/face/mean_face68.csv'}
    for name in list_models():
        needed |= {f'mmlandmark/weights/{name}{suffix}' for suffix in ('.json', '.pth')}
    assert len(needed) >= 8
    assert needed <= held
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / 'mmlandmark').rglob('*.py')}
    assert modules <= held
    assert not [name for name in held if name.startswith(('tests', 'tools'))]


@pytest.mark.slow
def test_three_lines_away_from_the_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / 'installed')
    (tmp_path / 'empty').mkdir()
    printed = run(
        [sys.executable, '-W', 'ignore', '-c', LINES],
        cwd=tmp_path / 'empty',
        env={
            'PATH': '',
            'PYTHONPATH': str(tmp_path / 'installed'),
            'HOME': str(tmp_path),
        },
    )
    where, points, finite = printed.split()
    assert where == str(tmp_path / 'installed' / 'mmlandmark' / '__init__.py')
    assert (points, finite) == ('19', 'True')
