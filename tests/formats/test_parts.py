import drawn_faces
import numpy as np
import pytest
from PIL import Image
from tests_support import real_data

from mmlandmark import InputError, PartMask
from mmlandmark.formats.parts import (
    FASSEG_VAL,
    read_fasseg,
    read_labels,
    read_lapa,
    read_lapa_points,
    write_labels,
)
from mmlandmark.schemes.parts import FASSEG6


def test_fasseg_is_split_by_person(tmp_path):
    samples = read_fasseg(drawn_faces.write_fasseg(tmp_path))
    subjects = {s.id: (s.subject, s.split) for s in samples}
    assert len(samples) == 11
    assert subjects['frontal/3'] == ('frontal 03', 'train')
    assert subjects['frontal/4'] == ('frontal 04', 'val')
    assert subjects['multipose/personne01244+0-30'] == ('person 01', 'train')
    assert subjects['multipose/personne03152+0+90'] == ('person 03', 'val')


def test_fasseg_test_photographs_are_of_no_other_part(tmp_path):
    drawn_faces.write_pair(tmp_path / 'frontal_test', '3', drawn_faces.fasseg_labels())
    (sample,) = read_fasseg(tmp_path)
    assert (sample.split, sample.subject) == ('test', 'test frontal 03')


def test_real_fasseg():
    samples = read_fasseg(real_data('fasseg', 'the photographs of FASSEG are'))
    train = {s.subject for s in samples if s.split == 'train'}
    val = {s.subject for s in samples if s.split == 'val'}
    assert len(samples) == 202
    assert val == set(FASSEG_VAL)
    assert len(train) == 20  # 15 in front, 5 from all sides
    assert not train & val


def test_lapa(tmp_path):
    samples = read_lapa(drawn_faces.write_lapa(tmp_path))
    assert [s.split for s in samples] == ['train'] * 4 + ['val'] * 4 + ['test'] * 4
    assert samples[0].id == 'train/train_0'
    assert samples[0].landmarks.name == 'train_0.txt'
    assert samples[4].landmarks is None
    points = read_lapa_points(samples[0].landmarks)
    assert points.shape == (106, 2)
    assert points[3].tolist() == [1.5, 0.75]


def test_real_lapa_layout():
    samples = read_lapa(real_data('lapa_layout', 'the rendered faces are'))
    assert [sum(s.split == part for s in samples) for part in ('train', 'val')] == [
        70,
        30,
    ]
    labels = read_labels(samples[0].labels, 11, (320, 320))
    assert {0, 1, 10} <= set(np.unique(labels))


@pytest.mark.parametrize(
    ('break_it', 'message'),
    [
        (
            lambda root: (root / 'frontal_train/labels/2.png').unlink(),
            'has no label image',
        ),
        (
            lambda root: (root / 'frontal_train/images/2.jpg').rename(
                root / 'frontal_train/images/Ann.jpg'
            ),
            'has no label image .*Ann.png',
        ),
        (
            lambda root: drawn_faces.write_pair(
                root / 'frontal_train', 'Ann', drawn_faces.fasseg_labels()
            ),
            'is not a photograph of FASSEG',
        ),
    ],
)
def test_bad_folders(tmp_path, break_it, message):
    drawn_faces.write_fasseg(tmp_path)
    break_it(tmp_path)
    with pytest.raises(InputError, match=message):
        read_fasseg(tmp_path)


def test_no_folders(tmp_path):
    with pytest.raises(InputError, match=r'no face parts in .*train/images'):
        read_lapa(tmp_path)
    (tmp_path / 'val' / 'images').mkdir(parents=True)
    with pytest.raises(InputError, match=r'no image in .*val/images'):
        read_lapa(tmp_path)


def test_labels_of_a_palette_and_unknown_ones(tmp_path):
    values = np.array([[0, 5], [255, 2]], np.uint8)
    image = Image.fromarray(values)
    image.putpalette([7] * 768)
    image.save(tmp_path / 'a.png')
    assert read_labels(tmp_path / 'a.png', 6, (2, 2)).tolist() == values.tolist()


@pytest.mark.parametrize(
    ('values', 'shape', 'message'),
    [
        (
            np.array([[0, 6]], np.uint8),
            (1, 2),
            'has the value 6: labels are 0 to 5, and 255',
        ),
        (np.zeros((3, 2), np.uint8), (2, 3), r'is 2x3, its photograph 3x2'),
        (np.zeros((2, 2, 3), np.uint8), (2, 2), 'is a colour image'),
    ],
)
def test_bad_labels(tmp_path, values, shape, message):
    Image.fromarray(values).save(tmp_path / 'a.png')
    with pytest.raises(InputError, match=message):
        read_labels(tmp_path / 'a.png', 6, shape)


def test_unreadable_files(tmp_path):
    path = tmp_path / 'a.png'
    with pytest.raises(InputError, match='no label image at'):
        read_labels(path, 6, (1, 1))
    path.write_text('no picture')
    with pytest.raises(InputError, match='is not an image'):
        read_labels(path, 6, (1, 1))
    with pytest.raises(InputError, match='not a landmark file of LaPa'):
        read_lapa_points(path)
    path.write_text('2\n1 2\n3 4\n')
    with pytest.raises(InputError, match='has 2 points and declares 2: LaPa has 106'):
        read_lapa_points(path)
    with pytest.raises(InputError, match='no file'):
        read_lapa_points(tmp_path / 'b.txt')


def test_other_words_for_lapas_parts(tmp_path):
    for folder in ('Training', 'validation', 'TEST', 'notes'):
        for kind, suffix in (('images', 'jpg'), ('labels', 'png')):
            (tmp_path / folder / kind).mkdir(parents=True)
            Image.new('L', (4, 4)).save(tmp_path / folder / kind / f'1.{suffix}')
    assert [s.split for s in read_lapa(tmp_path)] == ['train', 'val', 'test']


def test_labels_are_written_with_a_palette(tmp_path):
    labels = drawn_faces.fasseg_labels()
    write_labels(tmp_path / 'a.png', PartMask(labels, FASSEG6.parts, FASSEG6))
    image = Image.open(tmp_path / 'a.png')
    assert image.mode == 'P'
    assert (np.array(image) == labels).all()
    assert image.convert('RGB').getpixel((25, 30)) == FASSEG6.colors[3]
    found = read_labels(tmp_path / 'a.png', len(FASSEG6), labels.shape)
    assert (found == labels).all()
    with pytest.raises(InputError, match='cannot be written'):
        write_labels(
            tmp_path / 'none' / 'a.png', PartMask(labels, FASSEG6.parts, FASSEG6)
        )
