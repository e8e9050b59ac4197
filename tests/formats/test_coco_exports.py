"""COCO as exporters write it: the right points, or a line."""

import json
import unicodedata

import numpy as np
import pytest
from coco_export import export, picture, tables

from mmlandmark import InputError
from mmlandmark.formats import read_coco
from mmlandmark.formats.coco import coco_scheme
from mmlandmark.formats.common.sizes import ROTATED, SCALED
from mmlandmark.schemes import Scheme, scheme_from_names
from mmlandmark.structures.sample import ReadReport

TWO = scheme_from_names('two', ['a', 'b'])


def read(folder, scheme=TWO, **kwargs):
    report = ReadReport()
    return read_coco(folder, scheme, report, **kwargs), report


def parts(samples):
    return sorted((sample.split or '', sample.image.name) for sample in samples)


@pytest.mark.parametrize(
    ('files', 'expected'),
    [
        # CVAT: images/<subset>/ and annotations/person_keypoints_<subset>.json
        (
            {'annotations/person_keypoints_default.json': ['images/default/{}']},
            [('', 'p0.jpg'), ('', 'p1.jpg')],
        ),
        # COCO 2017
        (
            {
                'annotations/person_keypoints_train2017.json': ['train2017/{}'],
                'annotations/person_keypoints_val2017.json': ['val2017/{}'],
            },
            [(p, f'p{i}.jpg') for p in ('train', 'val') for i in (0, 1)],
        ),
        # Roboflow
        (
            {
                'train/_annotations.coco.json': ['train/{}'],
                'valid/_annotations.coco.json': ['valid/{}'],
                'test/_annotations.coco.json': ['test/{}'],
            },
            [(p, f'p{i}.jpg') for p in ('test', 'train', 'val') for i in (0, 1)],
        ),
        # words for parts
        (
            {'Training.json': ['{}'], 'validation.json': ['more/{}']},
            [(p, f'{p[1]}{i}.jpg') for p in ('train', 'val') for i in (0, 1)],
        ),
    ],
    ids=['cvat', 'coco2017', 'roboflow', 'words'],
)  # fmt: skip
def test_exporters_folders_and_parts(tmp_path, files, expected):
    written = {}
    for nth, (file, (path,)) in enumerate(files.items()):
        letters = 'ra' if 'Training.json' in files else 'pp'
        letter = letters[min(nth, 1)]
        names = [f'{letter}0.jpg', f'{letter}1.jpg']
        written[file] = (tables(names), [path.format(name) for name in names])
    samples, report = read(export(tmp_path, written))
    assert parts(samples) == expected
    assert not report.skipped
    # pictures of one name in two parts are two pictures
    assert (
        len({s.id for s in samples}) == len({s.image for s in samples}) == len(samples)
    )
    assert all(s.subject == s.id for s in samples)


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'utf-32'])
def test_a_byte_order_mark(tmp_path, encoding):
    files = {'a.json': (tables(['ä.jpg']), ['ä.jpg'])}
    samples, _ = read(export(tmp_path, files, encoding))
    assert [s.id for s in samples] == ['ä']


@pytest.mark.parametrize(
    ('named', 'on_disk', 'identity'),
    [
        ('images\\i.jpg', 'images/i.jpg', 'images_i'),
        ('C:\\work\\i.jpg', 'i.jpg', 'work_i'),
        (
            unicodedata.normalize('NFC', 'Zähne.jpg'),
            unicodedata.normalize('NFD', 'Zähne.jpg'),
            'Zähne',
        ),
        ('1.2.840.1', '1.2.840.1', '1.2.840.1'),
    ],
)
def test_names_of_other_machines(tmp_path, named, on_disk, identity):
    samples, report = read(export(tmp_path, {'a.json': (tables([named]), [on_disk])}))
    assert [s.id for s in samples] == [identity]
    assert samples[0].image.is_file()
    assert not report.skipped


def test_ids_keep_what_tells_images_apart(tmp_path):
    names = ['1.2.840.1', '1.2.840.2', 'a.jpg', 'a.jpeg', 'x/y.jpg', 'x_y.jpg']
    samples, _ = read(export(tmp_path, {'a.json': (tables(names), names)}))
    assert [s.image.name for s in samples] == [name.split('/')[-1] for name in names]
    assert len({s.id for s in samples}) == len(names)


def test_an_image_outside_the_folder_is_not_read(tmp_path):
    data = tables(['../secret.jpg', str(tmp_path / 'secret.jpg'), 'i.jpg'])
    picture(tmp_path / 'secret.jpg')
    samples, report = read(export(tmp_path / 'in', {'a.json': (data, ['in/i.jpg'])}))
    assert not any(s.image.is_file() and s.image.name == 'secret.jpg' for s in samples)
    assert len(report.skipped) == 1
    assert 'nothing outside is read' in report.skipped[0][1]


def test_a_picture_of_another_size_scales_the_points(tmp_path):
    export(tmp_path, {'a.json': (tables(['i.jpg'], size=(128, 96)), ['i.jpg'])})
    (sample,), report = read(tmp_path)
    # the file has 64x48: (10 + 0.5) / 2 - 0.5 and so on
    np.testing.assert_allclose(sample.points, [[4.75, 5.75], [6.25, 6.75]])
    assert sample.box == (2.25, 2.25, 17.25, 17.25)
    assert report.counts == {SCALED: 1}


def test_points_of_the_unturned_file_are_turned(tmp_path):
    export(tmp_path, {'a.json': (tables(['i.jpg']), [])})
    picture(tmp_path / 'i.jpg', orientation=6)
    (sample,), report = read(tmp_path)
    np.testing.assert_allclose(sample.points, [[35, 10], [33, 13]])
    assert report.counts == {ROTATED: 1}


def test_a_picture_of_another_shape_is_refused(tmp_path):
    export(tmp_path, {'a.json': (tables(['i.jpg'], size=(100, 96)), ['i.jpg'])})
    _, report = read(tmp_path)
    ((_, why),) = report.skipped
    assert 'labels are for an image of 100x96 pixels, the file has 64x48' in why


def test_several_heads_count_one_picture_once(tmp_path):
    data = tables(['i.jpg'], size=(128, 96))
    data['annotations'].append(dict(data['annotations'][0], id=2))
    samples, report = read(export(tmp_path, {'a.json': (data, ['i.jpg'])}))
    assert [s.id for s in samples] == ['i', 'i_2']
    assert {s.subject for s in samples} == {'i'}
    assert report.counts == {SCALED: 1}


@pytest.mark.parametrize('missing', [None, '', ' ', float('nan')])
def test_a_patient_who_is_not_named(tmp_path, missing):
    names = ['i0.jpg', 'i1.jpg']
    data = tables(names, patient_id=missing)
    samples, _ = read(export(tmp_path, {'a.json': (data, names)}))
    assert [s.subject for s in samples] == ['i0', 'i1']


def test_names_of_points_that_differ_in_a_sign(tmp_path):
    names = ['N', 'N`', 'Pog', 'Pog`']
    data = tables(['i.jpg'], [dict(id=1, name='head', keypoints=names)])
    data['annotations'][0]['keypoints'] = [1, 2, 2, 3, 4, 2, 5, 6, 2, 7, 8, 2]
    export(tmp_path, {'a.json': (data, ['i.jpg'])})
    scheme = coco_scheme(tmp_path)
    assert scheme.points == tuple(names)
    (sample,), _ = read(tmp_path, scheme)
    np.testing.assert_array_equal(sample.points, [[1, 2], [3, 4], [5, 6], [7, 8]])


def test_two_names_of_one_point_are_refused(tmp_path):
    scheme = Scheme('one', ('nasion',), ('N',), synonyms=(('N',),))
    data = tables(['i.jpg'], [dict(id=1, name='head', keypoints=['N', 'Nasion'])])
    export(tmp_path, {'a.json': (data, ['i.jpg'])})
    with pytest.raises(InputError, match="'N' and 'Nasion' are both 'nasion'"):
        read(tmp_path, scheme)


def test_a_file_that_names_no_points_takes_the_schemes(tmp_path):
    data = tables(['i.jpg'], [dict(id=1, name='person')])
    export(tmp_path, {'a.json': (data, ['i.jpg'])})
    with pytest.raises(InputError, match='give a scheme'):
        coco_scheme(tmp_path)
    (sample,), report = read(tmp_path)
    np.testing.assert_array_equal(sample.points, [[10, 12], [13, 14]])
    assert report.counts == {
        'file names no points, they are read in the order of two': 1
    }
    _, report = read(tmp_path, scheme_from_names('three', ['a', 'b', 'c']))
    assert report.skipped[0][1] == '6 numbers, 9 are needed (x, y, v)'


HEAD = dict(id=1, name='head', keypoints=['a', 'b'])
HAND = dict(id=2, name='hand', keypoints=['p'])


def two_kinds(folder, *categories):
    names = ['i0.jpg', 'i1.jpg', 'i2.jpg']
    data = tables(names, list(categories))
    data['annotations'][2] |= dict(category_id=2, keypoints=[1, 2, 2])
    return export(folder, {'a.json': (data, names)})


@pytest.mark.parametrize('order', [(HEAD, HAND), (HAND, HEAD)])
def test_one_of_two_categories_is_read(tmp_path, order):
    two_kinds(tmp_path, *order)
    scheme = coco_scheme(tmp_path, category='hand')
    samples, report = read(tmp_path, scheme, category='hand')
    assert [s.id for s in samples] == ['i2']
    left_out = "annotations left out, of category 'head' (category='head' reads it)"
    assert report.counts == {left_out: 2}
    samples, report = read(tmp_path)  # by its points
    assert [s.id for s in samples] == ['i0', 'i1']
    assert list(report.counts.values()) == [1]
    with pytest.raises(InputError, match="no category 'foot', it has"):
        read(tmp_path, category='foot')


def test_the_first_category_that_is_used_makes_the_scheme(tmp_path):
    unused = dict(id=3, name='unused', keypoints=['q', 'r', 's'])
    bare = dict(id=4, name='teeth')
    assert coco_scheme(two_kinds(tmp_path, unused, bare, HEAD, HAND)).points == (
        'a',
        'b',
    )


def test_categories_with_the_same_points_are_read_together_and_reported(tmp_path):
    two_kinds(tmp_path, HEAD, dict(HAND, keypoints=['b', 'a']))
    data = json.loads((tmp_path / 'a.json').read_text())
    data['annotations'][2]['keypoints'] = [1, 2, 2, 3, 4, 2]
    (tmp_path / 'a.json').write_text(json.dumps(data))
    samples, report = read(tmp_path)
    np.testing.assert_array_equal(samples[2].points, [[3, 4], [1, 2]])
    assert any('all read' in what for what in report.counts)


@pytest.mark.parametrize(
    ('table', 'row', 'value', 'message'),
    [
        ('images', 1, 1, "two images have id 1 .file_name 'i0.jpg' and 'i1.jpg'"),
        ('annotations', 1, 1, 'two annotations have id 1'),
        ('categories', 1, 1, "two categories have id 1 .name 'head' and 'hand'"),
        ('images', 0, 1.5, 'the id of image number 1 is 1.5'),
        ('images', 0, True, 'the id of image number 1 is True'),
        ('images', 0, None, 'the id of image number 1 is None'),
        ('images', 0, [1], 'the id of image number 1 is a list'),
    ],
)
def test_ids_that_cannot_be_told_apart(tmp_path, table, row, value, message):
    two_kinds(tmp_path, HEAD, HAND)
    data = json.loads((tmp_path / 'a.json').read_text())
    data[table][row]['id'] = value
    (tmp_path / 'a.json').write_text(json.dumps(data))
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_whole_float_ids_are_numbers(tmp_path):
    data = tables(['i.jpg'])
    data['images'][0]['id'] = data['annotations'][0]['category_id'] = 1.0
    samples, _ = read(export(tmp_path, {'a.json': (data, ['i.jpg'])}))
    assert len(samples) == 1


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(image_id=7), 'annotation 1: image_id 7 is not among the 2 images$'),
        (dict(image_id='1'), "image_id '1' is not among the 2 images, .* a number"),
        (dict(image_id=None), 'annotation 1: image_id is None'),
        (dict(category_id=3), 'annotation 1: category_id 3 is not among the 1 categories'),
        (dict(keypoints=[1, 2, 2, 3]), '4 numbers, 6 are needed'),
        (dict(keypoints=[1, 2, 2, 3, '4', 2]), "number 5 of its keypoints is '4'"),
        (dict(keypoints=[1, 2, 2, 3, 4, True]), 'number 6 of its keypoints is True'),
        (dict(keypoints=[1, 2, 2, 3, 10**400, 2]), 'number 5 .* finite number is needed'),
        (dict(keypoints=[1e400, 2, 2, 3, 4, 2]), 'number 1 .* finite number is needed'),
        (dict(keypoints='1 2 2'), "keypoints are '1 2 2'"),
        (dict(bbox=[1, 2, 3]), 'bbox is a list of 3'),
        (dict(bbox=['1', 2, 3, 4]), "a number of its bbox is '1'"),
    ],
)  # fmt: skip
def test_an_annotation_that_cannot_be_used(tmp_path, change, message):
    names = ['i0.jpg', 'i1.jpg']
    data = tables(names)
    data['annotations'][0] |= change
    export(tmp_path, {'a.json': (data, names)})
    samples, report = read(tmp_path)
    assert [s.id for s in samples] == ['i1']
    assert len(report.skipped) == 1
    with pytest.raises(InputError, match=message):
        read_coco(tmp_path, TWO)


@pytest.mark.parametrize(
    ('keypoints', 'present'),
    [
        ([1, 2, 2, 3, 4, 1], [True, True]),  # 1 is there, hidden
        ([1, 2, 2, 3, 4, 0], [True, False]),
        ([1, 2, 2, 3, 4, -1], [True, False]),
        ([1, 2, 2, -1, -1, 0], [True, False]),
        ([1, 2, 2, 3, 4, None], [True, False]),
        ([1, 2, 2, None, None, 2], [True, False]),
        ([1, 2, 2, float('nan'), 4, 2], [True, False]),
        ([[1, 2, 2], [3, 4, 2]], [True, True]),
    ],
)
def test_missing_is_missing(tmp_path, keypoints, present):
    data = tables(['i.jpg'])
    data['annotations'][0]['keypoints'] = keypoints
    (sample,), _ = read(export(tmp_path, {'a.json': (data, ['i.jpg'])}))
    assert np.isfinite(sample.points).all(axis=1).tolist() == present


@pytest.mark.parametrize('keypoints', [None, [], [0] * 6, 'absent'])
def test_annotations_and_images_without_points_are_counted(tmp_path, keypoints):
    names = ['i0.jpg', 'i1.jpg', 'i2.jpg']
    data = tables(names)
    data['annotations'][0]['keypoints'] = keypoints
    if keypoints == 'absent':
        del data['annotations'][0]['keypoints']
    del data['annotations'][2]
    samples, report = read(export(tmp_path, {'a.json': (data, names)}))
    assert [s.id for s in samples] == ['i1']
    assert report.counts == {
        'annotations left out, without a point': 1,
        'images left out, without an annotation': 1,
    }


def test_other_json_is_passed_over_and_reported(tmp_path):
    others = {
        'captions.json': dict(images=[], annotations=[], categories=[]),
        'dataset.json': dict(scheme='x', splits={}),
        'instances.json': dict(tables(['i.jpg']), annotations=[dict(id=1)],
                               categories=[dict(id=1, name='a')]),
        'list.json': [1, 2],
    }  # fmt: skip
    files = {'keypoints.json': (tables(['i.jpg']), ['i.jpg'])}
    export(tmp_path, files | {name: (data, []) for name, data in others.items()})
    samples, report = read(tmp_path)
    assert len(samples) == 1
    assert report.counts == {
        f'file ignored, it has no points: {name}': 1 for name in others
    }
    assert coco_scheme(tmp_path).points == ('a', 'b')


def test_a_damaged_file_beside_others_is_an_error(tmp_path):
    export(tmp_path, {'val.json': (tables(['i.jpg']), ['i.jpg'])})
    (tmp_path / 'train.json').write_text('{"images": [')
    with pytest.raises(InputError, match=r'train\.json is not readable JSON'):
        read(tmp_path)


def test_nothing_but_other_json(tmp_path):
    export(tmp_path, {'a.json': (dict(images=[], annotations=[], categories=[]), [])})
    with pytest.raises(InputError, match=r'a\.json has no points'):
        read(tmp_path)


def test_data_sets_below_a_common_folder_are_not_mixed(tmp_path):
    for name in ('mine', 'yours'):
        export(tmp_path, {f'{name}/a.json': (tables(['i.jpg']), [f'{name}/i.jpg'])})
    with pytest.raises(InputError, match='no COCO file'):
        read(tmp_path)


def test_an_image_in_two_entries_or_two_files_is_reported(tmp_path):
    names = ['i.jpg', './i.jpg']
    export(tmp_path, {'a.json': (tables(names), ['i.jpg'])})
    samples, report = read(tmp_path)
    assert len(samples) == 1
    assert 'images 1 and 2 are both i.jpg' in report.skipped[0][1]
    export(tmp_path, {n: (tables(['i.jpg']), []) for n in ('a.json', 'b.json')})
    with pytest.raises(InputError, match=r'is annotated in .*a\.json and in .*b\.json'):
        read(tmp_path)


def test_a_name_of_two_parts_is_refused(tmp_path):
    export(tmp_path, {'train_and_test.json': (tables(['i.jpg']), ['i.jpg'])})
    with pytest.raises(InputError, match='names two splits'):
        read(tmp_path)


def test_train_and_val_together_are_not_read_twice(tmp_path):
    names = {'train': ['t.jpg'], 'val': ['v.jpg'], 'trainval': ['t.jpg', 'v.jpg']}
    files = {f'{part}.json': (tables(names[part]), names[part]) for part in names}
    samples, report = read(export(tmp_path, files))
    assert parts(samples) == [('train', 't.jpg'), ('val', 'v.jpg')]
    assert sum(report.counts.values()) == 1
