"""What every kind of file becomes: right values worked out by hand."""

import io
import os
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import tiff_files
from PIL import Image
from tiff_files import tiff_bytes

from mmlandmark import InputError
from mmlandmark.io.load import load_image
from mmlandmark.io.pillow_files import turned, webp_size

GRAY = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
RGB = np.stack([GRAY, 255 - GRAY, GRAY // 2], axis=2)
DEEP = GRAY.astype(np.uint16) * 40 + 100  # of 12 bits
TURNED = dict(zip(range(1, 9), [
    [[1, 2, 3], [4, 5, 6]],
    [[3, 2, 1], [6, 5, 4]],
    [[6, 5, 4], [3, 2, 1]],
    [[4, 5, 6], [1, 2, 3]],
    [[1, 4], [2, 5], [3, 6]],
    [[4, 1], [5, 2], [6, 3]],
    [[6, 3], [5, 2], [4, 1]],
    [[3, 6], [2, 5], [1, 4]],
], strict=True))  # fmt: skip


def full_range(values):
    """From the darkest to the brightest: what more than 8 bits become."""
    values = values.astype(float)
    return np.round((values - values.min()) / np.ptp(values) * 255)


def save_tiff(path, values, **tags):
    path.write_bytes(
        tiff_bytes(values, {getattr(tiff_files, t): tags[t] for t in tags})
    )
    return path


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
def test_white_is_zero_is_inverted(tmp_path, dtype):
    values = GRAY if dtype == np.uint8 else (DEEP * 16).astype(dtype)
    plain = load_image(save_tiff(tmp_path / 'a.tif', values)).pixels
    path = save_tiff(tmp_path / 'b.tif', values, PHOTOMETRIC=0)
    np.testing.assert_array_equal(load_image(path).pixels, 255 - plain)
    with Image.open(path) as image:
        np.testing.assert_array_equal(load_image(image).pixels, 255 - plain)


@pytest.mark.parametrize('suffix', ['png', 'tif'])
@pytest.mark.parametrize('channels', [3, 4])
def test_colours_of_sixteen_bits_are_mapped_as_gray_is(tmp_path, suffix, channels):
    colours = np.dstack([DEEP, DEEP[::-1], DEEP[:, ::-1], DEEP + 1000])[..., :channels]
    # OpenCV takes BGR
    order = [2, 1, 0, 3][:channels]
    cv2.imwrite(
        str(tmp_path / f'c.{suffix}'), np.ascontiguousarray(colours[..., order])
    )
    pixels = load_image(tmp_path / f'c.{suffix}').pixels
    np.testing.assert_allclose(pixels, full_range(colours[..., :3]), atol=1)
    np.testing.assert_array_equal(pixels, load_image(colours).pixels)
    with Image.open(tmp_path / f'c.{suffix}') as image:
        if suffix == 'png':
            with pytest.raises(InputError, match='PIL keeps 8 bits: give its path'):
                load_image(image)


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize(('suffix', 'deep'), [('png', 0), ('png', 1), ('tif', 0)])
def test_every_orientation(tmp_path, orientation, suffix, deep):
    shown = np.array(TURNED[orientation])
    stored = np.array(TURNED[1], np.uint8) * 40
    np.testing.assert_array_equal(turned(stored, orientation), shown * 40)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f'a.{suffix}'
    if deep:
        _save_deep_png(path, stored.astype(np.uint16) * 100, exif)
        np.testing.assert_array_equal(load_image(path).pixels[..., 0], (shown - 1) * 51)
    else:
        Image.fromarray(stored).save(path, exif=exif)
        np.testing.assert_array_equal(load_image(path).pixels, shown * 40)


def _save_deep_png(path, gray, exif):
    """OpenCV writes 16-bit colour, but no EXIF: its chunk is put in."""
    data = cv2.imencode('.png', np.dstack([gray] * 3))[1].tobytes()
    content = exif.tobytes().removeprefix(b'Exif\0\0')
    chunk = b'eXIf' + content
    chunk = (
        struct.pack('>I', len(content)) + chunk + struct.pack('>I', zlib.crc32(chunk))
    )
    path.write_bytes(data[:33] + chunk + data[33:])  # behind IHDR


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (np.array([[60, 119]]), [[60, 119]]),
        (np.array([[60, 119]], np.uint16), [[60, 119]]),
        (np.array([[60.2, 119]], np.float32), [[60, 119]]),
        (np.full((2, 2), 128), [[128, 128]] * 2),
        (np.full((2, 2), 128.0), [[128, 128]] * 2),
        (np.array([[0, 1]]), [[0, 1]]),
        (np.array([[0, 0.5, 1]]), [[0, 128, 255]]),
        (np.array([[0.25, 0.5]], np.float16), [[64, 128]]),
        (np.full((1, 2), 0.2), [[51, 51]]),
        (np.array([[-1, 0, 1]]), [[0, 128, 255]]),
        (np.array([[0, 128, 256]]), [[0, 128, 255]]),
        (np.array([[0, 1.5, 3]]), [[0, 128, 255]]),  # optical density
        (np.array([[2**31, 2**31 + 2, 2**31 + 4]], np.uint32), [[0, 128, 255]]),
        (np.full((1, 2), 5000), [[0, 0]]),
        (np.array([[False, True]]), [[0, 255]]),
    ],
)
def test_one_rule_for_the_values_of_arrays(values, expected):
    np.testing.assert_allclose(load_image(values).pixels, expected, atol=1)


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (np.array([[60, 119]], np.uint16), [[60, 119]]),
        (np.array([[0, 0.5, 1]], np.float32), [[0, 128, 255]]),
        (np.array([[-70000, 0, 70000]], np.int32), [[0, 128, 255]]),
        (np.array([[1000, 2000, 3000]], np.uint16), [[0, 128, 255]]),
    ],
)
def test_files_follow_the_rule_of_arrays(tmp_path, values, expected):
    path = save_tiff(tmp_path / 'a.tif', values)
    np.testing.assert_allclose(load_image(path).pixels, expected, atol=1)


@pytest.mark.parametrize(
    'values',
    [
        np.array([[0, 2**31, 2**32 - 1]], np.uint32),
        np.array([[-(2**31), 0, 2**31 - 1]], np.int32),
        np.array([[-(2**15), 0, 2**15 - 1]], np.int16),
        np.array([[-1, 0, 1]], np.float32),
    ],
)
def test_number_types_of_tiff(tmp_path, values):
    path = save_tiff(tmp_path / 'a.tif', values)
    np.testing.assert_allclose(load_image(path).pixels, [[0, 128, 255]], atol=1)


@pytest.mark.parametrize('orientation', range(1, 9))
def test_every_orientation_of_deep_colour_in_tiff(tmp_path, orientation):
    stored = np.array(TURNED[1], np.uint16)[..., None].repeat(3, axis=2) * 1000
    path = save_tiff(tmp_path / 'a.tif', stored, ORIENTATION=orientation)
    shown = (np.array(TURNED[orientation]) - 1) * 51
    np.testing.assert_array_equal(load_image(path).pixels, np.dstack([shown] * 3))


def test_deep_colour_that_is_not_read_is_not_cut(tmp_path):
    colours = np.dstack([DEEP] * 4)
    path = save_tiff(tmp_path / 'a.tif', colours, PHOTOMETRIC=5)  # CMYK
    with pytest.raises(InputError, match='16-bit colours in an unsupported encoding'):
        load_image(path)


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings('error')
def test_values_that_are_not_finite_are_refused(tmp_path, bad):
    values = GRAY.astype(np.float32)
    values[1, 2] = bad
    for given in (values, save_tiff(tmp_path / 'a.tif', values)):
        with pytest.raises(InputError, match='not finite'):
            load_image(given)


@pytest.mark.parametrize('bits', [1, 2, 4])
def test_gray_of_few_bits_spans_black_to_white(tmp_path, bits):
    values = np.array([[0, 2**bits - 1] * 4], np.uint8)
    Image.fromarray(values * (255 // (2**bits - 1))).convert(
        '1' if bits == 1 else 'L'
    ).save(tmp_path / 'a.png', bits=bits)
    assert load_image(tmp_path / 'a.png').pixels.tolist() == [[0, 255] * 4]


def _with_alpha(mode):
    """A colour or gray under an alpha that hides half of it."""
    image = Image.fromarray(RGB if mode == 'RGBA' else GRAY)
    if mode == 'PA':
        image = image.convert('P')
    image.putalpha(Image.fromarray(255 - GRAY))
    assert image.mode == mode
    return image


@pytest.mark.parametrize(
    ('mode', 'kind', 'expected'),
    [
        ('RGBA', 'PNG', RGB),
        ('LA', 'PNG', GRAY),
        ('RGBA', 'WEBP', None),
        ('PA', None, GRAY),
    ],
)
def test_alpha_is_dropped(mode, kind, expected):
    image = _with_alpha(mode)
    if kind:
        file = io.BytesIO()
        image.save(
            file, kind, **(dict(lossless=True, exact=True) if kind == 'WEBP' else {})
        )
        image = file
    pixels = load_image(image).pixels
    if expected is None:
        expected = RGB
    gray = pixels if pixels.ndim == expected.ndim else pixels[..., 0]
    np.testing.assert_array_equal(gray, expected)


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'BMP', 'TIFF', 'WEBP'])
def test_open_files_are_read_as_paths_are(tmp_path, kind):
    Image.fromarray(RGB).save(tmp_path / 'a', kind)
    with (tmp_path / 'a').open('rb') as file:
        opened = load_image(file).pixels
    np.testing.assert_array_equal(opened, load_image(tmp_path / 'a').pixels)
    assert opened.shape == RGB.shape


def test_other_formats_run_no_program(tmp_path):
    """Pillow would have Ghostscript draw it."""
    path = tmp_path / 'photo.jpg'
    path.write_text('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n')
    with Image.open(path) as image:
        assert image.format == 'EPS'
    with pytest.raises(InputError, match='is not an image this can read'):
        load_image(path)


def test_the_limit_of_pillow_is_left_alone():
    code = (
        'from PIL import Image; before = Image.MAX_IMAGE_PIXELS; '
        'import mmlandmark, mmlandmark.io; '
        'assert Image.MAX_IMAGE_PIXELS == before'
    )
    subprocess.run([sys.executable, '-c', code], check=True)


def test_larger_than_pillow_allows(tmp_path, monkeypatch):
    Image.fromarray(GRAY).save(tmp_path / 'a.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 5)
    np.testing.assert_array_equal(load_image(tmp_path / 'a.png').pixels, GRAY)


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'BMP', 'TIFF', 'WEBP'])
def test_too_many_pixels(kind):
    file = io.BytesIO()
    Image.new('L', (1200, 1000)).save(file, kind)
    with pytest.raises(InputError, match=r'a has 1 million pixels, more than 1: make'):
        load_image(file, max_pixels=1_199_999, name='a')
    assert load_image(file, max_pixels=1_200_000).size == (1200, 1000)


@pytest.mark.parametrize('options', [{}, dict(lossless=True), dict(exif=b'Exif\0\0')])
def test_the_size_of_webp_is_in_its_head(options):
    file = io.BytesIO()
    Image.new('RGB', (300, 7)).save(file, 'WEBP', **options)
    assert webp_size(file.getvalue()[:32]) == (300, 7)
    assert webp_size(b'RIFF' + bytes(28)) is None


def test_a_tile_of_tiff_larger_than_the_image(tmp_path):
    big = dict(TILE_WIDTH=60000, TILE_HEIGHT=60000)
    path = save_tiff(tmp_path / 'a.tif', GRAY, **big)
    with pytest.raises(InputError, match='3600 million pixels'):
        load_image(path)


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='pipes have no names here')
@pytest.mark.parametrize('name', ['a.png', 'a.dcm', 'a.mha', 'a'])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match='is not a regular file'):
        load_image(tmp_path / name)


@pytest.mark.parametrize(
    'error', [RuntimeError('x'), NotImplementedError(), MemoryError()]
)
def test_any_failure_of_a_decoder_is_one_line(tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    Image.fromarray(GRAY).save(tmp_path / 'a.png')
    monkeypatch.setattr('mmlandmark.io.pillow_files.to_array', fail)
    with pytest.raises(InputError, match=r'a\.png (cannot be read|needs more memory)'):
        load_image(tmp_path / 'a.png')


def test_an_interrupt_is_not_a_bad_file(tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    Image.fromarray(GRAY).save(tmp_path / 'a.png')
    monkeypatch.setattr('mmlandmark.io.pillow_files.to_array', interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_image(tmp_path / 'a.png')


@pytest.mark.parametrize('given', [[[1, 2], [3]], None, 'text.txt', object()])
def test_what_is_not_an_image(given):
    with pytest.raises(InputError):
        load_image(given)
