"""MATLAB files that SciPy writes; a file of MATLAB itself is not at hand."""

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from mmlandmark import InputError
from mmlandmark.formats.common.matlab import load_mat


def cell(*values):
    found = np.empty((len(values), 1), object)
    found[:, 0] = values
    return found


VALUES = {
    'double': np.array([[1.5, np.nan], [-2, 3]]),
    'byte': np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    'whole': np.array([[-5, 7]], np.int16),
    'long': np.array([[2**40]], np.int64),
    'single': np.array([[0.5], [4]], np.float32),
    'empty': np.zeros((0, 3)),
    'text': 'a/b.jpg',
    'cells': cell('0/image00002.jpg', 'é', np.array([[1.0, 2]])),
    'a_name_that_is_long': np.array([[1.0]]),
}


@pytest.mark.parametrize('compressed', [False, True])
def test_variables_are_those_that_scipy_reads(tmp_path, compressed):
    path = tmp_path / 'a.mat'
    savemat(path, VALUES, do_compression=compressed)
    found, scipys = load_mat(path, tuple(VALUES)), loadmat(path)
    for name in VALUES:
        expected = scipys[name]
        assert found[name].shape == expected.shape, name
        if expected.dtype == object:
            for one, other in zip(found[name].flat, expected.flat, strict=True):
                np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_array_equal(found[name], expected)
            assert found[name].dtype == np.asarray(expected).dtype
    assert found['double'].tolist()[1] == [-2, 3]


@pytest.mark.parametrize(
    ('value', 'message'),
    [
        (np.array([[1 + 2j]]), 'the class 6, which is not read'),
        (dict(b=1.0), 'the class 2, which is not read'),
    ],
)
def test_other_variables_are_refused_if_they_are_wanted(tmp_path, value, message):
    path = tmp_path / 'a.mat'
    savemat(path, dict(x=value, y=np.array([[3.0]])))
    assert load_mat(path, ('y',))['y'].tolist() == [[3]]
    with pytest.raises(InputError, match=message):
        load_mat(path, ('x',))
    with pytest.raises(InputError, match='lacks z'):
        load_mat(path, ('y', 'z'))


@pytest.mark.parametrize(
    ('version', 'message'),
    [(b'\0\2IM', r'MATLAB v7\.3'), (b'\0\0\0\0', 'not v5 to v7')],
)
def test_other_versions_are_named(tmp_path, version, message):
    path = tmp_path / 'a.mat'
    path.write_bytes(b' ' * 124 + version + bytes(400))
    with pytest.raises(InputError, match=message):
        load_mat(path, ('x',))
