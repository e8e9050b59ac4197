import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlandmark import InputError
from mmlandmark.inference.batch.records import (
    drop_partial_line,
    finished_images,
    merge_shards,
    read_records,
    replaced,
    shards_of,
    write_record,
)
from mmlandmark.inference.batch.results import write_results
from mmlandmark.inference.batch.run import BatchSummary, _append
from mmlandmark.schemes import Scheme

OPTIONS = dict(recipe='r', faces='none', low_confidence_mm=2.0)


def record(image, model='a.pth 01', x=1.0, spacing=None, **options):
    point = dict(name='nose', x=x, y=2.0, score=1.0)
    prediction = dict(box=[0, 0, 9, 9], spacing=None, points=[point])
    return dict(
        image=image,
        width=10,
        height=10,
        model=model,
        options={**OPTIONS, 'spacing': spacing, **options},
        predictions=[prediction],
    )


def written(path, *records):
    with path.open('a') as file:
        for one in records:
            write_record(file, one)
    return path


def names(path):
    return [one['image'] for one in read_records(path)]


def test_what_is_written_is_read(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('a'), record('b', x=3.5))
    assert list(read_records(path)) == [record('a'), record('b', x=3.5)]


def test_a_torn_line_is_left_out_and_mended(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('a'), record('b'))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"image": "c", "pred')
    assert names(path) == ['a', 'b']
    drop_partial_line(path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize('line', ['no json', '[]', '{"image": "a"}', '{}', '5'])
def test_a_file_of_another_kind(tmp_path, line):
    path = written(tmp_path / 'a.jsonl', record('a'))
    with path.open('a') as file:
        file.write(line + '\n')
    with pytest.raises(InputError, match='line 2 is not a record'):
        list(read_records(path))


def test_no_file(tmp_path):
    with pytest.raises(InputError, match='no results at'):
        list(read_records(tmp_path / 'none.jsonl'))


def test_finished_images_of_this_model_alone(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('a'), record('b'))
    part = written(tmp_path / 'a.jsonl.part1', record('c'))
    none = tmp_path / 'none'
    found = finished_images([path, part, none], 'a.pth 01', OPTIONS, {})
    assert found == {'a', 'b', 'c'}
    with pytest.raises(InputError, match=r'another model \(a.pth 01\).*overwrite it'):
        finished_images([path], 'b.pth 02', OPTIONS, {})


@pytest.mark.parametrize(
    ('options', 'spacings', 'message'),
    [
        (OPTIONS, {'a': [0.1, 0.1], 'b': None}, None),
        (OPTIONS, {'new': [0.5, 0.5]}, None),  # those of earlier runs are as they were
        (OPTIONS, {'a': [0.5, 0.5]}, r'spacing \[0.1, 0.1\], now \[0.5, 0.5\]'),
        (OPTIONS, {'a': None}, r'spacing \[0.1, 0.1\], now None'),
        (OPTIONS, {'b': [0.5, 0.5]}, r'spacing None, now \[0.5, 0.5\]'),
        ({**OPTIONS, 'low_confidence_mm': 1.0}, {}, 'low_confidence_mm 2.0, now 1.0'),
        ({**OPTIONS, 'recipe': 'other'}, {}, 'recipe r, now other'),
        ({**OPTIONS, 'faces': 'OpenCV'}, {}, 'faces none, now OpenCV'),
        ({**OPTIONS, 'later': 1}, {}, 'later unknown, now 1'),
    ],
)
def test_points_of_other_options_are_refused(tmp_path, options, spacings, message):
    path = written(tmp_path / 'a.jsonl', record('a', spacing=[0.1, 0.1]), record('b'))
    if message is None:
        assert finished_images([path], 'a.pth 01', options, spacings) == {'a', 'b'}
        return
    with pytest.raises(InputError, match=message + '.*overwrite it'):
        finished_images([path], 'a.pth 01', options, spacings)


def test_records_without_options_are_refused(tmp_path):
    one = record('a')
    del one['options']
    with pytest.raises(InputError, match='recipe unknown, now r'):
        finished_images([written(tmp_path / 'a.jsonl', one)], 'a.pth 01', OPTIONS, {})


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_a_full_disk_leaves_what_was_written(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('a'))
    whole = path.read_bytes()

    def replace():
        with replaced(path) as partial:
            partial.symlink_to('/dev/full')
            partial.write_text('b')

    with pytest.raises(InputError, match=r'a\.jsonl cannot be written: No space left'):
        replace()
    assert path.read_bytes() == whole
    assert [p.name for p in tmp_path.iterdir()] == ['a.jsonl']
    (tmp_path / 'full.jsonl').symlink_to('/dev/full')
    with pytest.raises(InputError, match=r'full\.jsonl cannot be written: No space'):
        _append([record('a')], tmp_path / 'full.jsonl', BatchSummary())


TEXT = st.text(st.characters(exclude_characters='\0', codec=None), min_size=1)
NUMBER = st.floats(-1e6, 1e6)
POINT = st.fixed_dictionaries(dict(name=TEXT, x=NUMBER, y=NUMBER, score=NUMBER))
PREDICTION = st.fixed_dictionaries(
    dict(
        box=st.lists(NUMBER, min_size=4, max_size=4),
        spacing=st.none()
        | st.builds(
            dict,
            sy=st.floats(0.01, 9),
            sx=st.floats(0.01, 9),
            source=st.text(max_size=9),
        ),
        points=st.lists(POINT, min_size=1, max_size=3),
    )
)
RECORD = st.fixed_dictionaries(
    dict(
        image=TEXT,
        width=st.integers(1, 9999),
        height=st.integers(1, 9999),
        model=TEXT,
        options=st.dictionaries(TEXT, st.none() | NUMBER | TEXT, max_size=2),
        predictions=st.lists(PREDICTION, max_size=3),
    )
)


@given(st.lists(RECORD, max_size=4))
def test_any_records_are_read_back_equal(tmp_path_factory, records):
    path = tmp_path_factory.mktemp('any') / 'a.jsonl'
    assert list(read_records(written(path, *records))) == records


WHOLE = json.dumps(record('a')).encode()


@given(st.data())
def test_a_mutated_line_is_read_or_refused(tmp_path_factory, data):
    """Nothing but InputError, and what is read can be written as a table and as COCO."""
    line = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(line)))
        end = place + data.draw(st.integers(0, 9))
        line[place:end] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=4))
    path = tmp_path_factory.mktemp('mutated') / 'a.jsonl'
    path.write_bytes(bytes(line) + b'\n')
    scheme = Scheme('one', ('nose',), ('n',))
    with contextlib.suppress(InputError):
        write_results(path, path.with_suffix('.csv'), scheme)
        write_results(path, path.with_suffix('.json'), scheme)
        finished_images([path], 'a.pth 01', OPTIONS, {'a': None})


PIECES = [
    *(b'null', b'[]', b'{}', b'-1', b'1e999', b'NaN', b'"', b'true', b'9' * 400),
    *(b'[' * 9999, b'"a"', b'\n', b'\xff', b'\\ud800', b'\\u0000'),
]


def test_parts_are_merged_in_the_order_of_the_images(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('old'), record('c'))
    written(tmp_path / 'a.jsonl.part0', record('d'), record('a'))
    # a kill between the merge and its end leaves an image in two files
    written(tmp_path / 'a.jsonl.part1', record('b'), record('c', x=7.0))
    merge_shards(path, ['a', 'b', 'missing', 'c', 'd'])
    assert names(path) == ['old', 'a', 'b', 'c', 'd']
    assert list(read_records(path))[3] == record('c', x=7.0)
    assert shards_of(path) == []
    assert [p.name for p in tmp_path.iterdir()] == ['a.jsonl']


def test_no_image_at_all_settles_to_an_empty_file(tmp_path):
    merge_shards(tmp_path / 'a.jsonl', ['a'])
    assert (tmp_path / 'a.jsonl').read_text() == ''


def test_a_line_is_plain_json(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('bär\n.png'))
    (line,) = path.read_text().splitlines()
    assert json.loads(line)['image'] == 'bär\n.png'
