import json

import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_coco
from mmlandmark.formats.coco import coco_scheme
from mmlandmark.schemes import Scheme
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import ReadReport

SCHEME = Scheme('three', ('Nose tip', 'Chin', 'Ear'), ('n', 'c', 'e'))


def coco(**changes):
    data = dict(
        images=[
            dict(
                id=7, file_name='a.png', width=20, height=30, pixel_spacing=[0.2, 0.1]
            ),
            dict(id=9, file_name='b.png', width=20, height=30, patient_id='p9'),
        ],
        annotations=[
            dict(
                id=1, image_id=7, category_id=3, keypoints=[1, 2, 2, 3, 4, 1, 5, 6, 0]
            ),
            dict(
                id=2,
                image_id=9,
                category_id=3,
                keypoints=[9, 8, 2, 7, 6, 2, 5, 4, 2],
                bbox=[2, 3, 10, 12],
            ),
        ],
        # another order than the scheme's, other spellings
        categories=[dict(id=3, name='head', keypoints=['ear', 'nose_tip', 'chin'])],
    )
    return {**data, **changes}


@pytest.fixture
def export(tmp_path):
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'images').mkdir()
    for name in 'ab':
        Image.new('RGB', (20, 30)).save(tmp_path / 'images' / f'{name}.png')

    def write(data, name='person_keypoints_train.json'):
        (tmp_path / 'annotations' / name).write_text(json.dumps(data))
        return tmp_path

    return write


def test_points_are_matched_by_name(export):
    first, second = read_coco(export(coco()), SCHEME)
    np.testing.assert_array_equal(first.points, [[3, 4], [np.nan] * 2, [1, 2]])
    np.testing.assert_array_equal(second.points, [[7, 6], [5, 4], [9, 8]])
    assert first.spacing == PixelSpacing(0.2, 0.1, 'pixel_spacing')
    assert second.spacing is None
    assert (first.subject, second.subject) == ('a', 'p9')
    assert second.box == (2, 3, 12, 15)
    assert first.split == 'train'
    assert first.image.is_file()


def test_two_heads_in_one_picture_get_two_ids(export):
    data = coco()
    data['annotations'][1]['image_id'] = 7
    assert [s.id for s in read_coco(export(data), SCHEME)] == ['a', 'a_2']


def test_scheme_of_the_file_itself(export):
    data = coco()
    data['categories'][0]['skeleton'] = [[1, 2], [2, 3]]
    scheme = coco_scheme(export(data), 'own')
    assert scheme.points == ('ear', 'nose_tip', 'chin')
    assert scheme.skeleton == ((0, 1), (1, 2))


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        ({}, 'not a COCO keypoints file'),
        (dict(coco(), images=None), 'not a COCO keypoints file'),
        (
            coco(categories=[dict(id=3, name='head', keypoints=['ear', 'chin'])]),
            "lacks 1 of the 3 of scheme three, 'Nose tip' first",
        ),
    ],
)
def test_unusable_files(export, data, message):
    with pytest.raises(InputError, match=message):
        read_coco(export(data), SCHEME)


def test_a_short_row_is_an_error_or_reported(export):
    data = coco()
    data['annotations'][0]['keypoints'] = [1, 2, 2, 3]
    with pytest.raises(InputError, match='annotation 1: 4 numbers, 9 are needed'):
        read_coco(export(data), SCHEME)
    report = ReadReport()
    assert len(read_coco(export(data), SCHEME, report)) == 1
    assert report.skipped == [
        (
            'person_keypoints_train.json annotation 1',
            '4 numbers, 9 are needed (x, y, v)',
        )
    ]


def test_nothing_to_read(tmp_path):
    with pytest.raises(InputError, match='no COCO file'):
        read_coco(tmp_path, SCHEME)
