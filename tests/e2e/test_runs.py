"""Runs over folders and data sets: the files do not depend on how the run is executed."""

import csv
import json
import os
import shutil
import sys
from importlib.util import find_spec

import fork_server
import pytest
from PIL import Image
from tests_support import one_line_error, save_untrained

from mmlandmark import synthetic
from mmlandmark.utils.locks import exclusive
from mmlandmark.utils.plain_text import counted

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def checkpoint(tiny_config, tmp_path_factory):
    return save_untrained(tiny_config, tmp_path_factory.mktemp('weights') / 'tiny.pth')


@pytest.fixture
def find(run_command, tiny_config, checkpoint):
    def run(source, results, *more, **kwargs):
        return run_command('predict', '--img', source, '--config', tiny_config,
                        '--checkpoint', checkpoint, '--results', results, *more,
                        **kwargs)  # fmt: skip

    return run


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Eight drawn heads and a file that is not an image."""
    folder = tmp_path_factory.mktemp('in')
    for number, pixels in enumerate(synthetic.photo_frame(8, seed=3)['Image']):
        picture = Image.fromarray(pixels.reshape(224, 224, 3))
        picture.save(folder / f'h{number}.png')
    (folder / 'bad.png').write_bytes(b'no picture')
    return folder


@pytest.fixture(scope='module')
def whole(run_command, tiny_config, checkpoint, folder, tmp_path_factory):
    """The results of one process, the reference of the other tests."""
    out = tmp_path_factory.mktemp('whole') / 'p.jsonl'
    done = run_command('predict', '--img', folder, '--config', tiny_config,
                    '--checkpoint', checkpoint, '--results', out)  # fmt: skip
    assert done.returncode == 1, done.stderr  # for the file that was skipped
    text = done.stdout.replace('\n', ' ')
    assert '8 images: points in' in text
    assert 'skipped: ' in text
    assert 'bad.png is not an image' in text
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line['image'] for line in lines] == [
        path.as_posix() for path in sorted(folder.iterdir()) if path.stem != 'bad'
    ]
    assert all(len(line['predictions'][0]['points']) == 19 for line in lines)
    return out.read_bytes()


def test_a_second_run_finds_nothing_to_do(find, folder, whole, tmp_path):
    out = tmp_path / 'p.jsonl'
    out.write_bytes(whole)
    done = find(folder, out)
    assert '0 images: points in' in done.stdout
    assert '8 images already in the results' in done.stdout
    assert '--overwrite starts from the beginning' in done.stdout
    assert out.read_bytes() == whole
    done = find(folder, out, '--overwrite')
    assert '8 images: points in' in done.stdout
    assert out.read_bytes() == whole


def test_another_spacing_is_refused_and_begun_anew(find, folder, tmp_path):
    """Points at 0.1 mm per pixel would be reported as points at 0.5."""
    image, out = folder / 'h0.png', tmp_path / 'p.csv'
    assert find(image, out, '--mm-per-px', 0.1).returncode == 0
    before = out.read_bytes()
    for options in (
        ('--mm-per-px', 0.5),
        (),
        ('--mm-per-px', 0.1, '--low-confidence-mm', 1),
    ):
        done = find(image, out, *options)
        assert 'points found with other options' in one_line_error(done)
        assert out.read_bytes() == before
    done = find(image, out, '--mm-per-px', 0.5, '--overwrite')
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / 'p.jsonl').read_text())
    assert record['predictions'][0]['spacing'] == dict(sy=0.5, sx=0.5, source='given')


def test_a_run_that_another_is_writing_is_refused(find, folder, tmp_path):
    with exclusive(tmp_path / 'p.jsonl', 'a test'):
        done = find(folder / 'h0.png', tmp_path / 'p.csv')
    assert 'is in use by another run (process' in one_line_error(done)
    assert not (tmp_path / 'p.jsonl').exists()


def test_names_that_are_not_utf_8(find, folder, tmp_path):
    named = tmp_path / 'in'
    named.mkdir()
    try:
        shutil.copy(folder / 'h0.png', os.fsencode(named) + b'/caf\xe9.png')
    except OSError:
        pytest.skip('names of files are Unicode here')
    (named / 'b\udce9.png').write_bytes(b'no picture')
    done = find(named, tmp_path / 'p.csv', '--out', tmp_path / 'out')
    assert done.returncode == 1, done.stderr
    assert 'Traceback' not in done.stderr
    assert len(list((tmp_path / 'out').iterdir())) == 3
    assert 'caf\\xe9.png' in (tmp_path / 'p.csv').read_text()


def test_a_killed_run_goes_on(find, tiny_config, checkpoint, folder, whole, tmp_path):
    """A run killed by kill -9, with a partial last line."""
    many, out = tmp_path / 'in', tmp_path / 'p.jsonl'
    shutil.copytree(folder, many)
    for number in range(200):
        shutil.copy(next(folder.glob('[!b]*')), many / f'z{number}.png')
    command = [sys.executable, 'tools/inference.py', '--img', many, '--config',
               tiny_config, '--checkpoint', checkpoint, '--results', out]  # fmt: skip
    fork_server.kill_when(lambda: out.is_file() and out.stat().st_size, command, 0.01)
    kept = out.read_bytes()
    count = kept.count(b'\n')
    assert 0 < count < 208
    with out.open('ab') as file:
        file.write(b'{"image": "half')
    done = find(many, out)
    assert done.returncode == 1, done.stderr  # for the file that was skipped
    assert f'{208 - count} images: points in' in done.stdout
    assert f'{counted(count, "image")} already in the results' in done.stdout
    lines = out.read_bytes().splitlines()
    assert len(lines) == 208
    assert lines[:8] == whole.replace(bytes(folder), bytes(many)).splitlines()


def test_workers_write_the_same(find, folder, whole, tmp_path):
    out = tmp_path / 'p.csv'
    done = find(folder, out, '--workers', 2)
    assert done.returncode == 1, done.stderr  # for the file that was skipped
    assert 'bad.png is not an image' in done.stdout.replace('\n', ' ')
    assert (tmp_path / 'p.jsonl').read_bytes() == whole
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 19
    assert list(rows[0]) == ['image', 'landmark', 'x', 'y', 'score']


def test_torchrun_writes_the_same(find, folder, whole, tmp_path):
    launcher = (
        *(sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2'),
        '--master-port=29583',
    )
    done = find(folder, tmp_path / 'p.jsonl', launcher=launcher)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('8 images: points in') == 1
    assert 'bad.png is not an image' in done.stdout.replace('\n', ' ')
    assert (tmp_path / 'p.jsonl').read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ['p.jsonl']


@pytest.mark.skipif(not find_spec('ray'), reason='the extra ray is not installed')
def test_ray_writes_the_same(find, folder, whole, tmp_path):
    done = find(folder, tmp_path / 'p.jsonl', '--ray', '--workers', 2, real=True)
    assert done.returncode == 1, done.stderr  # for the file that was skipped
    assert 'bad.png is not an image' in done.stdout.replace('\n', ' ')
    assert (tmp_path / 'p.jsonl').read_bytes() == whole


def test_ray_that_is_not_there_is_reported(find, folder, tmp_path):
    if find_spec('ray'):
        pytest.skip('Ray is installed')
    done = find(folder, tmp_path / 'p.jsonl', '--ray')
    assert "pip install 'mmlandmark[ray]'" in one_line_error(done)


def test_a_data_set_to_coco_and_back_to_training(find, run_command, prepared, tmp_path):
    data = shutil.copytree(prepared, tmp_path / 'data')
    listed = json.loads((data / 'test.json').read_text())
    listed['images'][0]['pixel_spacing'] = [0.2, 0.1]
    source = data / 'spaced.json'
    source.write_text(json.dumps(listed))
    out = data / 'found.json'  # no image outside the folder of a COCO file is read
    done = find(source, out)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert len(found['images']) == len(found['annotations']) == 5
    assert found['images'][0]['pixel_spacing'] == [0.2, 0.1]
    assert found['images'][0]['pixel_spacing_source'] == 'pixel_spacing'
    assert 'pixel_spacing' not in found['images'][1]
    done = run_command('prepare', 'coco', '--src', out, '--out', tmp_path / 'own',
                    '--val', 0.2, '--test', 0.2)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'test 1, train 3, val 1' in done.stdout.replace('\n', ' ')


def test_both_results_and_files_of_each_image(find, folder, tmp_path):
    image = folder / 'h0.png'
    done = find(image, tmp_path / 'p.csv', '--out', tmp_path / 'out')
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / 'out').iterdir()}
    assert names == {f'{image.stem}{end}' for end in ('.json', '.csv', '_overlay.png')}


OTHER = dict(image='a', width=1, height=1, model='m', predictions=[])


@pytest.mark.parametrize(
    ('results', 'text', 'message'),
    [
        ('p.xml', None, '.jsonl, .csv or .json'),
        ('none/p.csv', None, 'no folder'),
        ('p.jsonl', 'a letter\n', 'is not a record of predicted points'),
        ('p.csv', json.dumps(OTHER) + '\n', 'another model'),
    ],
)
def test_results_that_cannot_be_used(find, folder, tmp_path, results, text, message):
    if text:
        (tmp_path / 'p.jsonl').write_text(text)
    done = find(folder, tmp_path / results)
    assert message in one_line_error(done)
    if text:  # nothing already written is lost
        assert (tmp_path / 'p.jsonl').read_text() == text
