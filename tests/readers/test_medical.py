"""DICOM and MHA files, written here; pixels and spacings worked out by hand."""

import numpy as np
import pytest
from dicom_files import RAMP, write_dicom

from mmlandmark import InputError
from mmlandmark.readers import medical, read_image
from mmlandmark.readers.picture import read_picture


def test_gray_values_become_eight_bits(tmp_path):
    picture = read_picture(write_dicom(tmp_path / 'a.dcm'))
    assert picture.pixels.dtype == np.uint8
    # 0..990 to 0..255
    assert picture.pixels[0, 0] == 0
    assert picture.pixels[-1, -1] == 255
    assert int(picture.pixels[5, 0]) == pytest.approx(500 / 990 * 255, abs=1)
    assert (picture.spacing, picture.spacing_source) == (None, None)


def test_monochrome1_is_inverted(tmp_path):
    plain = read_image(write_dicom(tmp_path / 'a.dcm'))
    turned = dict(PhotometricInterpretation='MONOCHROME1')
    inverted = read_image(write_dicom(tmp_path / 'b.dcm', **turned))
    np.testing.assert_allclose(inverted.astype(int), 255 - plain.astype(int), atol=1)


def test_rescale_and_window(tmp_path):
    # 2 v - 100, of which 300 to 500 are shown: v up to 200 is black, from 300 on white
    tags = dict(
        RescaleSlope=2, RescaleIntercept=-100, WindowCenter=400, WindowWidth=200
    )
    pixels = read_image(write_dicom(tmp_path / 'a.dcm', **tags))
    assert (pixels[RAMP <= 200] == 0).all()
    assert (pixels[RAMP >= 300] == 255).all()
    assert int(pixels[2, 5]) == pytest.approx(127, abs=3)  # 250


def test_voi_lut(tmp_path):
    pydicom = pytest.importorskip('pydicom')
    table = pydicom.dataset.Dataset()
    table.add_new('LUTDescriptor', 'US', [1000, 0, 16])
    table.add_new('LUTData', 'US', list(range(2000, 1000, -1)))  # falls
    path = write_dicom(tmp_path / 'a.dcm', VOILUTSequence=[table])
    pixels = read_image(path)
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
    ],
)
def test_where_the_spacing_is_from(tmp_path, tags, spacing, source):
    picture = read_picture(write_dicom(tmp_path / 'a.dcm', **tags))
    assert picture.spacing == (spacing and pytest.approx(spacing))
    assert picture.spacing_source == source


def test_colour_and_a_file_without_a_suffix(tmp_path):
    colours = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    path = write_dicom(tmp_path / 'IM0001', colours)
    np.testing.assert_array_equal(read_image(path), colours)


@pytest.mark.parametrize(
    ('harm', 'message'),
    [
        (lambda p: write_dicom(p, NumberOfFrames=3), 'holds 3 frames'),
        (lambda p: p.write_bytes(b'no such thing'), 'is not a DICOM file'),
        (lambda p: write_dicom(p, PixelData=b'12'), 'cannot be read'),
        (lambda p: None, 'no image at'),
    ],
)
def test_bad_dicom_files(tmp_path, harm, message):
    pytest.importorskip('pydicom')
    harm(tmp_path / 'a.dcm')
    with pytest.raises(InputError, match=message):
        read_image(tmp_path / 'a.dcm')


@pytest.mark.parametrize(
    ('array', 'spacing', 'expected'),
    [
        (RAMP[:, :8], (0.2, 0.1), (0.1, 0.2)),  # SimpleITK's is x, y
        (RAMP[None, :, :8], (0.2, 0.1, 5.0), (0.1, 0.2)),
        (RAMP[:, :8], (1.0, 1.0), None),  # what is there when nobody said
    ],
)
def test_mha(tmp_path, array, spacing, expected):
    itk = pytest.importorskip('SimpleITK')
    image = itk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    itk.WriteImage(image, str(tmp_path / 'a.mha'))
    picture = read_picture(tmp_path / 'a.mha')
    assert picture.pixels.shape == (10, 8)
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 255)
    assert picture.spacing == (expected and pytest.approx(expected))
    assert picture.spacing_source == (expected and 'ElementSpacing')


def test_bad_mha_files(tmp_path):
    itk = pytest.importorskip('SimpleITK')
    stack = itk.GetImageFromArray(np.stack([RAMP, RAMP]))
    itk.WriteImage(stack, str(tmp_path / 'stack.mha'))
    with pytest.raises(InputError, match='give one image a file'):
        read_image(tmp_path / 'stack.mha')
    (tmp_path / 'b.mha').write_text('nothing')
    with pytest.raises(InputError, match=r'b\.mha cannot be read'):
        read_image(tmp_path / 'b.mha')


@pytest.mark.parametrize(
    ('name', 'line'),
    [
        ('a.dcm', r"a\.dcm needs pydicom: pip install 'mmlandmark\[dicom\]'"),
        ('a.mha', r"a\.mha needs SimpleITK: pip install 'mmlandmark\[mha\]'"),
    ],
)
def test_without_the_extra(tmp_path, monkeypatch, name, line):
    (tmp_path / name).touch()
    monkeypatch.setattr(medical, 'find_spec', lambda _: None)
    with pytest.raises(InputError, match=line):
        read_image(tmp_path / name)


def test_a_palette_is_refused(tmp_path):
    film = write_dicom(tmp_path / 'a.dcm', PhotometricInterpretation='PALETTE COLOR')
    with pytest.raises(InputError, match='has a palette, which is not read'):
        read_picture(film)


def test_colours_kept_as_brightness_and_difference(tmp_path):
    """Of a gray picture both differences are 128; pydicom turns them into colours."""
    ybr = np.full((4, 4, 3), 128, np.uint8)
    ybr[..., 0] = 90
    ybr[0, 0, 2] = 178  # redder by 1.402 * 50, less green by 0.714 * 50
    film = write_dicom(tmp_path / 'a.dcm', ybr, PhotometricInterpretation='YBR_FULL')
    colours = read_picture(film).pixels.astype(int)
    assert colours[1, 1].tolist() == [90, 90, 90]
    np.testing.assert_allclose(colours[0, 0], [160, 54, 90], atol=1)
