"""DeepLabCut's and SLEAP's HDF5 files, written by pandas and by sleap-io."""

import gzip
import io
import json
import pickle
import sys

import numpy as np
import pytest
from mutations import mutated
from PIL import Image
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.formats.deeplabcut import deeplabcut_scheme, read_deeplabcut
from mmlandmark.formats.deeplabcut_h5 import table_rows
from mmlandmark.formats.detect import detect
from mmlandmark.formats.sleap import read_sleap, sleap_scheme, write_sleap
from mmlandmark.schemes import Scheme
from mmlandmark.structures.sample import LandmarkSample, ReadReport

h5py = pytest.importorskip('h5py')
NAN = float('nan')


@pytest.fixture
def file(tmp_path):
    """Unpacks a file of tests/data beside a.png and b.png."""
    for number, name in enumerate('ab'):
        Image.new('L', (40, 30), number).save(tmp_path / f'{name}.png')

    def unpack(name, new=None):
        data = (ROOT / 'tests' / 'data' / f'{name}.gz').read_bytes()
        path = tmp_path / (new or name)
        path.write_bytes(gzip.decompress(data))
        return path

    return unpack


@pytest.mark.parametrize('layout', ['fixed', 'table'])
def test_a_table_of_deeplabcut(file, layout):
    path = file(f'deeplabcut_{layout}.h5')
    assert detect(path).name == 'deeplabcut'
    scheme = deeplabcut_scheme(path)
    assert scheme.points == ('nose', 'tail base')
    (sample,) = read_deeplabcut(path, scheme)
    np.testing.assert_array_equal(sample.points, [(12.5, 7.25), (NAN, NAN)])
    assert sample.image == path.parent / 'a.png'
    assert sample.subject == 'reach'


def test_a_table_as_its_csv_file_has_it(file):
    assert list(table_rows(file('deeplabcut_fixed.h5'))) == [
        ['scorer', '', '', *['Ann'] * 4],
        ['bodyparts', '', '', 'nose', 'nose', 'tail base', 'tail base'],
        ['coords', '', '', 'x', 'y', 'x', 'y'],
        ['labeled-data', 'reach', 'a.png', '12.5', '7.25', '', ''],
    ]


class Hostile:
    """Prints when it is unpickled."""

    def __reduce__(self):
        return print, ('run',)


def test_a_pickled_heading_runs_nothing(file, capsys):
    path = file('deeplabcut_table.h5')
    with h5py.File(path, 'a') as data:
        attributes = data['df_with_missing/table'].attrs
        pickle.load(io.BytesIO(attributes['values_block_0_kind']))
        attributes['values_block_0_kind'] = np.bytes_(pickle.dumps([Hostile()], 0))
    with pytest.raises(InputError, match=r'its headings need \w+\.print'):
        deeplabcut_scheme(path)
    assert capsys.readouterr().out == ''


def _without_table(data):
    del data['df_with_missing']


def _of_another_type(data):
    data['df_with_missing'].attrs['pandas_type'] = np.bytes_('series')


def _without_headings(data):
    data['df_with_missing'].attrs['axis0_variety'] = np.bytes_('regular')
    data['df_with_missing/axis0'] = np.array([b'x'] * 4)


def _of_other_labels(data):
    data['df_with_missing/axis0_label1'][0] = 7


def _of_more_rows(data):
    del data['df_with_missing/axis1_label2']
    data['df_with_missing/axis1_label2'] = np.zeros(2, np.int8)


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (_without_table, 'it has 0 tables of pandas'),
        (_of_another_type, "of the type 'series', not frame"),
        (_without_headings, 'KeyError|no headings|cannot be read'),
        (_of_other_labels, 'labels of axis0 are not in its level 1'),
        (_of_more_rows, 'cannot be read as a table of DeepLabCut'),
    ],
)
def test_another_table_is_refused_and_its_csv_named(file, damage, message):
    path = file('deeplabcut_fixed.h5')
    with h5py.File(path, 'a') as data:
        damage(data)
    with pytest.raises(InputError, match=message) as caught:
        deeplabcut_scheme(path)
    assert '\n' not in str(caught.value)
    path.with_suffix('.csv').write_text('')
    with pytest.raises(InputError, match=r'read deeplabcut_fixed\.csv beside it'):
        deeplabcut_scheme(path)


@pytest.mark.parametrize('name', ['deeplabcut_fixed.h5', 'deeplabcut_table.h5'])
def test_a_damaged_table_is_read_or_told(file, name):
    path = file(name)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    messages = []
    for _ in range(100):
        path.write_bytes(mutated(whole, random))
        try:
            read_deeplabcut(path, deeplabcut_scheme(path), ReadReport())
        except InputError as error:
            messages.append(str(error))
    assert messages
    assert not [why for why in messages if '\n' in why]


def test_a_file_that_is_not_hdf5(tmp_path):
    (tmp_path / 'a.h5').write_text('nothing')
    with pytest.raises(InputError, match=r'a\.h5 cannot be read as a table of DeepLab'):
        deeplabcut_scheme(tmp_path / 'a.h5')
    with pytest.raises(InputError, match=r'no file .*b\.slp'):
        sleap_scheme(tmp_path / 'b.slp')


def test_without_h5py_the_remedy_is_named(file, monkeypatch):
    path = file('sleap.slp')
    monkeypatch.setitem(sys.modules, 'h5py', None)
    with pytest.raises(InputError, match='pip install mmlandmark'):
        sleap_scheme(path)


def test_labels_of_sleap(file):
    path = file('sleap.slp')
    assert detect(path).name == 'sleap'
    scheme = sleap_scheme(path)
    assert scheme.points == ('nose', 'left ear', 'right ear')
    assert (scheme.skeleton, scheme.flip_pairs) == (((0, 1), (0, 2)), ((1, 2),))
    report = ReadReport()
    first, second = read_sleap(path, scheme, report)
    np.testing.assert_array_equal(first.points, [(12.5, 7.25), (NAN, NAN), (5, 6.5)])
    np.testing.assert_array_equal(second.points, [(1, 2), (3, 4), (5, 6)])
    assert (first.image.name, second.image.name) == ('a.png', 'b.png')
    assert 'scores' not in first.extra
    assert second.extra['scores'].tolist() == [0.5, 0.75, 1]
    # the frame of a.png has a labelled and a predicted instance
    assert report.counts == {
        'predicted instances left out, in frames with labelled ones': 1
    }


def test_half_a_pixel_of_files_before_1_1(file):
    path = file('sleap.slp')
    with h5py.File(path, 'a') as data:
        data['metadata'].attrs['format_id'] = 1.0
    (first, _) = read_sleap(path, sleap_scheme(path))
    assert first.points[0].tolist() == [12, 6.75]


def test_a_newer_file_is_refused(file):
    path = file('sleap.slp')
    with h5py.File(path, 'a') as data:
        data['metadata'].attrs['format_id'] = 3.0
    with pytest.raises(InputError, match='SLP format 3: below 3 is read'):
        sleap_scheme(path)


@pytest.mark.parametrize(
    'backend',
    [
        dict(type='MediaVideo', filename='mice.mp4'),
        dict(type='HDF5Video', filename='.', dataset='video0/video'),
    ],
)
def test_frames_of_a_video_are_refused(file, backend):
    path = file('sleap.slp')
    with h5py.File(path, 'a') as data:
        data['videos_json'][0] = json.dumps(dict(filename='', backend=backend))
    report = ReadReport()
    assert read_sleap(path, sleap_scheme(path), report) == []
    assert (
        f"frame 0 of '{backend['filename']}' is not an image file"
        in (report.skipped[0][1])
    )


def test_a_skeleton_of_many_points_has_no_room_in_a_file(tmp_path):
    Image.new('L', (40, 30)).save(tmp_path / 'a.png')
    names = tuple(f'the point of number {i}' for i in range(2000))
    sample = LandmarkSample('a', tmp_path / 'a.png', np.zeros((2000, 2)))
    with pytest.raises(InputError, match='SLEAP has room for 64000'):
        write_sleap(tmp_path / 'x.slp', [sample], Scheme('s', names, names))
