import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_300w
from mmlandmark.formats.faces.ibug300w import read_pts
from mmlandmark.io.load import load_image
from mmlandmark.structures.sample import ReadReport

# three points as a file has them, counted from 1, and from 0
LINES = ('1 1', '10.5 20.25', '321.125 0')
EXPECTED = [[0, 0], [9.5, 19.25], [320.125, -1]]
BODY = '\n'.join(LINES)


def face(folder, name, image='.jpg', points='.pts', shift=0.0, mode='RGB'):
    """One photograph and its 68 points, the first at (shift, shift) counted from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    if image:
        Image.new(mode, (9, 7)).save(folder / f'{name}{image}')
    lines = [f'{i + shift} {2 * i + shift}' for i in range(68)]
    text = '\n'.join(['version: 1', 'n_points:  68', '{', *lines, '}', ''])
    (folder / f'{name}{points}').write_text(text)


@pytest.fixture
def w300(tmp_path):
    """A face in every official folder, and two of one photograph."""
    face(tmp_path / 'afw', '4351876664_1', shift=1.5)
    face(tmp_path / 'afw', '4351876664_2')
    face(tmp_path / 'helen' / 'trainset', '100032540_1')
    face(tmp_path / 'helen' / 'testset', '100032540_1')
    face(tmp_path / 'lfpw' / 'trainset', 'image_0001', '.png')
    face(tmp_path / 'lfpw' / 'testset', 'image_0001', '.png')
    face(tmp_path / 'ibug', 'image_092 _01')
    face(tmp_path / '300W' / '01_Indoor', 'indoor_001', '.png')
    face(tmp_path / '300W' / '02_Outdoor', 'outdoor_001', '.png')
    return tmp_path


def test_official_splits_by_folder(w300):
    found = {sample.id: sample.split for sample in read_300w(w300)}
    assert found == {
        'afw/4351876664_1': 'train',
        'afw/4351876664_2': 'train',
        'helen/trainset/100032540_1': 'train',
        'helen/testset/100032540_1': 'common',
        'lfpw/trainset/image_0001': 'train',
        'lfpw/testset/image_0001': 'common',
        'ibug/image_092 _01': 'challenging',
        '300W/01_Indoor/indoor_001': 'test',
        '300W/02_Outdoor/outdoor_001': 'test',
    }


def test_points_count_from_0(w300):
    samples = {sample.id: sample for sample in read_300w(w300)}
    expected = np.column_stack([np.arange(68), 2 * np.arange(68)])
    np.testing.assert_array_equal(samples['afw/4351876664_1'].points, expected + 0.5)
    np.testing.assert_array_equal(samples['ibug/image_092 _01'].points, expected - 1)


def test_faces_of_one_photograph_are_one_subject(w300):
    subjects = {sample.id: sample.subject for sample in read_300w(w300)}
    assert subjects['afw/4351876664_1'] == subjects['afw/4351876664_2']
    # LFPW's number is the photograph's own
    face(w300 / 'lfpw' / 'trainset', 'image_0002')
    assert len({sample.subject for sample in read_300w(w300)}) == len(subjects)


@pytest.mark.parametrize(
    ('folder', 'split'),
    [
        ('afw', 'train'),
        ('helen/testset', 'common'),
        ('ibug', 'challenging'),
        ('300W/01_Indoor', 'test'),
    ],
)
def test_a_part_alone(w300, folder, split):
    samples = read_300w(w300 / folder)
    assert samples
    assert {sample.split for sample in samples} == {split}


def test_the_innermost_folder_says_the_split(tmp_path):
    face(tmp_path / 'ibug' / '300W' / '01_Indoor', 'indoor_001')
    face(tmp_path / 'ibug' / 'AFW', '1_1')
    for root in (tmp_path, tmp_path / 'ibug'):
        assert sorted(s.split for s in read_300w(root)) == ['test', 'train']


def test_other_folders_have_no_split(tmp_path):
    face(tmp_path / 'mine', 'a')
    (sample,) = read_300w(tmp_path)
    assert (sample.id, sample.split, sample.subject) == ('mine/a', None, 'mine/a')
    face(tmp_path / 'ibug', 'b')
    with pytest.raises(InputError, match='mine is not a folder of 300-W'):
        read_300w(tmp_path, ReadReport())


@pytest.mark.parametrize(
    'text',
    [
        f'version: 1\nn_points: 3\n{{\n{BODY}\n}}\n',
        f'version: 1\nn_points:  3\n{{\n{BODY}\n}}',
        f'\n version:1\n\nn_points :3\n\n{{\n\n{BODY}\n\n}}\n\n',
        f'\ufeffversion: 1\nn_points: 3\n{{\n{BODY}\n}}\n',
        'n_points: 3 {' + BODY.replace(' ', '\t ') + ' }',
    ],
    ids=['plain', 'two spaces', 'blank lines', 'BOM', 'tabs'],
)
@pytest.mark.parametrize('end', ['\n', '\r\n'])
def test_headers_vary(tmp_path, text, end):
    (tmp_path / 'a.pts').write_bytes(text.replace('\n', end).encode('utf-8'))
    np.testing.assert_array_equal(read_pts(tmp_path / 'a.pts'), EXPECTED)


@pytest.mark.parametrize(
    ('image', 'points'),
    [('.JPG', '.PTS'), ('.PNG', '.pts'), ('.Jpg', '.Pts'), ('.jpeg', '.pts')],
)
def test_endings_of_any_case(tmp_path, image, points):
    face(tmp_path, 'a b.c', image, points)
    (sample,) = read_300w(tmp_path)
    assert sample.image == tmp_path / f'a b.c{image}'
    assert sample.id == 'a b.c'


def test_a_jpg_goes_before_a_png_of_its_name(tmp_path):
    face(tmp_path, 'a', '.png')
    face(tmp_path, 'a', '.jpg')
    (sample,) = read_300w(tmp_path)
    assert sample.image.name == 'a.jpg'


@pytest.mark.parametrize(
    ('mode', 'shape'), [('L', (7, 9)), ('RGBA', (7, 9, 3)), ('P', (7, 9, 3))]
)
def test_photographs_of_any_mode(tmp_path, mode, shape):
    face(tmp_path, 'a', '.png', mode=mode)
    (sample,) = read_300w(tmp_path)
    assert load_image(sample.image).pixels.shape == shape


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (f'n_points: 4\n{{\n{BODY}\n}}', 'has 3 points but declares n_points: 4'),
        ('n_points: 1\n{\n1 b\n}', "point 1 is '1 b', not two numbers"),
        ('n_points: 2\n{\n1 1\n1 1 1\n}', "point 2 is '1 1 1', not two numbers"),
        ('n_points: 1\n{\n1 nan\n}', 'point 1 lacks a coordinate'),
        (f'n_points: 3\n{{\n{BODY}\n', 'is not a .pts file'),
        (f'version: 1\n{{\n{BODY}\n}}', 'is not a .pts file'),
        ('', 'is not a .pts file'),
        (b'\xff\xfe\x00', 'is not UTF-16 text'),
        (None, 'no file'),
    ],
    ids=[
        *('count', 'text', 'three', 'nan', 'not closed', 'no n_points', 'empty'),
        *('binary', 'missing'),
    ],
)
def test_bad_pts(tmp_path, text, message):
    path = tmp_path / 'a.pts'
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        read_pts(path)
    assert str(path) in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (
            lambda path: path.write_text(f'n_points: 3\n{{\n{BODY}\n}}'),
            'has 3 points, 300-W has 68',
        ),
        (
            lambda path: path.write_text(path.read_text().replace('7.0 14.0', '7,0 1')),
            "point 8 is '7,0 1', not two numbers",
        ),
        (
            lambda path: path.with_suffix('.jpg').unlink(),
            'has no image of the same name',
        ),
    ],
    ids=['count', 'text', 'no image'],
)
def test_a_bad_face_is_an_error_or_reported(w300, spoil, message):
    bad = w300 / 'ibug' / 'image_092 _01.pts'
    spoil(bad)
    with pytest.raises(InputError, match=message):
        read_300w(w300)
    report = ReadReport()
    assert 'challenging' not in {s.split for s in read_300w(w300, report)}
    ((where, why),) = report.skipped
    assert where == str(bad)
    assert message in why


def test_no_folder_or_an_empty_one(tmp_path):
    with pytest.raises(InputError, match=r'no folder .*none: give the one that holds'):
        read_300w(tmp_path / 'none')
    with pytest.raises(InputError, match=r'hold no \.pts file'):
        read_300w(tmp_path)


def test_real_faces(faces_300w):
    samples = read_300w(faces_300w)
    splits = [sample.split for sample in samples]
    assert (splits.count('train'), splits.count('common')) == (2012, 224)
    assert len(splits) == 2236
    by_id = {sample.id: sample for sample in samples}
    # its file begins with 80.540 99.967
    first = by_id['lfpw/testset/image_0001'].points[0]
    np.testing.assert_allclose(first, [79.540, 98.967])
