"""An earlier prepared folder stays until the new one is complete."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from prepared_samples import SCHEME, read, sample

from mmlandmark import InputError
from mmlandmark.datasets.preparation import folder as prepare_folder
from mmlandmark.datasets.preparation.prepare import write_dataset
from mmlandmark.structures.sample import ReadReport


def prepare(out, name='x', **kwargs):
    return write_dataset([sample(name)], SCHEME, out, ReadReport(), **kwargs)


def one_id(out):
    return read(out)['images'][0]['sample_id']


def test_a_rename_that_fails_brings_the_old_data_back(tmp_path, monkeypatch):
    out = tmp_path / 'out'
    prepare(out, 'old')
    rename = Path.rename

    def fails(path, target):
        if path.name == 'out.partial':
            raise OSError(28, 'No space left on device')
        return rename(path, target)

    monkeypatch.setattr(Path, 'rename', fails)
    with pytest.raises(
        InputError, match='out cannot be written: No space left on device'
    ):
        prepare(out, 'new', overwrite=True)
    assert one_id(out) == 'old'
    assert [path.name for path in tmp_path.iterdir()] == ['out']


def test_what_a_kill_between_two_renames_moved_away_is_put_back(tmp_path):
    out = tmp_path / 'out'
    prepare(out, 'old')
    out.rename(prepare_folder._old(out))
    with pytest.raises(InputError, match='exists already'):
        prepare(out, 'new')
    assert one_id(out) == 'old'


def test_what_a_kill_before_the_last_step_left_is_removed(tmp_path):
    out = tmp_path / 'out'
    prepare(out, 'older')
    out.rename(prepare_folder._old(out))
    prepare(tmp_path / 'other', 'old')
    (tmp_path / 'other').rename(out)
    prepare(out, 'new', overwrite=True)
    assert one_id(out) == 'new'
    assert [path.name for path in tmp_path.iterdir()] == ['out']


@pytest.mark.skipif(sys.platform == 'win32', reason='it has no such limit')
@pytest.mark.parametrize('limit', [300, 20_000])
@pytest.mark.parametrize('old', [True, False])
def test_a_full_disk(tmp_path, limit, old):
    """A limit on the size of files replaces it: the same error with another number."""
    out = tmp_path / 'out'
    if old:
        prepare(out, 'old')
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    np.save(tmp_path / 'noise.npy', noise)
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
import numpy as np
from pathlib import Path
from mmlandmark.cli import common
from mmlandmark.datasets.preparation.prepare import write_dataset
from mmlandmark.formats import ReadReport
from prepared_samples import SCHEME, sample
noise = np.load({str(tmp_path / 'noise.npy')!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
points = [(1, 2), (3, 4)]
samples = [sample(f's{{i}}', points, image=noise[:9, :9] if i else noise) for i in range(9)]
common.run(lambda: write_dataset(samples, SCHEME, Path({str(out)!r}), ReadReport(),
                                 overwrite=True), needs_stack=False)
"""
    done = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        env=os.environ | dict(PYTHONDONTWRITEBYTECODE='1'),
        check=False,
    )
    assert done.returncode == 2
    assert 'cannot be written' in done.stderr
    assert 'Traceback' not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert out.exists() == old
    if old:
        assert one_id(out) == 'old'
    assert not (tmp_path / 'out.partial').exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputError, match='out cannot be written'):
        prepare(tmp_path / 'file' / 'out')


def test_two_preparations_of_one_folder(tmp_path):
    out = tmp_path / 'out'
    prepare(out, 'old')
    with (
        prepare_folder.whole_folder(out, overwrite=True),
        pytest.raises(
            InputError, match=r'out is in use by a preparation \(process \d+'
        ),
    ):
        prepare(out, 'new', overwrite=True)
    with (
        prepare_folder.whole_folder(tmp_path / 'other'),
        pytest.raises(InputError, match='other is in use by a preparation'),
    ):
        prepare_folder.refuse_existing(tmp_path / 'other', overwrite=False)
    assert {path.name for path in tmp_path.iterdir()} == {'other', 'out'}
