"""A wheel holds all that a released name needs, and finds points far from the checkout."""

import runpy
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT

from mmlandmark.engine.config_files import CONFIGS
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
from mmlandmark import LandmarkDetector, synthetic
detector = LandmarkDetector('ceph19')
head = synthetic.draw_head(np.random.default_rng([7, 1]), 320)
(found,) = detector(head.image)
print(mmlandmark.__file__, len(found.names), np.isfinite(found.points).all())
"""


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """Built as by packaging/build.py, but not in isolation, which needs a network."""
    folder = tmp_path_factory.mktemp('wheel')
    build = runpy.run_path(str(ROOT / 'packaging' / 'build.py'))
    source = build['copy_of_tree']()
    run([sys.executable, '-c', BUILD, str(folder)], cwd=source)
    shutil.rmtree(source)
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
        needed |= {
            f'mmlandmark/weights/{name}{suffix}' for suffix in ('.json', '.onnx')
        }
    configs = {f'mmlandmark/{p.relative_to(ROOT)}' for p in CONFIGS.rglob('*.py')}
    assert len(configs) > 40
    assert configs <= held
    assert len(needed) >= 8
    assert needed <= held
    assert wheel.stat().st_size < 40_000_000
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / 'mmlandmark').rglob('*.py')}
    assert modules <= held
    assert not [name for name in held if name.startswith(('tests', 'tools'))]


@pytest.fixture
def installed(wheel, tmp_path):
    """Runs Python with what the wheel holds, in an empty folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / 'installed')
    (tmp_path / 'empty').mkdir()
    variables = dict(
        PATH='', PYTHONPATH=str(tmp_path / 'installed'), HOME=str(tmp_path)
    )

    def run_there(*arguments):
        command = [sys.executable, '-W', 'ignore', *map(str, arguments)]
        return run(command, cwd=tmp_path / 'empty', env=variables)

    return run_there


@pytest.mark.slow
def test_training_away_from_the_checkout(installed, tmp_path):
    rng = np.random.default_rng(0)
    rows = ['image,' + ','.join(f'{k}_x,{k}_y' for k in ('nose', 'chin'))]
    for name in (f'{i}.png' for i in range(8)):
        image = rng.integers(0, 255, (32, 32), np.uint8)
        Image.fromarray(image).save(tmp_path / 'empty' / name)
        rows.append(f'{name},10,12,20,{rng.integers(5, 25)}')
    (tmp_path / 'empty' / 'points.csv').write_text('\n'.join(rows))
    command = ('-m', 'mmlandmark.cli')
    installed(*command, 'config', 'csv_cnn2', '--out', 'my.py')
    for config in ('csv_cnn2', 'my.py'):
        installed(
            *(*command, 'train', config, '--data', 'points.csv', '--cfg-options'),
            *('train_cfg.max_epochs=1', 'train_dataloader.batch_size=2'),
            *('train_dataloader.num_workers=0', 'val_dataloader.num_workers=0'),
            *('train_dataloader.persistent_workers=False',),
            *('val_dataloader.persistent_workers=False',),
        )
    for name in ('csv_cnn2_points', 'my_points'):
        assert (tmp_path / 'empty' / 'work_dirs' / name / 'epoch_1.pth').is_file()


@pytest.mark.slow
def test_three_lines_away_from_the_checkout(installed, tmp_path):
    printed = installed('-c', LINES)
    where, points, finite = printed.split()
    assert where == str(tmp_path / 'installed' / 'mmlandmark' / '__init__.py')
    assert (points, finite) == ('19', 'True')
