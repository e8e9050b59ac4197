"""Pickles that forge what numpy trusts, and damaged ones, in a process that may crash."""

import os
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mutations import mutated

from mmlandmark import InputError
from mmlandmark.formats.photo_pickle import load_table
from mmlandmark.formats.photo_pickle.frame import read_frame
from mmlandmark.formats.photo_pickle.unpickler import load_pickle
from mmlandmark.schemes import PHOTO19


def small_frame():
    columns = dict(patient_id=[1, 2, 3], set=['train', 'test', None])
    columns |= {
        f'{p}_{axis}': [1.5, np.nan, 3] for p in PHOTO19.points for axis in 'xy'
    }
    columns['Image'] = [np.full(3, i, np.uint8) for i in range(3)]
    return pd.DataFrame(columns)


def test_a_frame_is_read_as_pandas_reads_it(tmp_path):
    frame = small_frame()
    frame['kind'] = frame['set'].astype('category')
    frame['text'] = frame['set'].astype('string')
    frame['big'] = np.array([1.5, 2, -3], '>f4')
    for protocol in range(2, 6):
        for part in (frame, frame.drop(columns='big').iloc[[2, 0]]):
            part.to_pickle(tmp_path / 'a.pkl', protocol=protocol)
            found = read_frame(tmp_path / 'a.pkl')
            assert list(found) == list(part)
            for column in part:
                for a, b in zip(found[column], part[column], strict=True):
                    both_missing = np.ndim(b) == 0 and pd.isna(a) and pd.isna(b)
                    assert both_missing or np.array_equal(a, b)


class Call:
    """Pickles as a call of a name with arguments, and a state if there is one."""

    def __init__(self, what, args, *state):
        self.reduced = (what, args, *state)

    def __reduce__(self):
        return self.reduced


DTYPE = np.dtype
EMPTY = (np.ndarray, (0,), b'b')
RECONSTRUCT = np.array([1]).__reduce__()[0]
FROM_BUFFER = np.array([1]).__reduce_ex__(5)[0]
SCALAR = np.float64(1).__reduce__()[0]
PLAIN = (3, '|', None, None, None, -1, -1)


def array(shape, dtype, raw):
    return Call(RECONSTRUCT, EMPTY, (1, shape, dtype, False, raw))


# each turns bytes into pointers, allocates too much memory, or crashes numpy
FORGED = {
    'objects without flags': array(
        (1,), Call(DTYPE, ('O8', False, True), (*PLAIN, 0)), b'A' * 8
    ),
    'numbers flagged': Call(
        DTYPE, ('i8', False, True), (3, '<', None, None, None, -1, -1, 63)
    ),
    'fields': Call(
        DTYPE,
        ('V8', False, True),
        (3, '|', None, ('a',), {'a': (np.dtype('O'), 0)}, 8, 1, 0),
    ),
    'a field': Call(DTYPE, ('O,i8', False, True)),
    'fields by list': Call(DTYPE, ([('a', 'O')],)),
    'a subarray': Call(DTYPE, ('(9,9)O',)),
    'a size': Call(
        DTYPE, ('U4', False, True), (3, '<', None, None, None, 1 << 40, 4, 8)
    ),
    'objects of bytes': array((1,), np.dtype('O'), b'A' * 8),
    'too few objects': array((9,), np.dtype('O'), [1]),
    'too few bytes': array((9,), np.dtype('i8'), b'A' * 8),
    'many bytes': array((1 << 60,), np.dtype('u1'), b''),
    'a shape of texts': array(('a',), np.dtype('u1'), b''),
    'a negative shape': array((-1, -8), np.dtype('u1'), b'A' * 8),
    'no shape': Call(RECONSTRUCT, EMPTY, (1, None)),
    'an array called': Call(np.ndarray, ((1,), 'O', b'A' * 8)),
    'a large array': Call(np.ndarray, ((1 << 34,), 'O')),
    'a buffer of objects': Call(FROM_BUFFER, (b'A' * 8, np.dtype('O'), (1,), 'C')),
    'a buffer of another length': Call(
        FROM_BUFFER, (b'A' * 8, np.dtype('u1'), (9,), 'C')
    ),
    'an object': Call(SCALAR, (np.dtype('O'), b'A' * 8)),
    'a number of one byte': Call(SCALAR, (np.dtype('f8'), b'A')),
    'empty memory': Call(bytearray, (1 << 34,)),
    'an array in another': array((1,), np.dtype('O'), [np.array([None])]),
}


@pytest.mark.parametrize('forged', FORGED.values(), ids=FORGED)
def test_what_is_forged_is_refused_before_it_is_made(tmp_path, forged):
    (tmp_path / 'a.pkl').write_bytes(pickle.dumps(forged))
    with pytest.raises(InputError) as caught:
        load_table(tmp_path / 'a.pkl')
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    'code',
    [
        b'\x96' + (1 << 36).to_bytes(8, 'little') + b'A',  # a bytearray
        b'\x8e' + (1 << 36).to_bytes(8, 'little') + b'A',  # bytes
        b'\x8d' + (1 << 36).to_bytes(8, 'little') + b'A',  # a text
        b'\x95' + (1 << 36).to_bytes(8, 'little') + b'A',  # a frame
        b'\x8b' + (1 << 30).to_bytes(4, 'little') + b'A',  # an integer
        b'r' + (1 << 30).to_bytes(4, 'little') + b'A',  # a place in the memo
    ],
)
def test_a_forged_length_is_told(tmp_path, code):
    (tmp_path / 'a.pkl').write_bytes(b'\x80\x05' + code)
    with pytest.raises(InputError, match='not a readable pickle'):
        load_table(tmp_path / 'a.pkl')


def test_arrays_of_a_frame_are_whole(tmp_path):
    array = np.array([[1.5, 2], [3, 4]])
    for value in (
        array,
        array.T,
        array.astype('>f4'),
        np.array(['a', 'bc']),
        array[:0],
    ):
        for protocol in range(2, 6):
            pickled = pickle.dumps(value, protocol)
            (tmp_path / 'a.pkl').write_bytes(pickled)
            found, expected = load_pickle(tmp_path / 'a.pkl'), pickle.loads(pickled)
            np.testing.assert_array_equal(found, expected)
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)


COUNT = 300

CHILD = f"""
import sys
from mmlandmark import InputError
from mmlandmark.formats import ReadReport, read_photo_pickle
for i in range({COUNT}):
    try:
        read_photo_pickle(f'{{sys.argv[1]}}/{{i}}.pkl', ReadReport())
    except InputError as error:
        assert '\\n' not in str(error)
print('whole')
"""


def test_damaged_files_raise_nothing_else(tmp_path):
    random = np.random.default_rng(0)
    whole = [
        pickletools.optimize(pickle.dumps(small_frame(), protocol=p)) for p in (2, 4, 5)
    ]
    for i in range(COUNT):
        data = mutated(whole[i % 3], random)
        (tmp_path / f'{i}.pkl').write_bytes(data)
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, '-c', CHILD, tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': root},
        check=False,
    )
    assert done.stdout == 'whole\n', done.stderr[-2000:]
