import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.formats import read_wflw
from mmlandmark.structures.sample import ReadReport

FOLDER = 'WFLW_annotations/list_98pt_rect_attr_train_test'


def line(name, shift=0, attributes='1 0 0 1 0 1'):
    coordinates = ' '.join(f'{10.5 + i + shift} {20.25 + i}' for i in range(98))
    return f'{coordinates} 7 5 37 45 {attributes} {name}'


@pytest.fixture
def wflw(tmp_path):
    """Two training faces in one photograph, a test face."""
    for name in ('0--Parade/0_Parade_849.jpg', '37--Soccer/37_Soccer_Ball_45.jpg'):
        path = tmp_path / 'WFLW_images' / name
        path.parent.mkdir(parents=True)
        Image.new('RGB', (20, 20)).save(path)
    (tmp_path / FOLDER).mkdir(parents=True)
    train, test = (
        tmp_path / FOLDER / f'list_98pt_rect_attr_{p}.txt' for p in ('train', 'test')
    )
    name = '0--Parade/0_Parade_849.jpg'
    train.write_text(f'{line(name)}\n{line(name, 1, "0 0 0 0 0 0")}\n')
    test.write_text(line('37--Soccer/37_Soccer_Ball_45.jpg', 2))
    return tmp_path


def test_faces_of_a_photograph_stay_together(wflw):
    samples = read_wflw(wflw)
    assert [(s.id, s.split, s.subject) for s in samples] == [
        ('0--Parade/0_Parade_849', 'train', 'train/0--Parade/0_Parade_849'),
        ('0--Parade/0_Parade_849_2', 'train', 'train/0--Parade/0_Parade_849'),
        ('37--Soccer/37_Soccer_Ball_45', 'test', 'test/37--Soccer/37_Soccer_Ball_45'),
    ]
    for shift, sample in enumerate(samples):
        expected = np.column_stack(
            [np.arange(98) + 10.5 + shift, np.arange(98) + 20.25]
        )
        np.testing.assert_array_equal(sample.points, expected)
        assert sample.box == (7, 5, 37, 45)
        assert sample.image.is_file()
    assert samples[0].extra['attributes'] == dict(
        pose=True,
        expression=False,
        illumination=False,
        makeup=True,
        occlusion=False,
        blur=True,
    )
    assert not any(samples[1].extra['attributes'].values())


def test_one_list_alone(wflw):
    (sample,) = read_wflw(wflw / FOLDER / 'list_98pt_rect_attr_test.txt')
    assert sample.split == 'test'


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('10.5 20.25 ', '10.5 ', 'it has 206 columns, 207 are needed'),
        ('10.5 20.25 ', '10.5 b ', "could not convert string to float: 'b'"),
        ('10.5 20.25 ', '10.5 inf ', 'not finite'),
        ('1 0 0 1 0 1', '1 0 0 2 0 1', 'attributes are 1 0 0 2 0 1'),
        ('Parade_849.jpg', 'Parade_850.jpg', "no image '.*Parade_850.jpg'"),
    ],
)
def test_a_bad_line_is_an_error_or_reported(wflw, old, new, message):
    path = wflw / FOLDER / 'list_98pt_rect_attr_train.txt'
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=f'train.txt line 1: .*{message}'):
        read_wflw(wflw)
    report = ReadReport()
    assert [s.split for s in read_wflw(wflw, report)] == ['train', 'test']
    ((where, _),) = report.skipped
    assert where == 'list_98pt_rect_attr_train.txt line 1'


def test_what_is_no_wflw_is_named(wflw, tmp_path):
    (wflw / 'WFLW_images').rename(wflw / 'images')
    with pytest.raises(InputError, match='no WFLW_images beside or above'):
        read_wflw(wflw)
    with pytest.raises(InputError, match='hold no list_98pt_rect_attr_train'):
        read_wflw(wflw / 'images')
    with pytest.raises(InputError, match='is not list_98pt_rect_attr_train'):
        read_wflw(wflw / 'images' / '0--Parade' / '0_Parade_849.jpg')


def test_a_list_that_is_no_text(wflw):
    (wflw / FOLDER / 'list_98pt_rect_attr_train.txt').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(InputError, match='is not UTF-16 text'):
        read_wflw(wflw)
