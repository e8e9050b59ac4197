"""DICOM files written for tests; skips where pydicom is not installed."""

import numpy as np
import pytest

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
