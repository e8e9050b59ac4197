"""DICOM files written for tests; skips where pydicom is not installed."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

RAMP = np.arange(0, 1000, 10, dtype=np.uint16).reshape(10, 10)


def write_dicom(path, pixels=RAMP, **tags):
    pydicom = pytest.importorskip('pydicom')
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import (
        DigitalXRayImageStorageForPresentation,
        ExplicitVRLittleEndian,
    )

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = '1.2.3'
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b'\0' * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, '1.2.3'
    data.Rows, data.Columns = (
        pixels.shape[-2:] if pixels.ndim == 2 else pixels.shape[:2]
    )
    data.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    data.PhotometricInterpretation = 'MONOCHROME2' if pixels.ndim == 2 else 'RGB'
    data.BitsAllocated = data.BitsStored = 8 * pixels.itemsize
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
    if pixels.ndim == 3:
        data.PlanarConfiguration = 0
    data.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(data, name, value)
    assert pydicom.dcmwrite(path, data) is None
    return path


def deflated(path, pixels=RAMP, more=b'', **tags):
    """A deflated file, whose content may go on or be cut off after it."""
    content = write_dicom(path, pixels, **tags).read_bytes()
    meta = content.index(b'\x08\x00\x16\x00')  # the first element after the meta
    head = content[:meta].replace(b'1.2.840.10008.1.2.1\0', b'1.2.840.10008.1.2.1.99')
    at = head.index(b'1.2.840.10008.1.2.1.99') - 2
    head = head[:at] + (22).to_bytes(2, 'little') + head[at + 2 :]
    length = int.from_bytes(head[140:144], 'little') + 2
    head = head[:140] + length.to_bytes(4, 'little') + head[144:]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content[meta:] + more) + packer.flush()
    path.write_bytes(head + packed)
    return path


def jpeg_2000(pixels):
    """The code stream alone, as DICOM has it."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, 'JPEG2000')
    return file.getvalue()[file.getvalue().index(b'\xff\x4f\xff\x51') :]


def rle(*segments):
    starts = np.cumsum([64, *map(len, segments[:-1])])
    offsets = [len(segments), *starts, *[0] * (15 - len(segments))]
    return struct.pack('<16I', *offsets) + b''.join(segments)


def encapsulated(path, frame, uid, pixels, **tags):
    """A radiograph of the size of these 8-bit pixels that holds this compressed frame."""
    pydicom = pytest.importorskip('pydicom')
    write_dicom(path, pixels, **tags)
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = getattr(pydicom.uid, uid)
    data.PixelData = pydicom.encaps.encapsulate([frame])
    data['PixelData'].VR = 'OB'
    data['PixelData'].is_undefined_length = True
    data.save_as(path)
    return path
