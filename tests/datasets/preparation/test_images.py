"""One sample to its image and its entry: boxes, names, several heads."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image
from prepared_samples import SCHEME, read, sample

from mmlandmark.datasets.preparation.images import file_stem, is_box_in, shrunk
from mmlandmark.datasets.preparation.prepare import (
    BAD_BOXES,
    NO_BOXES,
    SEVERAL_HEADS,
    summary_lines,
    write_dataset,
)
from mmlandmark.structures.sample import ReadReport


def write(folder, samples, **kwargs):
    return write_dataset(samples, SCHEME, folder / 'out', ReadReport(), **kwargs)


def test_a_box_shrinks_as_points_do(tmp_path):
    # corners at the points (3.5, 7.5) and (19.5, 15.5), halved: (1.5, 3.5), (9.5, 7.5)
    corners = [(3.5, 7.5), (19.5, 15.5)]
    boxed = sample('x', corners, box=(3.5, 7.5, 19.5, 15.5))
    write(tmp_path, [boxed], max_side=20)
    (annotation,) = read(tmp_path / 'out')['annotations']
    assert annotation['bbox'] == [1.5, 3.5, 8, 4]
    assert annotation['keypoints'] == [1.5, 3.5, 2, 9.5, 7.5, 2]


@pytest.mark.parametrize(
    ('box', 'inside'),
    [
        ((0, 0, 40, 30), True),
        ((-5, -5, 1, 1), True),
        ((0, 0, 0, 0), False),
        ((5, 5, 9, 5), False),
        ((9, 9, 5, 5), False),
        ((40, 0, 50, 9), False),
        ((-9, 0, 0, 9), False),
        ((float('nan'), 0, 9, 9), False),
    ],
)
def test_boxes_that_no_training_can_take(tmp_path, box, inside):
    assert is_box_in(box, 40, 30) == inside
    summary = write(tmp_path, [sample('x', box=box)])
    assert summary['counts'] == ({} if inside else {BAD_BOXES: 1})
    text = (tmp_path / 'out' / 'train.json').read_text()
    json.loads(text, parse_constant=pytest.fail)  # JSON has no NaN


def test_a_sample_without_a_box_among_others_is_reported(tmp_path):
    summary = write(tmp_path, [sample('x', box=(1, 2, 9, 9)), sample('y')])
    assert summary['counts'] == {NO_BOXES: 1}


def test_several_heads_in_a_picture_are_reported(tmp_path):
    paths = [tmp_path / 'two.png', tmp_path / 'one.png']
    for path in paths:
        Image.new('L', (40, 30), len(path.name)).save(path)
    heads = [
        sample(n, image=p) for n, p in zip('abc', [*paths[:1], *paths], strict=True)
    ]
    summary = write(tmp_path, heads)
    assert summary['counts'] == {SEVERAL_HEADS: 1}
    images = read(tmp_path / 'out')['images']
    assert [image.get('heads') for image in images] == [2, 2, None]


def test_ids_that_make_one_file_name_make_two_files(tmp_path):
    ids = [
        'a b',
        'a_b',
        'A_B',
        'a/b',
        'é',
        'e\u0301',
        'con',
        '1.2.1',
        '1.2.2',
        'x' * 999,
    ]
    ids += ['x' * 998 + 'y']
    images = [np.full((30, 40), 20 * i, np.uint8) for i in range(len(ids))]
    write(tmp_path, [sample(i, image=im) for i, im in zip(ids, images, strict=True)])
    entries = read(tmp_path / 'out')['images']
    assert [entry['sample_id'] for entry in entries] == ids
    for nth, entry in enumerate(entries):
        path = tmp_path / 'out' / 'images' / entry['file_name']
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), -1)
        assert found[0, 0] == 20 * nth
    names = [entry['file_name'].casefold() for entry in entries]
    assert len(set(names)) == len(ids)


@pytest.mark.parametrize(
    ('identity', 'stem'),
    [('../x', '_x'), ('', '_'), ('...', '_'), ('NUL.1', '_NUL.1'), ('1.2.840.1',) * 2],
)
def test_file_names_of_ids(identity, stem):
    assert file_stem(identity) == stem


@pytest.mark.parametrize(
    ('size', 'most', 'expected'),
    [((40, 30), None, (40, 30)), ((40, 30), 20, (20, 15)), ((5000, 2), 100, (100, 1))],
)
def test_no_side_shrinks_to_nothing(size, most, expected):
    assert shrunk(size, most) == expected


def test_all_points_outside_is_another_reason_than_none_annotated(tmp_path):
    outside = sample('x', [(99, 99), (-9, -9)])
    summary = write(tmp_path, [outside, sample('y')])
    assert [s['why'] for s in summary['skipped']] == [
        'all its points are outside the image, which has 40x30 pixels'
    ]


def test_samples_left_out_are_counted_by_reason(tmp_path):
    nan = [[np.nan] * 2] * 2
    lost = [sample(f'l{i}', nan) for i in range(12)]
    lost += [sample('gone', image=tmp_path / 'gone.png')]
    summary = write(tmp_path, [sample('x'), *lost])
    assert summary['reasons'] == {'no point is annotated': 12, 'no image at ...': 1}
    saved = json.loads((tmp_path / 'out' / 'dataset.json').read_text())
    assert saved['reasons'] == summary['reasons']
    lines = summary_lines(summary, tmp_path)
    assert '    12 times: no point is annotated' in lines
