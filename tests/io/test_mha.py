"""MHA and MHD files: SimpleITK's own, and headers that name what they should not."""

import gzip
import zlib

import numpy as np
import pytest
from dicom_files import RAMP

from mmlandmark import InputError
from mmlandmark.io.load import load_image

BYTES = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


@pytest.mark.parametrize(
    ('array', 'spacing', 'expected'),
    [
        (RAMP[:, :8], (0.2, 0.1), (0.1, 0.2)),  # SimpleITK's is x, y
        (RAMP[None, :, :8], (0.2, 0.1, 5.0), (0.1, 0.2)),
        (RAMP[:, :8], (1.0, 1.0), None),  # the default of the format
    ],
)
def test_mha(tmp_path, array, spacing, expected):
    itk = pytest.importorskip('SimpleITK')
    image = itk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    itk.WriteImage(image, str(tmp_path / 'a.mha'))
    picture = load_image(tmp_path / 'a.mha')
    assert picture.pixels.shape == (10, 8)
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 255)
    if expected is None:
        assert picture.spacing is None
    else:
        assert picture.spacing.pair == pytest.approx(expected)
        assert picture.spacing.source == 'ElementSpacing'


def test_bad_mha_files(tmp_path):
    itk = pytest.importorskip('SimpleITK')
    stack = itk.GetImageFromArray(np.stack([RAMP, RAMP]))
    itk.WriteImage(stack, str(tmp_path / 'stack.mha'))
    with pytest.raises(InputError, match='give one image per file'):
        load_image(tmp_path / 'stack.mha')
    (tmp_path / 'b.mha').write_text('nothing')
    with pytest.raises(InputError, match=r'b\.mha cannot be read'):
        load_image(tmp_path / 'b.mha')


def write_mha(path, data=None, **fields):
    data = BYTES.tobytes() if data is None else data
    values = dict(ObjectType='Image', NDims=2, DimSize='4 3', ElementType='MET_UCHAR')
    values |= dict(ElementDataFile='LOCAL') | fields
    values['ElementDataFile'] = values.pop('ElementDataFile')  # the last
    text = ''.join(f'{key} = {value}\n' for key, value in values.items() if value)
    path.write_bytes(text.encode('utf-8', 'surrogateescape') + data)
    return path


@pytest.mark.parametrize('kind', ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32',
                                  'uint64', 'int64', 'float32', 'float64'])  # fmt: skip
@pytest.mark.parametrize('compressed', [False, True])
@pytest.mark.parametrize('suffix', ['mha', 'mhd'])
def test_number_types_of_simpleitk(tmp_path, kind, compressed, suffix):
    itk = pytest.importorskip('SimpleITK')
    values = (RAMP[:, :8] / 990 * 100).astype(kind)
    values[0, 0] = np.array(120).astype(kind)
    path = tmp_path / f'a.{suffix}'
    itk.WriteImage(itk.GetImageFromArray(values), str(path), useCompression=compressed)
    np.testing.assert_array_equal(load_image(path).pixels, load_image(values).pixels)


@pytest.mark.parametrize('channels', [3, 4])
def test_colours(tmp_path, channels):
    itk = pytest.importorskip('SimpleITK')
    colours = np.arange(10 * 8 * channels, dtype=np.uint8).reshape(10, 8, channels)
    image = itk.GetImageFromArray(colours, isVector=True)
    itk.WriteImage(image, str(tmp_path / 'a.mha'))
    np.testing.assert_array_equal(
        load_image(tmp_path / 'a.mha').pixels, colours[..., :3]
    )


@pytest.mark.parametrize('key', ['BinaryDataByteOrderMSB', 'ElementByteOrderMSB'])
def test_the_other_byte_order(tmp_path, key):
    data = (BYTES.astype(int) * 100).astype('>u2').tobytes()
    path = write_mha(
        tmp_path / 'a.mha', data, ElementType='MET_USHORT', **{key: 'True'}
    )
    np.testing.assert_allclose(load_image(path).pixels, BYTES / 220 * 255, atol=1)


@pytest.mark.parametrize('pack', [zlib.compress, gzip.compress])
def test_compressed(tmp_path, pack):
    path = write_mha(tmp_path / 'a.mha', pack(BYTES.tobytes()), CompressedData='True')
    np.testing.assert_array_equal(load_image(path).pixels, BYTES)


@pytest.mark.parametrize(('skip', 'header_size'), [(0, None), (5, 5), (7, -1)])
@pytest.mark.parametrize('name', ['a.raw', 'my radiograph.raw', 'caf\udce9.raw'])
def test_pixels_beside_the_header(tmp_path, skip, header_size, name):
    try:
        (tmp_path / name).write_bytes(bytes(skip) + BYTES.tobytes())
    except OSError:
        pytest.skip('names are UTF-8 here')
    path = write_mha(
        tmp_path / 'a.mhd', b'', ElementDataFile=name, HeaderSize=header_size
    )
    np.testing.assert_array_equal(load_image(path).pixels, BYTES)


@pytest.mark.parametrize(
    'named',
    [
        '/etc/passwd',
        '../secret.raw',
        'in/secret.raw',
        '..\\secret.raw',
        'C:secret.raw',
        'LIST',
        'LIST 2',
        'slice%d.raw 1 1 1',
        '..',
    ],
)
def test_pixels_elsewhere_are_refused(tmp_path, named):
    (tmp_path / 'in').mkdir()
    for where in (tmp_path, tmp_path / 'in'):
        (where / 'secret.raw').write_bytes(BYTES.tobytes())
    path = write_mha(tmp_path / 'in' / 'a.mhd', b'', ElementDataFile=named)
    with pytest.raises(InputError, match='they must be one file beside it'):
        load_image(path)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (dict(DimSize='4 4'), 'declares 16 bytes of pixels, there are 12'),
        (dict(DimSize='60000 60000'), '3600 million pixels'),
        (dict(DimSize='1 1'), None),
        (dict(DimSize='-4 -3'), 'no size of an image'),
        (dict(DimSize='4'), 'no size of an image'),
        (dict(DimSize='four 3'), 'cannot be read'),
        (dict(ElementType='MET_STRING'), 'MET_STRING'),
        (dict(BinaryData='False'), 'or text'),
        (dict(ElementNumberOfChannels=2), 'no size of an image'),
        (dict(CompressedData='True'), 'cannot be read'),
        (
            dict(ElementDataFile='none.raw'),
            "names 'none.raw' as its pixels: it does not exist",
        ),
    ],
)
def test_wrong_headers(tmp_path, fields, message):
    path = write_mha(tmp_path / 'a.mha', **fields)
    if message is None:
        np.testing.assert_array_equal(load_image(path).pixels, BYTES[:1, :1])
        return
    with pytest.raises(InputError, match=message):
        load_image(path)


def test_compressed_pixels_are_bounded(tmp_path):
    data = zlib.compress(bytes(50_000_000))
    path = write_mha(tmp_path / 'a.mha', data, CompressedData='True')
    with pytest.raises(InputError, match='declares 12 bytes of pixels, there are 13'):
        load_image(path)


def test_values_that_are_not_finite(tmp_path):
    data = np.full((3, 4), np.nan, np.float32).tobytes()
    path = write_mha(tmp_path / 'a.mha', data, ElementType='MET_FLOAT')
    with pytest.raises(InputError, match='not finite'):
        load_image(path)
