import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from PIL import Image

import mmlandmark.datasets.sample_dataset as module
from mmlandmark import InputError
from mmlandmark.datasets import FaceDataset, SampleDataset
from mmlandmark.face import detection as face_boxes
from mmlandmark.schemes import IBUG68, Scheme
from mmlandmark.structures.sample import LandmarkSample

# 68 points in the box 10, 8, 30, 22, as (0-based) pixels of a 40x32 picture
K = np.arange(68)
POINTS = np.column_stack([10 + 8 * K % 21, 8 + K % 15]).astype(float)
TRUTH = [10, 8, 30, 22]
CROP = [
    dict(type='LoadLandmarkImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=(64, 64)),
    dict(
        type='GenerateTarget',
        encoder=dict(type='RegressionLabel', input_size=(64, 64)),
    ),
    dict(type='PackLandmarkInputs'),
]


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def printed(monkeypatch):
    """The lines that are printed."""
    lines = []
    monkeypatch.setattr(module, 'print_log', lambda text, *_: lines.append(text))
    return lines


def face(folder, name, gray=90):
    folder.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (40, 32), (gray, gray, gray)).save(folder / f'{name}.png')
    lines = [f'{x} {y}' for x, y in POINTS + 1]
    text = '\n'.join(['version: 1', 'n_points: 68', '{', *lines, '}'])
    (folder / f'{name}.pts').write_text(text)


@pytest.fixture(scope='module')
def w300(tmp_path_factory):
    """Ten photographs to train on, the first of two faces, and one of the common set."""
    root = tmp_path_factory.mktemp('w300')
    for number in range(10):
        face(root / 'afw', f'{10000 + number}_1', 20 * number)
    face(root / 'afw', '10000_2')
    face(root / 'lfpw' / 'testset', 'image_0001', 200)
    return root


@pytest.fixture(scope='module')
def unofficial(tmp_path_factory):
    """Twenty photographs of two faces in a folder that says nothing about parts."""
    root = tmp_path_factory.mktemp('unofficial')
    for number in range(20):
        for which in (1, 2):
            face(root, f'{10000 + number}_{which}')
    return root


def build(root, serialize_data=False, **kwargs):
    # MMEngine collects all garbage whenever it serialises, which takes a second
    kwargs |= dict(serialize_data=serialize_data, data_root=str(root))
    return DATASETS.build(dict(type='FaceDataset', layout='300w', **kwargs))


class Given(SampleDataset):
    """The samples that a test gives."""

    def __init__(self, samples, scheme=IBUG68, skipped=(), **kwargs):
        self.given, self.given_scheme, self.skipped = samples, scheme, skipped
        super().__init__(data_root='given', serialize_data=False, **kwargs)

    def read(self, data_root):
        for where in self.skipped:
            self.report.skip(where, 'it was bad')
        return self.given_scheme, self.given


def sample(name='a', points=POINTS, **kwargs):
    image = kwargs.pop('image', np.zeros((32, 40), np.uint8))
    return LandmarkSample(name, image, np.array(points), split='test', **kwargs)


def items(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_an_item_through_a_pipeline(w300):
    dataset = build(w300, True, split='common', pipeline=CROP)
    assert len(dataset) == 1
    assert dataset.metainfo['num_keypoints'] == 68
    item = dataset[0]
    # centre (20, 15); the longer side, 20, and a quarter more is the crop's
    labels = item['data_samples'].gt_instance_labels
    expected = (POINTS - (20, 15)) / 25 + 0.5
    np.testing.assert_allclose(labels.keypoint_labels[0], expected, atol=1e-6)
    np.testing.assert_array_equal(labels.keypoint_weights, np.ones((1, 68)))
    assert item['inputs'].shape == (3, 64, 64)
    assert item['inputs'][:, 32, 32].tolist() == [200] * 3
    assert item['data_samples'].sample_id == 'lfpw/testset/image_0001'
    assert item['data_samples'].spacing is None


@pytest.mark.parametrize(
    ('box', 'expected'),
    [('ground_truth', TRUTH), ('image', [0, 0, 39, 31]), ('source', [0, 0, 39, 31])],
)
def test_boxes(w300, box, expected, printed):
    (item,) = items(build(w300, split='common', box=box))
    assert item['bbox'].dtype == np.float32
    assert item['bbox'].tolist() == [expected]
    line = f'1 images of common, boxes: {box}'
    if box == 'source':
        line += '; 1 faces without a box in the data set: the whole image is used'
    assert printed == [line]


def test_the_box_of_the_data_set():
    dataset = Given([sample(box=(1, 2, 30, 31))], split='test', box='source')
    assert dataset.get_data_info(0)['bbox'].tolist() == [[1, 2, 30, 31]]


def test_jittered_boxes_are_the_same_in_every_run(w300):
    first, again, other = (
        np.array([i['bbox'][0] for i in items(build(w300, box='jittered', seed=seed))])
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first[: len(other)], other[: len(first)])
    assert np.ptp(first, axis=0).min() > 0.1  # every face has noise of its own
    assert 0.1 < np.abs(first - TRUTH).max() < 0.3 * 20


def test_faces_that_the_detector_does_not_find(w300, printed):
    (item,) = items(build(w300, split='common', box='detected'))
    assert item['bbox'].tolist() == [[0, 0, 39, 31]]
    assert printed == [
        '1 images of common, boxes: detected; 1 faces the detector did not find: '
        'the whole image is their box'
    ]


def test_faces_that_the_detector_finds(w300, printed, monkeypatch):
    found = np.array([[0, 0, 9, 7], [9, 9, 31, 23.0]])
    monkeypatch.setattr(face_boxes, 'detect_faces', lambda image: found)
    (item,) = items(build(w300, split='common', box='detected'))
    assert item['bbox'].tolist() == [[9, 9, 31, 23]]
    assert printed == ['1 images of common, boxes: detected']


def ids(root, split, **kwargs):
    return {item['sample_id'] for item in items(build(root, split=split, **kwargs))}


def test_parts_are_drawn_by_photograph(unofficial):
    parts = {split: ids(unofficial, split) for split in ('train', 'val', 'test')}
    assert {split: len(part) for split, part in parts.items()} == dict(
        train=28, val=4, test=8
    )
    photographs = [{name[:5] for name in part} for part in parts.values()]
    assert sum(map(len, photographs)) == len(set.union(*photographs)) == 20
    assert ids(unofficial, 'train+val') == parts['train'] | parts['val']
    assert ids(unofficial, 'val') == parts['val']
    assert ids(unofficial, 'val', seed=1) != parts['val']
    assert len(ids(unofficial, 'val', fractions=(0.5, 0.1))) == 20


def test_official_parts_stay_and_val_is_drawn_from_train(w300):
    train, val = ids(w300, 'train'), ids(w300, 'val', fractions=(0.1, 0.9))
    assert train | val == ids(w300, 'train+val')
    assert len(train | val) == 11
    assert not train & val
    assert len({name[:9] for name in val}) == 1
    assert ids(w300, 'common') == {'lfpw/testset/image_0001'}


@pytest.mark.parametrize('split', ['challenging', 'train+challenging'])
def test_an_unknown_part(w300, split):
    message = "has no split 'challenging', it has common, train, val"
    with pytest.raises(InputError, match=message):
        build(w300, split=split)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(box='face'), "box must be one of ground_truth, .*, not 'face'"),
        (dict(layout='300W'), "layout must be one of 300w, .*, not '300W'"),
        (dict(data_root='none'), 'no folder none'),
    ],
)
def test_bad_arguments(w300, change, message):
    with pytest.raises(InputError, match=message):
        FaceDataset(**{**dict(layout='300w', data_root=str(w300)), **change})


def flips(number):
    return [
        dict(type='LoadLandmarkImage'),
        *[dict(type='RandomFlip', prob=1.0)] * number,
    ]


def test_a_flip_swaps_left_and_right_and_two_undo_it(tmp_path):
    face(tmp_path / 'ibug', 'image_003_1')
    pixels = np.random.default_rng(0).integers(0, 255, (32, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / 'ibug' / 'image_003_1.png')
    none, once, twice = (
        build(tmp_path, split='challenging', pipeline=flips(n))[0] for n in range(3)
    )
    np.testing.assert_array_equal(once['img'], none['img'][:, ::-1])
    # 37 and 46 are the eyes' outer corners, 9 is the chin, in iBUG's count from 1
    for one, other in ((37, 46), (46, 37), (9, 9), (1, 17), (68, 66)):
        x, y = POINTS[other - 1]
        assert once['keypoints'][0, one - 1].tolist() == [39 - x, y]
    assert once['bbox'].tolist() == [[9, 8, 29, 22]]
    np.testing.assert_array_equal(twice['img'], none['img'])
    np.testing.assert_array_equal(twice['keypoints'], POINTS[None])


def test_a_flip_is_refused_without_left_and_right():
    scheme = Scheme('two', ('a', 'b'), ('A', 'B'))
    given = [sample(points=[[1, 2], [3, 4]])]
    assert len(Given(given, scheme, split='test', pipeline=flips(0))) == 1
    with pytest.raises(InputError, match='scheme two has no flip pairs'):
        Given(given, scheme, split='test', pipeline=flips(1))


def test_unknown_points_are_invisible():
    points = POINTS.copy()
    points[[3, 40]] = np.nan
    dataset = Given([sample(points=points)], split='test', pipeline=CROP)
    item = dataset.get_data_info(0)
    visible = np.ones(68)
    visible[[3, 40]] = 0
    np.testing.assert_array_equal(item['keypoints_visible'], visible[None])
    assert np.isfinite(item['keypoints']).all()
    np.testing.assert_array_equal(item['keypoints'][0, 4], POINTS[4])
    labels = dataset[0]['data_samples'].gt_instance_labels
    np.testing.assert_array_equal(labels.keypoint_weights, visible[None])


def test_images_that_are_arrays_become_bgr():
    gray = np.arange(32 * 40, dtype=np.uint16).reshape(32, 40).astype(np.uint8)
    colour = np.stack([gray, gray // 2, gray // 3], 2)
    given = [sample('a', image=gray), sample('b', image=colour)]
    dataset = Given(given, split='test', pipeline=CROP[:1])
    np.testing.assert_array_equal(dataset[0]['img'], np.stack([gray] * 3, 2))
    np.testing.assert_array_equal(dataset[1]['img'], colour[..., ::-1])
    assert dataset[0]['img_shape'] == (32, 40)
    cropped = Given(given, split='test', pipeline=CROP)
    assert [item['inputs'].shape for item in cropped] == [(3, 64, 64)] * 2


def test_samples_without_points_or_a_box_are_left_out(printed):
    one = np.full((68, 2), np.nan)
    one[5] = 12, 13
    given = [sample('none', np.full((68, 2), np.nan)), sample('one', one), sample('ok')]
    dataset = Given(given, split='test')
    assert [item['sample_id'] for item in items(dataset)] == ['ok']
    assert printed == [
        '1 images of test, boxes: ground_truth',
        'skipped none: no point is annotated',
        "skipped one: its ground_truth box is empty: use box='image'",
    ]
    # boxes stay with their samples
    kept = items(Given(given[1:], split='test', box='image'))
    assert [item['sample_id'] for item in kept] == ['one', 'ok']
    with pytest.raises(InputError, match=r"1 skipped; the first, one: .*box='image'"):
        Given([given[1]], split='test')


def test_a_box_of_zero_width_is_cropped_by_its_height():
    points = np.column_stack([np.full(68, 20.0), np.linspace(5, 25, 68)])
    item = Given([sample(points=points)], split='test', pipeline=CROP)[0]
    labels = item['data_samples'].gt_instance_labels.keypoint_labels[0].numpy()
    np.testing.assert_allclose(labels[[0, 67]], [[0.5, 0.1], [0.5, 0.9]], atol=1e-6)


def test_nothing_read(printed):
    message = 'no usable sample in given, 12 skipped; the first, 0: it was bad'
    with pytest.raises(InputError, match=message):
        Given([], skipped=range(12))
    dataset = Given([sample()], skipped=range(12), split='test')
    assert len(dataset) == 1
    assert len(printed) == 12  # of the part, ten of the skipped, and how many more
    assert printed[-1] == 'and 2 more skipped; of all, 12: it was bad'


@pytest.mark.parametrize(('box', 'lines'), [('image', 2), ('ground_truth', 1)])
def test_several_faces_of_one_image_are_logged(tmp_path, printed, box, lines):
    face(tmp_path, 'a')
    path = tmp_path / 'a.png'
    pair = [sample('one', image=path), sample('two', image=path)]
    Given([*pair, sample('other')], split='test', box=box)
    assert len(printed) == lines
    if lines > 1:
        assert printed[1].startswith(
            '1 images hold several faces: box=image gives them'
        )


@pytest.mark.parametrize('content', [b'', b'no image', 'cut'])
@pytest.mark.parametrize('box', ['ground_truth', 'image', 'detected'])
def test_a_damaged_image_is_named(tmp_path, content, box):
    face(tmp_path / 'ibug', 'a')
    path = tmp_path / 'ibug' / 'a.png'
    path.write_bytes(path.read_bytes()[:60] if content == 'cut' else content)
    with pytest.raises(InputError, match=r'a\.png') as caught:
        build(tmp_path, split='challenging', box=box, pipeline=CROP)[0]
    assert '\n' not in str(caught.value)
