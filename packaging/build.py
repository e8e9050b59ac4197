"""Build the wheels of mmlandmark, mmlandmark-lite and the two replacements.

python packaging/build.py dist
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What a wheel of mmlandmark is built from.
SOURCES = ('mmlandmark', 'checkpoints', 'configs')
FILES = ('pyproject.toml', 'setup.cfg', 'setup.py', 'README.md', 'LICENSE')

STAND_INS = ('xtcocotools', 'chumpy')


def build_all(out):
    """Write the four wheels to a folder; wheels of the same name are replaced."""
    out.mkdir(parents=True, exist_ok=True)
    for name in STAND_INS:
        build(copy_of(ROOT / 'packaging' / name), out)
    build(copy_of_tree(), out)
    build(copy_of_tree(), out, MMLANDMARK_LITE='1')


def copy_of(folder, into=None):
    """A copy without what earlier builds left, which would get into the wheel."""
    into = into or Path(tempfile.mkdtemp()) / folder.name
    unwanted = shutil.ignore_patterns('__pycache__', 'build', '*.egg-info')
    return Path(shutil.copytree(folder, into, ignore=unwanted))


def copy_of_tree():
    """A copy of what a wheel of mmlandmark is built from."""
    tree = Path(tempfile.mkdtemp())
    for name in SOURCES:
        copy_of(ROOT / name, tree / name)
    for name in FILES:
        shutil.copy(ROOT / name, tree)
    return tree


def build(source, out, **environment):
    """Build the wheel of a copied project, in isolation, and remove the copy."""
    command = [sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps']
    command += ['--disable-pip-version-check', '-w', str(out), str(source)]
    try:
        subprocess.run(command, check=True, env={**os.environ, **environment})
    finally:
        shutil.rmtree(source)


if __name__ == '__main__':
    build_all(Path(sys.argv[1]))
