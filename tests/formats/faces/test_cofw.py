import sys

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.formats import read_cofw
from mmlandmark.structures.sample import ReadReport

h5py = pytest.importorskip('h5py')

NAMES = {'train': 'COFW_train_color.mat', 'test': 'COFW_test_color.mat'}


def pictures():
    """A gray one of 8 rows and 6 columns, a red one of 5 rows and 7 columns."""
    gray = np.arange(48, dtype=np.uint8).reshape(8, 6)
    red = np.zeros((5, 7, 3), np.uint8)
    red[..., 0] = 200
    return [gray, red]


def phi(shift):
    x = np.arange(29) + 11.0 + shift
    return np.concatenate([x, np.arange(29) + 21.0, np.arange(29) % 2])


def write(path, ending, images, phis, boxes):
    """Write as MATLAB does: every array transposed, the cells as references."""
    with h5py.File(path, 'w') as mat:
        cells = mat.create_dataset(f'Is{ending}', (1, len(images)), h5py.ref_dtype)
        for i, image in enumerate(images):
            cells[0, i] = mat.create_dataset(f'#refs#/{i}', data=image.T).ref
        mat[f'phis{ending}'] = np.array(phis).T
        mat[f'bboxes{ending}'] = np.array(boxes, float).T


@pytest.fixture
def cofw(tmp_path):
    boxes = [[8, 6, 30, 40]] * 2
    write(tmp_path / NAMES['train'], 'Tr', pictures(), [phi(0), phi(1)], boxes)
    write(tmp_path / NAMES['test'], 'T', pictures()[:1], [phi(2)], boxes[:1])
    return tmp_path


def test_points_count_from_0_and_images_stand_upright(cofw):
    samples = read_cofw(cofw)
    assert [(s.id, s.split) for s in samples] == [
        ('train_0001', 'train'),
        ('train_0002', 'train'),
        ('test_0001', 'test'),
    ]
    for shift, sample in enumerate(samples):
        expected = np.column_stack([np.arange(10, 39) + shift, np.arange(20, 49)])
        np.testing.assert_array_equal(sample.points, expected)
        np.testing.assert_array_equal(sample.extra['occluded'], np.arange(29) % 2 == 1)
        assert sample.box == (7, 5, 37, 45)
    np.testing.assert_array_equal(samples[0].image, pictures()[0])
    np.testing.assert_array_equal(samples[1].image, pictures()[1])


def test_one_file_alone(cofw):
    (sample,) = read_cofw(cofw / NAMES['test'])
    assert sample.split == 'test'


@pytest.mark.parametrize(
    ('image', 'bad_phi', 'message'),
    [
        (np.zeros((0, 0), np.uint8), phi(0), 'its image is uint8 of shape'),
        (np.zeros((4, 4), float), phi(0), 'its image is float64'),
        (np.zeros((4, 4, 2), np.uint8), phi(0), r'shape \(4, 4, 2\)'),
        (pictures()[0], phi(np.nan), 'lacks a coordinate'),
    ],
)
def test_a_bad_face_is_an_error_or_reported(cofw, image, bad_phi, message):
    images, phis = [image, pictures()[1]], [bad_phi, phi(0)]
    write(cofw / NAMES['train'], 'Tr', images, phis, [[1, 1, 2, 2]] * 2)
    with pytest.raises(InputError, match=f'COFW_train_color.mat: face 1: .*{message}'):
        read_cofw(cofw)
    report = ReadReport()
    assert [s.id for s in read_cofw(cofw, report)] == ['train_0002', 'test_0001']
    ((where, _),) = report.skipped
    assert where == 'COFW_train_color.mat face 1'


def test_a_cell_that_refers_to_nothing(cofw):
    with h5py.File(cofw / NAMES['train'], 'a') as mat:
        mat['IsTr'][0, 0] = h5py.Reference()
    with pytest.raises(InputError, match='its image is not in the file'):
        read_cofw(cofw)


def test_files_of_another_kind(cofw, tmp_path):
    path = cofw / NAMES['train']
    write(path, 'Tr', pictures(), [phi(0)[:-1]] * 2, [[1, 1, 2, 2]] * 2)
    with pytest.raises(InputError, match=r'phisTr \(2, 86\)'):
        read_cofw(cofw)
    write(path, 'T', pictures(), [phi(0)] * 2, [[1, 1, 2, 2]] * 2)
    with pytest.raises(InputError, match='lacks IsTr, phisTr, bboxesTr'):
        read_cofw(path)
    for content in (b'', b'MATLAB 5.0 MAT-file'):
        path.write_bytes(content)
        with pytest.raises(InputError, match='cannot be read as MATLAB'):
            read_cofw(path)
    with pytest.raises(InputError, match='give the folder that holds them'):
        read_cofw(cofw / 'nowhere')


def test_without_h5py_the_remedy_is_named(cofw, monkeypatch):
    monkeypatch.setitem(sys.modules, 'h5py', None)
    with pytest.raises(InputError, match='pip install mmlandmark'):
        read_cofw(cofw)
