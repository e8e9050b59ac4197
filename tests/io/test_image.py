import numpy as np
import pytest
from PIL import Image

from mmlandmark import InputError
from mmlandmark.io.load import load_image
from mmlandmark.io.pillow_files import is_plain, read_values
from mmlandmark.io.pixels import as_bgr, stretch, to_8_bit

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


@pytest.mark.parametrize('suffix', ['png', 'bmp', 'tif'])
def test_gray_stays_gray(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(RAMP).save(path)
    np.testing.assert_array_equal(load_image(path).pixels, RAMP)
    np.testing.assert_array_equal(
        as_bgr(load_image(path).pixels), np.stack([RAMP] * 3, axis=2)
    )


@pytest.mark.parametrize('size', [(1, 1), (17, 33), (640, 481)])
@pytest.mark.parametrize('turn', [1, 6])
def test_gray_jpegs_are_decoded_as_by_pillow(tmp_path, size, turn):
    values = np.random.default_rng(0).integers(0, 255, size[::-1], np.uint8)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = tmp_path / 'a.jpg'
    Image.fromarray(values).save(path, exif=exif)
    expected = np.asarray(Image.open(path))
    if turn == 6:  # displayed a quarter turn clockwise
        expected = np.rot90(expected, -1)
    found = load_image(path).pixels
    np.testing.assert_array_equal(found, expected)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - len(whole) // 4])
    with pytest.raises(InputError, match=r'a\.jpg cannot be read'):
        load_image(path)


def test_sixteen_bits_keep_their_contrast(tmp_path):
    # a radiograph that uses 12 of 16 bits: a plain shift by 8 would leave 16 levels
    deep = (np.arange(10000, dtype=np.uint16) % 4096).reshape(100, 100)
    Image.fromarray(deep).save(tmp_path / 'deep.png')
    image = load_image(tmp_path / 'deep.png').pixels
    assert image.dtype == np.uint8
    assert (image.min(), image.max()) == (0, 255)
    assert len(np.unique(image)) == 256


def test_to_8_bit_ignores_a_burnt_corner():
    image = np.tile(np.linspace(100, 300, 1000), (10, 1)).astype(np.float32)
    image[0, 0] = 65535
    assert to_8_bit(image)[5, 999] == 255
    assert to_8_bit(np.full((2, 2), 7, np.uint16)).tolist() == [[0, 0], [0, 0]]


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right to show
    Image.fromarray(RAMP).save(tmp_path / 'a.jpg', exif=exif, quality=100)
    assert load_image(tmp_path / 'a.jpg').pixels.shape == (4, 3)
    assert not is_plain(tmp_path / 'a.jpg')


def test_alpha_is_dropped_and_order_is_bgr(tmp_path):
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[..., 3] = 128
    Image.fromarray(rgba).save(tmp_path / 'a.png')
    assert load_image(tmp_path / 'a.png').pixels[0, 0].tolist() == [200, 0, 0]
    assert as_bgr(load_image(tmp_path / 'a.png').pixels)[0, 0].tolist() == [0, 0, 200]
    assert as_bgr(RAMP).shape == (3, 4, 3)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('none.png', None, 'no image at'),
        ('a.png', b'text, not a picture', 'not an image this can read'),
        ('a.png', b'', 'not an image this can read'),
    ],
)
def test_unreadable(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_image(tmp_path / name)


@pytest.mark.parametrize('suffix', ['png', 'jpg', 'bmp'])
def test_truncated_files_are_refused(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(InputError, match='cannot be read'):
        load_image(path)


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        ([2, 3, 6], [0, 25, 100]),
        ([2, np.nan, 6], [0, 0, 100]),
        ([-np.inf, 1, 3, np.inf], [0, 0, 100, 0]),
        ([5, 5], [0, 0]),
        ([np.nan, np.nan], [0, 0]),
    ],
)
@pytest.mark.filterwarnings('error')
def test_stretch(values, expected):
    np.testing.assert_allclose(stretch(np.array(values), 100), expected)


def test_depth_files_that_are_none(tmp_path):
    Image.new('RGB', (4, 3)).save(tmp_path / 'colour.png')
    (tmp_path / 'text.png').write_text('no picture')
    for name, message in (
        ('colour.png', 'is a colour image'),
        ('text.png', 'is not an image'),
        ('none.png', 'no depth map at'),
    ):
        with pytest.raises(InputError, match=message):
            read_values(tmp_path / name, 'depth map')
