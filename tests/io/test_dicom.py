"""DICOM files, written here; pixels and spacings worked out by hand."""

import io
import tracemalloc

import numpy as np
import pytest
from dicom_files import RAMP, deflated, encapsulated, jpeg_2000, rle, write_dicom
from PIL import Image

from mmlandmark import InputError
from mmlandmark.io import dicom as medical
from mmlandmark.io.load import load_image


def test_gray_values_become_eight_bits(tmp_path):
    picture = load_image(write_dicom(tmp_path / 'a.dcm'))
    assert picture.pixels.dtype == np.uint8
    # 0..990 to 0..255
    assert picture.pixels[0, 0] == 0
    assert picture.pixels[-1, -1] == 255
    assert int(picture.pixels[5, 0]) == pytest.approx(500 / 990 * 255, abs=1)
    assert picture.spacing is None


def test_monochrome1_is_inverted(tmp_path):
    plain = load_image(write_dicom(tmp_path / 'a.dcm')).pixels
    turned = dict(PhotometricInterpretation='MONOCHROME1')
    inverted = load_image(write_dicom(tmp_path / 'b.dcm', **turned)).pixels
    np.testing.assert_allclose(inverted.astype(int), 255 - plain.astype(int), atol=1)


def test_rescale_and_window(tmp_path):
    # 2 v - 100, of which 300 to 500 are shown: v up to 200 is black, from 300 on white
    tags = dict(
        RescaleSlope=2, RescaleIntercept=-100, WindowCenter=400, WindowWidth=200
    )
    pixels = load_image(write_dicom(tmp_path / 'a.dcm', **tags)).pixels
    assert (pixels[RAMP <= 200] == 0).all()
    assert (pixels[RAMP >= 300] == 255).all()
    assert int(pixels[2, 5]) == pytest.approx(127, abs=3)  # 250


def test_voi_lut(tmp_path):
    pydicom = pytest.importorskip('pydicom')
    table = pydicom.dataset.Dataset()
    table.add_new('LUTDescriptor', 'US', [1000, 0, 16])
    table.add_new('LUTData', 'US', list(range(2000, 1000, -1)))  # falls
    path = write_dicom(tmp_path / 'a.dcm', VOILUTSequence=[table])
    pixels = load_image(path).pixels
    assert (pixels[0, 0], pixels[-1, -1]) == (255, 0)


@pytest.mark.parametrize(
    ('tags', 'spacing', 'source'),
    [
        (dict(PixelSpacing=[0.1, 0.2]), (0.1, 0.2), 'PixelSpacing'),
        (
            dict(PixelSpacing=[0.1, 0.1], ImagerPixelSpacing=[0.2, 0.2]),
            (0.1, 0.1),
            'PixelSpacing',
        ),
        (
            dict(ImagerPixelSpacing=[0.11, 0.22]),
            (0.11, 0.22),
            'ImagerPixelSpacing (at the detector, not demagnified)',
        ),
        (
            dict(
                ImagerPixelSpacing=[0.11, 0.22],
                EstimatedRadiographicMagnificationFactor=1.1,
            ),
            (0.1, 0.2),
            'ImagerPixelSpacing / EstimatedRadiographicMagnificationFactor 1.1',
        ),
        (dict(PixelSpacing=[0, 0]), None, None),
        (
            dict(NominalScannedPixelSpacing=[0.3, 0.4]),
            (0.3, 0.4),
            'NominalScannedPixelSpacing (on the film, not demagnified)',
        ),
        (
            dict(ImagerPixelSpacing=[0.1, 0.2], NominalScannedPixelSpacing=[0.3, 0.4]),
            (0.1, 0.2),
            'ImagerPixelSpacing (at the detector, not demagnified)',
        ),
    ],
)
def test_where_the_spacing_is_from(tmp_path, tags, spacing, source):
    picture = load_image(write_dicom(tmp_path / 'a.dcm', **tags))
    if spacing is None:
        assert picture.spacing is None
    else:
        assert picture.spacing.pair == pytest.approx(spacing)
        assert picture.spacing.source == source


def test_colour_and_a_file_without_a_suffix(tmp_path):
    colours = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    path = write_dicom(tmp_path / 'IM0001', colours)
    np.testing.assert_array_equal(load_image(path).pixels, colours)


@pytest.mark.parametrize(
    ('harm', 'message'),
    [
        (lambda p: write_dicom(p, NumberOfFrames=3), 'has 3 frames'),
        (lambda p: p.write_bytes(b'no such thing'), 'is not a DICOM file'),
        (lambda p: write_dicom(p, PixelData=b'12'), 'cannot be read'),
        (lambda p: None, 'no image at'),
    ],
)
def test_bad_dicom_files(tmp_path, harm, message):
    pytest.importorskip('pydicom')
    harm(tmp_path / 'a.dcm')
    with pytest.raises(InputError, match=message):
        load_image(tmp_path / 'a.dcm')


def test_without_the_extra(tmp_path, monkeypatch):
    (tmp_path / 'a.dcm').touch()
    monkeypatch.setattr(medical, 'find_spec', lambda _: None)
    line = r"a\.dcm needs pydicom: pip install 'mmlandmark\[dicom\]'"
    with pytest.raises(InputError, match=line):
        load_image(tmp_path / 'a.dcm')


def test_a_palette_is_refused(tmp_path):
    radiograph = write_dicom(
        tmp_path / 'a.dcm', PhotometricInterpretation='PALETTE COLOR'
    )
    with pytest.raises(InputError, match='has a palette, which is not supported'):
        load_image(radiograph)


def test_colours_kept_as_brightness_and_difference(tmp_path):
    """Of a gray picture both differences are 128; pydicom turns them into colours."""
    ybr = np.full((4, 4, 3), 128, np.uint8)
    ybr[..., 0] = 90
    ybr[0, 0, 2] = 178  # redder by 1.402 * 50, less green by 0.714 * 50
    radiograph = write_dicom(
        tmp_path / 'a.dcm', ybr, PhotometricInterpretation='YBR_FULL'
    )
    colours = load_image(radiograph).pixels.astype(int)
    assert colours[1, 1].tolist() == [90, 90, 90]
    np.testing.assert_allclose(colours[0, 0], [160, 54, 90], atol=1)


@pytest.mark.parametrize(('kind', 'last'), [('MONOCHROME2', 119), ('MONOCHROME1', 136)])
def test_eight_bits_stay_as_they_are(tmp_path, kind, last):
    values = np.array([[60, 119], [80, 119]], np.uint8)
    radiograph = write_dicom(tmp_path / 'a.dcm', values, PhotometricInterpretation=kind)
    assert load_image(radiograph).pixels[-1, -1] == last


def test_colours_of_sixteen_bits(tmp_path):
    colours = np.dstack([RAMP, RAMP[::-1], RAMP])  # 0 to 990
    pixels = load_image(write_dicom(tmp_path / 'a.dcm', colours)).pixels
    np.testing.assert_allclose(pixels, colours / 990 * 255, atol=1)


def test_deflated(tmp_path):
    plain = load_image(write_dicom(tmp_path / 'a.dcm')).pixels
    np.testing.assert_array_equal(
        load_image(deflated(tmp_path / 'b.dcm')).pixels, plain
    )
    large = np.arange(9_000_000, dtype=np.uint16).reshape(3000, 3000)
    plain = load_image(write_dicom(tmp_path / 'a.dcm', large)).pixels
    np.testing.assert_array_equal(
        load_image(deflated(tmp_path / 'b.dcm', large)).pixels, plain
    )


def test_inflation_is_bounded(tmp_path):
    """A gigabyte in a megabyte: less than a tenth of it is ever in memory."""
    radiograph = deflated(tmp_path / 'a.dcm', more=bytes(300_000_000))
    assert radiograph.stat().st_size < 500_000
    tracemalloc.start()
    with pytest.raises(InputError, match='has more data than the pixels it declares'):
        load_image(radiograph)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_inflation_of_too_many_pixels(tmp_path):
    radiograph = deflated(tmp_path / 'a.dcm', np.zeros((3000, 3000), np.uint8))
    with pytest.raises(InputError, match='9 million pixels, more than 1'):
        load_image(radiograph, 1_000_000)


@pytest.mark.parametrize('keep', [0.2, 0.9])
def test_a_deflated_file_that_is_cut_off(tmp_path, keep):
    noise = np.random.default_rng(0).integers(0, 60000, (2000, 2000), dtype=np.uint16)
    data = deflated(tmp_path / 'a.dcm', noise).read_bytes()
    (tmp_path / 'a.dcm').write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(InputError, match=r'a\.dcm cannot be read'):
        load_image(tmp_path / 'a.dcm')


def jpeg(width, height):
    file = io.BytesIO()
    Image.new('L', (width, height), 90).save(file, 'JPEG')
    return file.getvalue()


def plain(width, height):
    return np.full((height, width), 90, np.uint8)


RADIOGRAPH = plain(20, 10)
ROW = bytes([256 - 19, 90])  # 20 times 90


@pytest.mark.parametrize(
    ('uid', 'right', 'wrong', 'found'),
    [
        ('JPEGBaseline8Bit', jpeg(20, 10), jpeg(300, 200), '300x200'),
        (
            'JPEG2000Lossless',
            jpeg_2000(RADIOGRAPH),
            jpeg_2000(plain(64, 50)),
            '64x50',
        ),
        ('RLELossless', rle(ROW * 10), rle(ROW * 1000), '20000'),
    ],
)
def test_a_frame_larger_than_it_is_declared(
    tmp_path, monkeypatch, uid, right, wrong, found
):
    radiograph = encapsulated(tmp_path / 'a.dcm', right, uid, RADIOGRAPH)
    np.testing.assert_array_equal(load_image(radiograph).pixels, RADIOGRAPH)
    radiograph = encapsulated(tmp_path / 'a.dcm', wrong, uid, RADIOGRAPH)
    monkeypatch.setattr('pydicom.Dataset.pixel_array', None)  # it is not decoded
    with pytest.raises(InputError, match=f'declares 20x10 pixels.*has {found}'):
        load_image(radiograph)


def test_a_frame_without_a_size(tmp_path):
    radiograph = encapsulated(
        tmp_path / 'a.dcm', b'%!PS-Adobe-3.0 EPSF', 'JPEGBaseline8Bit', RADIOGRAPH
    )
    with pytest.raises(InputError, match='its compressed frame has no size'):
        load_image(radiograph)


def test_a_second_header_in_a_frame(tmp_path):
    """Readers do not agree on which of two sizes is meant."""
    small, large = jpeg(20, 10), jpeg(300, 200)
    at = small.index(b'\xff\xc0')
    other = large.index(b'\xff\xc0')
    frame = small[:at] + large[other : other + 13] + small[at:]
    radiograph = encapsulated(tmp_path / 'a.dcm', frame, 'JPEGBaseline8Bit', RADIOGRAPH)
    with pytest.raises(InputError, match='has 300x200'):
        load_image(radiograph)


@pytest.mark.parametrize(
    ('tags', 'message'),
    [
        (dict(Rows=60000, Columns=60000), '3600 million pixels'),
        (dict(SamplesPerPixel=60000), '60000 samples per pixel'),
    ],
)
def test_declared_sizes(tmp_path, tags, message):
    with pytest.raises(InputError, match=message):
        load_image(write_dicom(tmp_path / 'a.dcm', **tags))


def test_a_file_of_too_many_bytes(tmp_path):
    write_dicom(tmp_path / 'a.dcm', np.zeros((100, 100), np.uint16))
    with pytest.raises(InputError, match='more than one image needs'):
        load_image(tmp_path / 'a.dcm', 1000)
