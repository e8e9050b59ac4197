import json

import numpy as np
import pytest
from mmpose.registry import DATASETS
from PIL import Image

from mmlandmark import InputError, schemes
from mmlandmark import formats as readers
from mmlandmark.datasets import keypoint_dataset
from mmlandmark.datasets.preparation import prepare
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import LandmarkSample


def build(folder, ann_file='train.json', **kwargs):
    kwargs = {'scheme': 'photo19', **kwargs}
    return DATASETS.build(
        dict(
            type='KeypointDataset',
            data_root=str(folder),
            ann_file=ann_file,
            data_prefix=dict(img='images/'),
            **kwargs,
        )
    )


def test_items_are_what_was_prepared(prepared):
    dataset = build(prepared)
    annotations = json.loads((prepared / 'train.json').read_text())
    assert len(dataset) == len(annotations['images'])
    assert dataset.metainfo['num_keypoints'] == 19
    assert list(dataset.metainfo['flip_indices']) == list(range(19))
    info = dataset.get_data_info(0)
    expected = np.reshape(annotations['annotations'][0]['keypoints'], (19, 3))
    np.testing.assert_allclose(info['keypoints'][0], expected[:, :2], rtol=1e-6)
    assert info['bbox'].tolist() == [[0, 0, 223, 223]]
    assert info['spacing'] is None
    assert info['sample_id'] == annotations['images'][0]['sample_id']


def test_spacing_and_the_sources_box(tmp_path):
    points = np.array([[5.0, 6.0], [np.nan, np.nan]])
    sample = LandmarkSample(
        'x',
        np.zeros((30, 40), np.uint8),
        points,
        PixelSpacing(0.2, 0.1),
        'train',
        box=(1, 2, 21, 22),
    )
    scheme = schemes.Scheme('two', ('a', 'b'), ('A', 'B'))
    prepare.write_dataset([sample], scheme, tmp_path / 'd', readers.ReadReport())
    own = dict(scheme=str(tmp_path / 'd' / 'scheme.json'))
    info = build(tmp_path / 'd', box='annotation', **own).get_data_info(0)
    assert info['spacing'] == (0.2, 0.1)
    assert info['bbox'].tolist() == [[1, 2, 21, 22]]
    assert info['keypoints_visible'].tolist() == [[1, 0]]
    assert build(tmp_path / 'd', **own).get_data_info(0)['bbox'].tolist() == [
        [0, 0, 39, 29]
    ]


def test_annotators_points(tmp_path):
    views = dict(senior=[(4.0, 6.0), (1, 1)], junior=[(6.0, 6.0), (np.nan, np.nan)])
    views = {who: np.array(points) for who, points in views.items()}
    points = np.array([[5.0, 6.0], [np.nan, np.nan]])
    image = np.zeros((30, 40), np.uint8)
    samples = [
        LandmarkSample('x', image, points, split='train', extra=dict(annotators=views)),
        LandmarkSample('y', image, points, split='train'),
    ]
    scheme = schemes.Scheme('two', ('a', 'b'), ('A', 'B'))
    prepare.write_dataset(samples, scheme, tmp_path / 'd', readers.ReadReport())
    own = str(tmp_path / 'd' / 'scheme.json')
    dataset = build(tmp_path / 'd', scheme=own)
    item = dataset.get_data_info(0)
    for who, expected in views.items():
        np.testing.assert_array_equal(item['annotators'][who], expected)
    assert 'annotators' not in dataset.get_data_info(1)
    text = (tmp_path / 'd' / 'train.json').read_text()
    (tmp_path / 'd' / 'train.json').write_text(text.replace('[1.0, 1.0]', ''))
    with pytest.raises(InputError):
        build(tmp_path / 'd', scheme=own)


def test_depth_lies_beside_the_annotations(prepared):
    item = build(prepared).get_data_info(0)
    assert item['depth_path'] == str(prepared / 'depth' / f'{item["sample_id"]}.png')


def test_missing_data_names_the_command(tmp_path):
    with pytest.raises(
        InputError, match=r'prepare .*nowhere with mmlandmark prepare photo-pickle'
    ):
        build(tmp_path / 'nowhere')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(scheme='isbi18'), 'unknown landmark scheme'),
        (dict(box='face'), "'image' or 'annotation'"),
    ],
)
def test_bad_arguments(prepared, change, message):
    with pytest.raises(InputError, match=message):
        build(prepared, **change)


def test_wrong_number_of_points(prepared, tmp_path):
    schemes.Scheme('two', ('a', 'b'), ('A', 'B')).save(tmp_path / 'scheme.json')
    with pytest.raises(InputError, match='has 19 points, scheme two has 2'):
        build(prepared, scheme=str(tmp_path / 'scheme.json'))


@pytest.mark.parametrize('text', ['{', '[]', '{"images": []}'])
def test_not_coco(tmp_path, text):
    (tmp_path / 'train.json').write_text(text)
    with pytest.raises(InputError, match='not a COCO keypoints file'):
        build(tmp_path)


TWO = schemes.Scheme('two', ('a', 'b'), ('A', 'B'))


def two_points(folder, box=None, heads=1, split='train'):
    image = folder / 'radiograph.png'
    Image.new('L', (40, 30)).save(image)
    samples = [
        LandmarkSample(
            f'x{i}', image, np.array([[5.0, 6.0], [7, 8]]), split=split, box=box
        )
        for i in range(heads)
    ]
    prepare.write_dataset(samples, TWO, folder / 'd', readers.ReadReport())
    return folder / 'd'


@pytest.mark.parametrize('box', [(0, 0, 0, 0), (5, 5, 9, 5), (50, 5, 60, 9)])
def test_boxes_without_a_size_are_named(tmp_path, box):
    folder = two_points(tmp_path, box)
    own = dict(scheme=str(folder / 'scheme.json'))
    with pytest.raises(InputError, match=r'1 boxes are empty .* of image x0.png first'):
        build(folder, box='annotation', **own)
    assert len(build(folder, **own)) == 1  # the whole image is another box


def test_a_file_without_boxes_trains_on_whole_images(tmp_path):
    folder = two_points(tmp_path)
    data = json.loads((folder / 'train.json').read_text())
    del data['annotations'][0]['bbox']
    (folder / 'train.json').write_text(json.dumps(data))
    own = dict(scheme=str(folder / 'scheme.json'))
    assert build(folder, **own).get_data_info(0)['bbox'].tolist() == [[0, 0, 39, 29]]
    with pytest.raises(InputError, match='boxes are empty'):
        build(folder, box='annotation', **own)


@pytest.mark.parametrize(
    ('heads', 'box', 'printed'),
    [(2, 'image', True), (2, 'annotation', False), (1, 'image', False)],
)
def test_several_heads_of_one_picture_are_reported(
    tmp_path, heads, box, printed, monkeypatch
):
    lines = []
    monkeypatch.setattr(
        keypoint_dataset, 'print_log', lambda text, *_: lines.append(text)
    )
    folder = two_points(tmp_path, (1, 2, 20, 20), heads)
    build(folder, scheme=str(folder / 'scheme.json'), box=box)
    assert len(lines) == printed
    if printed:
        assert lines[0].startswith('2 samples of ')
        assert 'box=annotation' in lines[0]


def test_two_annotations_of_one_entry_are_several_heads(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(
        keypoint_dataset, 'print_log', lambda text, *_: lines.append(text)
    )
    folder = two_points(tmp_path)
    data = json.loads((folder / 'train.json').read_text())
    data['annotations'].append(dict(data['annotations'][0], id=2))
    (folder / 'train.json').write_text(json.dumps(data))
    build(folder, scheme=str(folder / 'scheme.json'))
    assert lines[0].startswith('2 samples of ')


def test_a_part_that_is_not_there_names_those_that_are(tmp_path):
    folder = two_points(tmp_path, split='val')
    with pytest.raises(
        InputError, match=r"has no split 'test', it has val: choose one of these"
    ):
        build(folder, 'test.json', scheme=str(folder / 'scheme.json'))
