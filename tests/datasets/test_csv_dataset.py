import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from PIL import Image

from mmlandmark import InputError
from mmlandmark.schemes import Scheme

HEADING = 'image,left_eye_x,left_eye_y,nose_x,nose_y,chin_x,chin_y'


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def table(tmp_path):
    """Two frames of each of twenty people, three points."""
    lines = [HEADING]
    for person in range(20):
        for frame in (1, 2):
            name = f'P_{person:02}_{frame}.png'
            Image.new('RGB', (30, 24)).save(tmp_path / name)
            lines.append(f'{name},5,6,7,{person + 1},21,16')
    path = tmp_path / 'points.csv'
    path.write_text('\n'.join(lines))
    return path


def build(path, **kwargs):
    # MMEngine collects all garbage whenever it serialises, which takes a second
    kwargs |= dict(data_root=str(path), serialize_data=False)
    return DATASETS.build(dict(type='CSVKeypointDataset', **kwargs))


def ids(*arguments, **kwargs):
    dataset = build(*arguments, **kwargs)
    return {dataset.get_data_info(i)['sample_id'] for i in range(len(dataset))}


def test_60_20_20_by_subject(table):
    own = dict(subject_from='(.+)_')
    parts = {
        split: ids(table, split=split, **own) for split in ('train', 'val', 'test')
    }
    assert [len(part) for part in parts.values()] == [24, 8, 8]
    people = [{name[:4] for name in part} for part in parts.values()]
    assert [len(part) for part in people] == [12, 4, 4]
    assert len(set.union(*people)) == 20
    assert ids(table, split='train+val', **own) == parts['train'] | parts['val']


def test_without_subjects_every_image_is_one(table):
    parts = [ids(table, split=split) for split in ('train', 'val', 'test')]
    assert [len(part) for part in parts] == [24, 8, 8]
    people = [{name[:4] for name in part} for part in parts]
    assert people[0] & people[2]  # a split by image would separate some of the 20 pairs


def test_parts_of_the_table_stay(table):
    lines = table.read_text().splitlines()
    lines[1:] = [
        f'{line},{"test" if i < 6 else "training"}' for i, line in enumerate(lines[1:])
    ]
    table.write_text('\n'.join([f'{HEADING},split', *lines[1:]]))
    expected = {f'P_{person:02}_{frame}' for person in range(3) for frame in (1, 2)}
    assert ids(table, split='test') == expected
    assert len(ids(table, split='train+val')) == 34


@pytest.mark.parametrize('base', [0, 1])
def test_the_scheme_is_made_of_the_names(table, base):
    dataset = build(table, index_base=base)
    assert dataset.scheme.name == 'points'
    assert dataset.scheme.points == ('left eye', 'nose', 'chin')
    assert dataset.scheme.flip_pairs == ()
    assert dataset.metainfo['num_keypoints'] == 3
    item = dataset.get_data_info(0)
    person = int(item['sample_id'][2:4])
    expected = np.array([[5, 6], [7, person + 1], [21, 16]]) - base
    np.testing.assert_array_equal(item['keypoints'], expected[None])
    top, bottom = min(person + 1, 6) - base, max(person + 1, 16) - base
    assert item['bbox'].tolist() == [[5 - base, top, 21 - base, bottom]]


def test_a_scheme_of_ones_own(table, tmp_path):
    scheme = Scheme(
        'mine', ('eye', 'nose', 'mouth'), ('E', 'N', 'M'), flip_pairs=((0, 2),)
    )
    scheme.save(tmp_path / 'mine.json')
    flip = [dict(type='LoadLandmarkImage'), dict(type='RandomFlip', prob=1.0)]
    dataset = build(table, scheme=str(tmp_path / 'mine.json'), pipeline=flip)
    assert dataset.scheme == scheme
    flipped, item = dataset[0], dataset.get_data_info(0)
    mirrored = (29, 0) + item['keypoints'][0, ::-1] * (-1, 1)
    np.testing.assert_array_equal(flipped['keypoints'][0], mirrored)
    with pytest.raises(InputError, match='scheme points has no flip pairs'):
        build(table, pipeline=flip)


def test_a_scheme_of_another_count(table):
    message = r'points\.csv has 3 points, scheme isbi19 has 19'
    with pytest.raises(InputError, match=message):
        build(table, scheme='isbi19')


def test_a_folder(table, tmp_path):
    assert len(build(tmp_path, split='train+val+test')) == 40
    (tmp_path / 'other.csv').write_text(table.read_text())
    with pytest.raises(InputError, match=r'has 2 \.csv files: give one of them'):
        build(tmp_path)
    assert len(build(table, split='test')) == 8
    (tmp_path / 'empty').mkdir()
    with pytest.raises(InputError, match=r'empty has no \.csv file'):
        build(tmp_path / 'empty')


def test_no_table(tmp_path):
    with pytest.raises(InputError, match=r'none\.csv'):
        build(tmp_path / 'none.csv')


def test_an_absent_image_is_left_out(table, tmp_path):
    (tmp_path / 'P_03_2.png').unlink()
    dataset = build(table, split='train+val+test')
    assert len(dataset) == 39
    ((where, why),) = dataset.report.skipped
    assert where.endswith('points.csv, row 9')
    assert 'P_03_2.png' in why


def test_an_image_that_is_none_is_named(table, tmp_path):
    for path in tmp_path.glob('*.png'):
        path.write_text('no image')
    dataset = build(table, pipeline=[dict(type='LoadLandmarkImage')])
    with pytest.raises(InputError, match=r'P_\d\d_\d\.png is not an image') as caught:
        dataset[0]
    assert '\n' not in str(caught.value)
    with pytest.raises(InputError, match=r'P_\d\d_\d\.png is not an image'):
        build(table, box='image')


def test_one_point_needs_the_image_as_its_box(tmp_path):
    lines = ['image,nose_x,nose_y']
    for number in range(10):
        Image.new('L', (30, 20)).save(tmp_path / f'{number}.png')
        lines.append(f'{number}.png,{number},6')
    (tmp_path / 'nose.csv').write_text('\n'.join(lines))
    with pytest.raises(
        InputError, match=r"6 skipped; .* ground_truth box is empty: use box='image'"
    ):
        build(tmp_path)
    item = build(tmp_path, box='image').get_data_info(0)
    assert item['bbox'].tolist() == [[0, 0, 29, 19]]


def test_gray_values_in_the_cells(tmp_path):
    lines = ['nose_x,nose_y,chin_x,chin_y,Image']
    pixels = np.arange(16)
    for number in range(10):
        values = ' '.join(map(str, pixels + number))
        lines.append(f'0.5,1,{number / 10},3,{values}')
    (tmp_path / 'training.csv').write_text('\n'.join(lines))
    load = [dict(type='LoadLandmarkImage')]
    item = build(tmp_path, split='test', pipeline=load)[0]
    number = round(item['keypoints'][0, 1, 0] * 10)
    expected = (pixels + number).reshape(4, 4)
    np.testing.assert_array_equal(item['img'], np.stack([expected] * 3, 2))
