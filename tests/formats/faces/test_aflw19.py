import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from mmlandmark import InputError
from mmlandmark.formats import read_aflw19
from mmlandmark.formats.faces import aflw19
from mmlandmark.structures.sample import ReadReport

NAMES = ('0/image00002.jpg', '2/image00100.jpg', '0/image00002.jpg')


def arrays():
    """Three faces; the second has its first point hidden and its second occluded."""
    data = np.empty((3, 38))
    for i in range(3):
        data[i] = np.r_[np.arange(19) + 10 + i, np.arange(19) + 20]
    data[1, [0, 19]] = 0
    mask = np.ones((3, 19), np.uint8)
    mask[1, :2] = 0
    cells = np.empty((3, 1), object)
    cells[:, 0] = NAMES
    return dict(
        bbox=np.tile([7.0, 37, 5, 45], (3, 1)),  # left, right, top, bottom
        data=data,
        mask_new=mask,
        nameList=cells,
        ra=np.array([[3, 1, 2]]),
    )


@pytest.fixture
def aflw(tmp_path):
    for name in set(NAMES):
        path = tmp_path / 'data' / 'flickr' / name
        path.parent.mkdir(parents=True)
        Image.new('RGB', (20, 20)).save(path)
    savemat(tmp_path / aflw19.FILE, arrays())
    return tmp_path


def test_faces_in_the_order_of_the_permutation(aflw):
    samples = read_aflw19(aflw)
    assert [(s.id, s.split, s.subject) for s in samples] == [
        ('0/image00002', 'train', 'train/0/image00002'),
        ('0/image00002_2', 'train', 'train/0/image00002'),
        ('2/image00100', 'train', 'train/2/image00100'),
    ]
    for sample, i in zip(samples, (2, 0, 1), strict=True):
        expected = np.column_stack([np.arange(10.0, 29) + i, np.arange(20.0, 39)])
        expected[0] = np.nan if i == 1 else expected[0]
        np.testing.assert_array_equal(sample.points, expected)
        assert sample.box == (7, 5, 37, 45)
        assert sample.image.is_file()
        assert sample.extra['frontal'] == (i != 1)
        assert sample.extra['occluded'].tolist() == [i == 1] * 2 + [False] * 17


def test_what_follows_the_training_part_is_test(aflw, monkeypatch):
    monkeypatch.setattr(aflw19, 'TRAIN', 1)
    samples = read_aflw19(aflw)
    # the official split parts faces of one photograph
    assert [(s.split, s.subject) for s in samples] == [
        ('train', 'train/0/image00002'),
        ('test', 'test/0/image00002'),
        ('test', 'test/2/image00100'),
    ]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda m: m['data'].__setitem__((1, 3), np.nan), 'lacks a coordinate'),
        (lambda m: m['nameList'].__setitem__((1, 0), '9/gone.jpg'), "no image '9/gone"),
        (
            lambda m: m['nameList'].__setitem__((1, 0), ''),
            'is not the name of an image',
        ),
    ],
)
def test_a_bad_face_is_an_error_or_reported(aflw, change, message):
    mat = arrays()
    change(mat)
    savemat(aflw / aflw19.FILE, mat)
    with pytest.raises(InputError, match=message):
        read_aflw19(aflw)
    report = ReadReport()
    assert len(read_aflw19(aflw, report)) == 2
    ((where, _),) = report.skipped
    assert where.startswith('face 2 (')


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('data', np.zeros((3, 37)), r'data is float64 \(3, 37\)'),
        ('bbox', np.zeros((2, 4)), r'bbox is float64 \(2, 4\)'),
        ('mask_new', np.full((3, 19), 'a', object), 'mask_new is object'),
        ('ra', np.array([[1, 2, 4]]), 'not a permutation of 1 to 3'),
        ('ra', np.array([[1, 2]]), 'not a permutation of 1 to 3'),
        ('ra', None, 'lacks ra'),
    ],
)
def test_arrays_of_another_shape(aflw, key, value, message):
    mat = {name: array for name, array in arrays().items() if name != key}
    savemat(aflw / aflw19.FILE, mat if value is None else {**mat, key: value})
    with pytest.raises(InputError, match=message):
        read_aflw19(aflw, ReadReport())


@pytest.mark.parametrize('length', [None, 0, 60, 200, 300])
def test_a_file_that_is_cut_off(aflw, length):
    path = aflw / aflw19.FILE
    if length is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match=aflw19.FILE):
        read_aflw19(aflw)


def test_text_instead_of_a_mat_file(aflw):
    (aflw / aflw19.FILE).write_text('image,x,y\n' * 50)
    with pytest.raises(InputError, match='not a readable MATLAB file'):
        read_aflw19(aflw)
