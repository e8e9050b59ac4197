import json

import pytest

from mmlandmark import InputError
from mmlandmark.inference.records import (
    finished,
    mend,
    parts_of,
    read_records,
    settle,
    write_record,
)


def record(image, model='a.pth 01', x=1.0):
    point = dict(name='nose', x=x, y=2.0, score=1.0)
    prediction = dict(box=[0, 0, 9, 9], spacing=None, points=[point])
    return dict(image=image, width=10, height=10, model=model, predictions=[prediction])


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
    mend(path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize('line', ['no json', '[]', '{"image": "a"}', '{}', '5'])
def test_a_file_of_another_kind(tmp_path, line):
    path = written(tmp_path / 'a.jsonl', record('a'))
    with path.open('a') as file:
        file.write(line + '\n')
    with pytest.raises(InputError, match='line 2 is no result'):
        list(read_records(path))


def test_no_file(tmp_path):
    with pytest.raises(InputError, match='no results at'):
        list(read_records(tmp_path / 'none.jsonl'))


def test_finished_images_of_this_model_alone(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('a'), record('b'))
    part = written(tmp_path / 'a.jsonl.part1', record('c'))
    none = tmp_path / 'none'
    assert finished([path, part, none], 'a.pth 01') == {'a', 'b', 'c'}
    with pytest.raises(InputError, match=r'another model \(a.pth 01\).*--overwrite'):
        finished([path], 'b.pth 02')


def test_parts_are_merged_in_the_order_of_the_images(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('old'), record('c'))
    written(tmp_path / 'a.jsonl.part0', record('d'), record('a'))
    # a kill between the merge and its end leaves an image in two files
    written(tmp_path / 'a.jsonl.part1', record('b'), record('c', x=7.0))
    settle(path, ['a', 'b', 'missing', 'c', 'd'])
    assert names(path) == ['old', 'a', 'b', 'c', 'd']
    assert list(read_records(path))[3] == record('c', x=7.0)
    assert parts_of(path) == []
    assert [p.name for p in tmp_path.iterdir()] == ['a.jsonl']


def test_no_image_at_all_settles_to_an_empty_file(tmp_path):
    settle(tmp_path / 'a.jsonl', ['a'])
    assert (tmp_path / 'a.jsonl').read_text() == ''


def test_a_line_is_plain_json(tmp_path):
    path = written(tmp_path / 'a.jsonl', record('bär\n.png'))
    (line,) = path.read_text().splitlines()
    assert json.loads(line)['image'] == 'bär\n.png'
