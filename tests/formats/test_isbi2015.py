import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_isbi2015
from mmlandmark.structures.pixel_spacing import PixelSpacing
from mmlandmark.structures.sample import ReadReport

CLASSES = '\n'.join('12312312')


@pytest.fixture
def challenge(tmp_path):
    """Two tiny heads in the official layout, one .bmp and one .png."""
    images = ('TrainingData/001.bmp', 'Test1Data/151.png', 'Test2Data/301.jpg')
    for folder, name in (image.split('/') for image in images):
        (tmp_path / 'RawImage' / folder).mkdir(parents=True)
        Image.new('L', (40, 50)).save(tmp_path / 'RawImage' / folder / name)
    for who, shift in (('senior', 0), ('junior', 4)):
        (tmp_path / f'400_{who}').mkdir()
        lines = [f'{10 + i + shift},{20 + i}' for i in range(19)]
        (tmp_path / f'400_{who}' / '001.txt').write_text('\n'.join(lines))
        # official files go on with a class per measurement
        text = '\r\n'.join(lines) + '\r\n' + CLASSES
        (tmp_path / f'400_{who}' / '151.txt').write_text(text)
        (tmp_path / f'400_{who}' / '301.txt').write_text(text)
    return tmp_path


def test_truth_is_the_mean_of_both_annotators(challenge):
    samples = read_isbi2015(challenge)
    assert [(s.id, s.split, s.spacing) for s in samples] == [
        ('001', 'train', PixelSpacing.square(0.1, 'ISBI 2015')),
        ('151', 'test1', PixelSpacing.square(0.1, 'ISBI 2015')),
        ('301', 'test2', PixelSpacing.square(0.1, 'ISBI 2015')),
    ]
    for sample in samples:
        expected = np.column_stack([np.arange(12, 31), np.arange(20, 39)])
        np.testing.assert_array_equal(sample.points, expected)
        views = sample.extra['annotators']
        assert views['junior'][0, 0] - views['senior'][0, 0] == 4


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda f: f.write_text('1,2\n3,4'), 'has 2 lines, 19 are needed'),
        (
            lambda f: f.write_text(f.read_text().replace('12,22', '12')),
            "line 3 is '12'",
        ),
        (
            lambda f: f.write_text(f.read_text().replace('12,22', 'a,b')),
            "line 3 is 'a,b'",
        ),
        (lambda f: f.unlink(), 'no annotation 400_senior/001.txt'),
    ],
    ids=['short', 'too few numbers', 'text', 'missing'],
)
def test_a_bad_head_is_an_error_or_reported(challenge, change, message):
    change(challenge / '400_senior' / '001.txt')
    with pytest.raises(InputError, match=message):
        read_isbi2015(challenge)
    report = ReadReport()
    assert [s.id for s in read_isbi2015(challenge, report)] == ['151', '301']
    ((where, why),) = report.skipped
    assert where.endswith('001.bmp')
    assert why.startswith(('400_senior', 'no annotation'))


def test_missing_folders_are_named(tmp_path):
    (tmp_path / 'RawImage').mkdir()
    with pytest.raises(InputError, match='has no 400_senior, 400_junior'):
        read_isbi2015(tmp_path)


def test_real_radiographs(isbi2015):
    samples = read_isbi2015(isbi2015)
    assert sum(s.split == 'train' for s in samples) == 150
    assert sum(s.split == 'test1' for s in samples) == 150
    first = samples[0]
    # both annotators' files give Sella of head 001 by hand: junior 829,991
    np.testing.assert_array_equal(first.extra['annotators']['junior'][0], [829, 991])
    # sella to nasion over the 300 heads, as published for the set (59.07 mm over 400)
    distance = [np.hypot(*(s.points[0] - s.points[1])) * 0.1 for s in samples]
    assert np.mean(distance) == pytest.approx(59.1, abs=0.5)
