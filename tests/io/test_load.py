import os
import socket
from collections import Counter

import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image

from mmlandmark import InputError
from mmlandmark.io.load import left_out_lines, list_images, load_image
from mmlandmark.io.pillow_files import ORIENTATION_TAG

GRAY = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
RGB = np.stack([GRAY, 255 - GRAY, GRAY // 2], axis=2)


def with_alpha(image):
    image = image.copy()
    image.putalpha(128)
    return image


@pytest.mark.parametrize('suffix', ['png', 'bmp', 'tif', 'jpg'])
def test_files_arrays_and_pil_images_agree(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(GRAY).save(path)
    expected = load_image(path).pixels
    for given in (path, str(path), Image.open(path), expected):
        picture = load_image(given)
        np.testing.assert_array_equal(picture.pixels, expected)
        assert picture.size == (6, 4)
        assert picture.spacing is None


@pytest.mark.parametrize(
    ('array', 'expected'),
    [
        (GRAY[..., None], GRAY),
        (np.dstack([RGB, GRAY]), RGB),
        (GRAY.astype(np.uint16) * 256, None),
        (GRAY.astype(float) / 230, None),
        (GRAY > 100, (GRAY > 100) * np.uint8(255)),
    ],
)
def test_arrays(array, expected):
    pixels = load_image(array).pixels
    assert pixels.dtype == np.uint8
    if expected is None:  # all of the range: 0..230 to 0..255
        expected = np.round(GRAY / 230 * 255)
        np.testing.assert_allclose(pixels, expected, atol=1)
    else:
        np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize(
    ('mode', 'make'),
    [
        ('RGBA', with_alpha),
        ('P', lambda image: image.quantize(256)),
        ('CMYK', lambda image: image.convert('CMYK')),
    ],
)
def test_modes_of_colour(tmp_path, mode, make):
    image = make(Image.fromarray(np.full((4, 6, 3), 200, np.uint8)))
    assert image.mode == mode
    image.save(tmp_path / 'a.tif')
    for picture in (load_image(image), load_image(tmp_path / 'a.tif')):
        np.testing.assert_array_equal(picture.pixels, np.full((4, 6, 3), 200))


def test_sixteen_bits(tmp_path):
    for name in ('a.png', 'a.tif'):
        Image.fromarray(GRAY.astype(np.uint16) * 200).save(tmp_path / name)
        pixels = load_image(tmp_path / name).pixels
        np.testing.assert_allclose(pixels, np.round(GRAY / 230 * 255), atol=1)


def test_a_turned_picture_is_as_it_is_displayed(tmp_path):
    image = Image.fromarray(GRAY)
    image.getexif()[ORIENTATION_TAG] = 6  # to be turned a quarter clockwise
    image.save(tmp_path / 'a.png', exif=image.getexif())
    for given in (tmp_path / 'a.png', Image.open(tmp_path / 'a.png')):
        picture = load_image(given)
        np.testing.assert_array_equal(picture.pixels, np.rot90(GRAY, -1))
        assert picture.size == (4, 6)


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        (np.zeros((2, 2, 2), np.uint8), 'an image is'),
        (np.zeros((0, 2)), 'an image is'),
        (np.full((2, 2), np.nan), 'not finite'),
        (np.array([['a', 'b']]), 'an image is of numbers'),
        ('none.png', 'no image at none.png'),
    ],
)
def test_bad_pictures(given, message):
    with pytest.raises(InputError, match=message):
        load_image(given)


def test_pictures_of_a_folder(tmp_path):
    wanted = ['IM0001', 'a.webp', 'b.png', 'c.jfif', 'd.JPG']
    write_dicom(tmp_path / 'IM0001')
    for name, kind in (('a.webp', 'WEBP'), ('b.png', 'PNG'), ('c.jfif', 'JPEG')):
        Image.new('L', (4, 4)).save(tmp_path / name, kind)
    Image.new('L', (4, 4)).save(tmp_path / 'd.JPG')
    (tmp_path / 'notes.txt').write_text('no picture')
    (tmp_path / 'folder.d').mkdir()
    (tmp_path / '._b.png').write_bytes(b'\0\5\x16\7')
    (tmp_path / '.DS_Store').write_bytes(b'Bud1')
    write_dicom(tmp_path / 'DICOMDIR')
    left_out = Counter()
    assert [path.name for path in list_images(tmp_path, left_out)] == wanted
    assert [path.name for path in list_images(tmp_path)] == wanted
    for name in wanted:
        assert load_image(tmp_path / name).size in ((4, 4), (10, 10))
    assert left_out_lines(left_out) == [
        'left out: 1 a folder, which is not searched',
        'left out: 1 a list of DICOM files',
        'left out: 2 hidden',
        'left out: 1 not an image by its name (*.txt)',
    ]
    with pytest.raises(InputError, match='no image in'):
        list_images(tmp_path / 'folder.d')


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='pipes have no names here')
def test_pipes_and_sockets_of_a_folder_are_not_opened(tmp_path, monkeypatch):
    Image.new('L', (4, 4)).save(tmp_path / 'b.png')
    os.mkfifo(tmp_path / 'a.png')
    os.mkfifo(tmp_path / 'IM0002')
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind('c.png')
        (tmp_path / 'd.png').symlink_to('/dev/zero')
        left_out = Counter()
        assert list_images(tmp_path, left_out) == [tmp_path / 'b.png']
    assert left_out == {'not a regular file': 4}
