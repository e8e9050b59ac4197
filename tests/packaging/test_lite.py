"""mmlandmark-lite: its requirements, and what runs with nothing but these."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import textwrap
from configparser import ConfigParser
from importlib import metadata

import pytest
from tests_support import ROOT

from mmlandmark.cli.main import COMMANDS
from mmlandmark.compat.stack import NOT_IN_LITE
from mmlandmark.utils import distribution

#: Hides what mmlandmark-lite does not require, as if it were not installed.
HIDE = f"""
import importlib, os, sys
class Hidden:
    def find_spec(self, name, *rest):
        if name.split('.')[0] in {sorted(NOT_IN_LITE | {'mmseg', 'setuptools'})}:
            raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
sys.meta_path.insert(0, Hidden())
# find_spec of a hidden module returns None
import importlib.util
real = importlib.util.find_spec
def find_spec(name, package=None):
    try:
        return real(name, package)
    except ModuleNotFoundError:
        return None
importlib.util.find_spec = find_spec
"""

#: Packages of mmlandmark whose modules all import on mmlandmark-lite.
WITHOUT_STACK = (
    *('cephalometry', 'face_parts', 'formats', 'io', 'report', 'schemes', 'structures'),
    *('synthetic', 'utils', 'visualization', 'cli', 'inference.exported'),
    *('inference.batch', 'inference.video', 'inference.backends.runtimes'),
    *('inference.detector', 'engine.model_zoo', 'evaluation.functional'),
)


METADATA = """
import sys
from setuptools import build_meta
print(build_meta.prepare_metadata_for_build_wheel(sys.argv[1]))
"""


@pytest.fixture(scope='module')
def lite(tmp_path_factory):
    """The metadata of mmlandmark-lite, without building it."""
    folder = tmp_path_factory.mktemp('lite')
    source = runpy.run_path(str(ROOT / 'packaging' / 'build.py'))['copy_of_tree']()
    done = subprocess.run(
        [sys.executable, '-c', METADATA, str(folder)],
        capture_output=True,
        text=True,
        cwd=source,
        env={**os.environ, 'MMLANDMARK_LITE': '1'},
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(source)
    (found,) = folder.glob('*.dist-info')
    return metadata.Distribution.at(found)


def test_requirements(lite):
    config = ConfigParser()
    config.read(ROOT / 'setup.cfg')
    full = config['options']['install_requires'].split('\n')
    required = [r for r in lite.requires if 'extra ==' not in r]
    assert lite.metadata['Name'] == 'mmlandmark-lite'
    assert sorted(re.match(r'[\w-]+', r)[0] for r in required) == [
        *('filelock', 'jinja2', 'matplotlib', 'numpy', 'onnxruntime', 'opencv-python'),
        *('pillow', 'pyyaml', 'rich'),
    ]
    assert 'numpy>=2.1,<3' in full
    assert 'numpy<3,>=2.1' in required
    extras = lite.metadata.get_all('Provides-Extra')
    assert extras == ['openvino', 'web', 'medical', 'ray']
    assert not NOT_IN_LITE & {re.match(r'[\w-]+', r)[0] for r in lite.requires}


def run_lite(code):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', HIDE + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_modules_import_without_the_stack():
    """One process imports them all; what they import must be in the list too."""
    printed = run_lite(
        f"""
        import pkgutil, mmlandmark
        wanted = {WITHOUT_STACK}
        needs_stack = ('mmlandmark.inference.batch.part_files',)
        for module in pkgutil.walk_packages(mmlandmark.__path__, 'mmlandmark.',
                                            onerror=lambda name: None):
            name = module.name.removeprefix('mmlandmark.')
            if name.startswith(wanted) and module.name not in needs_stack:
                importlib.import_module(module.name)
                print(module.name)
        """
    )
    assert len(printed) > 100
    assert 'mmlandmark.report.pdf' in printed


def test_the_help_of_every_command():
    printed = run_lite(
        f"""
        import contextlib, io
        from mmlandmark.cli.main import main
        for command in {list(COMMANDS)}:
            sys.argv = ['mmlandmark', command, '--help']
            with contextlib.redirect_stdout(io.StringIO()) as said:
                try:
                    main()
                except SystemExit as status:
                    code = status.code
            print(command, code, said.getvalue().startswith('usage: '))
        """
    )
    assert printed == [f'{command} 0 True' for command in COMMANDS]


@pytest.mark.parametrize(
    ('words', 'line'),
    [
        (['train', 'x'], 'this command needs PyTorch and MMPose, and torch is not in'),
        (['predict', '--img', 'x', '--model', 'x.py'], 'the config x.py needs PyTorch'),
        (['prepare', 'coco', '--src', 'x', '--out', 'y'], 'this needs mmengine: pip'),
        (['export', 'x', '--out', 'y.onnx'], 'torch'),
        (['mean-face', 'x', 'y.csv'], 'this needs scipy: pip inst'),
    ],
)
def test_what_needs_the_stack_says_how_to_install_it(words, line):
    (printed,) = run_lite(
        f"""
        import contextlib, io
        from mmlandmark.cli.main import main
        sys.argv = ['mmlandmark', *{words}]
        with contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                main()
            except SystemExit as status:
                assert status.code == 2, status.code
        print(said.getvalue().strip())
        """
    )
    assert printed.startswith('error: ')
    assert line in printed
    assert 'pip install mmlandmark' in printed


@pytest.mark.parametrize(
    ('versions', 'command'),
    [
        ({'mmlandmark': '0.1.0'}, "pip install 'mmlandmark[web]'"),
        ({'mmlandmark-lite': '0.1.0'}, "pip install 'mmlandmark-lite[web]'"),
        (
            {'mmlandmark': '0.1.0', 'mmlandmark-lite': '0.1.0'},
            "pip install 'mmlandmark[web]'",
        ),
        ({}, "pip install 'mmlandmark[web]'"),
    ],
)
def test_an_extra_is_of_the_distribution_that_is_installed(
    monkeypatch, versions, command
):
    monkeypatch.setattr(distribution, 'installed', versions.get)
    assert distribution.pip_install('web') == command
