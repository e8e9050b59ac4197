"""tools/prepare_data.py on COCO files: what it says, and with which status it ends."""

import json

import pytest
from coco_export import export, tables
from tests_support import one_line_error


def prepare(run_command, folder, *more, form='coco'):
    return run_command(
        'prepare', form, '--src', folder / 'in', '--out', folder / 'out',
        '--val', 0, '--test', 0, *more,
    )  # fmt: skip


@pytest.fixture
def two_kinds(tmp_path):
    names = ['i0.jpg', 'i1.jpg', 'i2.jpg']
    data = tables(names)
    data['categories'].append(dict(id=2, name='hand', keypoints=['p']))
    data['annotations'][2] |= dict(category_id=2, keypoints=[1, 2, 2])
    export(tmp_path / 'in', {'a.json': (data, names)})
    return tmp_path


def test_a_category_is_chosen(run_command, two_kinds):
    done = prepare(run_command, two_kinds)
    assert done.returncode == 0, done.stderr
    printed = ' '.join(done.stdout.split())
    assert (
        "1 annotations left out, of category 'hand' (category='hand' reads it"
        in printed
    )
    done = prepare(run_command, two_kinds, '--category', 'hand', '--overwrite')
    assert done.returncode == 0, done.stderr
    data = json.loads((two_kinds / 'out' / 'train.json').read_text())
    assert [image['file_name'] for image in data['images']] == ['i2.jpg']
    assert data['categories'][0]['keypoints'] == ['p']


def test_options_that_do_not_fit(run_command, two_kinds):
    done = prepare(run_command, two_kinds, '--category', 'head', form='cvat')
    assert '--category is for coco' in one_line_error(done)
    done = prepare(run_command, two_kinds, '--category', 'foot')
    assert "no category 'foot', it has head, hand" in one_line_error(done)


def test_what_was_prepared_is_prepared_again(run_command, tmp_path):
    names = ['i0.jpg', 'i1.jpg']
    files = {f'{part}.json': (tables([name]), [name])
             for part, name in zip(('train', 'val'), names, strict=True)}  # fmt: skip
    export(tmp_path / 'in', files)
    assert prepare(run_command, tmp_path).returncode == 0
    (tmp_path / 'in').rename(tmp_path / 'first')
    (tmp_path / 'out').rename(tmp_path / 'in')
    done = prepare(run_command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'train 1, val 1, trainval 2' in ' '.join(done.stdout.split())
