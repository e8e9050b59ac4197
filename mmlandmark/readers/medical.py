"""DICOM by pydicom and MHA by SimpleITK, each an extra; with the spacing they state."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import InputError
from .image import DICOM_SUFFIXES, IMAGE_SUFFIXES, MHA_SUFFIXES, to_8_bit
from .picture import Picture
from .sample import checked_spacing


def medical_reader(path: Path) -> Callable[[Path], Picture] | None:
    """What reads a DICOM or MHA file; None for another file.

    A DICOM file is known by its suffix, or, where it has no image's, by its first bytes.
    """
    suffix = path.suffix.lower()
    if suffix in MHA_SUFFIXES:
        return read_mha
    if suffix in DICOM_SUFFIXES:
        return read_dicom
    return None if suffix in IMAGE_SUFFIXES or not is_dicom(path) else read_dicom


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM files do."""
    try:
        with path.open('rb') as file:
            file.seek(128)
            return file.read(4) == b'DICM'
    except OSError:
        return False


def read_dicom(
    source: Path | BinaryIO, name: str = '', most: float = math.inf
) -> Picture:
    """Read a DICOM file of one image.

    Its rescale slope and VOI LUT (or window) are applied, MONOCHROME1 is inverted, and
    what is left is mapped to 8 bits.

    Args:
        source: The file, or an open one.
        name: What messages call it; the path where none is given.
        most: More pixels are refused, before they are decoded.

    Raises:
        InputError: No such file, not one image, damaged, or pydicom is not installed.
    """
    path = name or source
    if isinstance(source, Path):
        _require_file(source)
    _require('pydicom', 'dicom', path)
    import pydicom
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of values that break the standard
            data = pydicom.dcmread(source)
            count = int(data.get('Rows') or 0) * int(data.get('Columns') or 0)
            if count > most:
                raise InputError(
                    f'{path} has {count / 1e6:.0f} million pixels, more than '
                    f'{most / 1e6:.0f}: make it smaller'
                )
            if int(data.get('NumberOfFrames') or 1) > 1:
                raise InputError(
                    f'{path} holds {data.NumberOfFrames} frames: give one image a file'
                )
            if data.get('PhotometricInterpretation') == 'PALETTE COLOR':
                raise InputError(f'{path} has a palette, which is not read')
            pixels = data.pixel_array
            if pixels.ndim == 3:
                return Picture(_colours(pixels, data, path), *_dicom_spacing(data))
            pixels = apply_voi_lut(apply_modality_lut(pixels, data), data)
    except pydicom.errors.InvalidDicomError:
        raise InputError(f'{path} is not a DICOM file') from None
    except InputError:
        raise
    except (OSError, ValueError, AttributeError, TypeError, KeyError, IndexError,
            RuntimeError, NotImplementedError) as error:  # fmt: skip
        raise _unreadable(path, error) from None
    if data.get('PhotometricInterpretation') == 'MONOCHROME1':
        pixels = pixels.max() - pixels + pixels.min()
    return Picture(to_8_bit(pixels), *_dicom_spacing(data))


def _colours(pixels: np.ndarray, data, path: object) -> np.ndarray:
    """``(H, W, 3)`` RGB uint8 of a colour picture."""
    kind = data.get('PhotometricInterpretation', 'RGB')
    if pixels.shape[-1] != 3 or pixels.dtype != np.uint8:
        raise InputError(f'{path} is of {kind} {pixels.dtype}, which is not read')
    return np.ascontiguousarray(pixels)  # pydicom has made RGB of YBR


def _dicom_spacing(data) -> tuple[tuple[float, float] | None, str | None]:
    """mm per pixel as ``(sy, sx)`` and the attribute that says so.

    ``ImagerPixelSpacing`` is measured at the detector, behind the head: an object is
    smaller than its shadow by the magnification.
    """
    if plain := _pair(data.get('PixelSpacing')):
        return plain, 'PixelSpacing'
    at_detector = _pair(data.get('ImagerPixelSpacing'))
    if at_detector is None:
        return None, None
    try:
        factor = float(data.get('EstimatedRadiographicMagnificationFactor') or 0)
    except (TypeError, ValueError):
        factor = 0.0
    if not factor >= 1 or not np.isfinite(factor):
        return at_detector, 'ImagerPixelSpacing (at the detector, not demagnified)'
    sy, sx = at_detector
    source = f'ImagerPixelSpacing / EstimatedRadiographicMagnificationFactor {factor:g}'
    return (sy / factor, sx / factor), source


def _pair(values) -> tuple[float, float] | None:
    """Two positive numbers; None for anything else, as files hold zeros and blanks."""
    try:
        return checked_spacing(values)
    except InputError:
        return None


def read_mha(path: Path) -> Picture:
    """Read an MHA or MHD file of one image.

    A spacing of 1 by 1 is what the format says where nobody said anything: not known.

    Raises:
        InputError: No such file, not one image, damaged, or SimpleITK is not installed.
    """
    _require_file(path)
    _require('SimpleITK', 'mha', path)
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise _unreadable(path, error) from None
    array = SimpleITK.GetArrayFromImage(image)
    if image.GetDimension() == 3 and len(array) == 1:
        array = array[0]
    colour = image.GetNumberOfComponentsPerPixel() == 3
    if array.ndim != (3 if colour else 2):
        raise InputError(f'{path} holds {array.shape} values: give one image a file')
    if array.dtype != np.uint8:
        array = to_8_bit(array)
    sx, sy = image.GetSpacing()[:2]
    if (sx, sy) == (1, 1):
        return Picture(array)
    return Picture(array, (sy, sx), 'ElementSpacing')


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f'no image at {path}')


def _require(module: str, extra: str, path: object) -> None:
    if not find_spec(module):
        raise InputError(f"{path} needs {module}: pip install 'mmlandmark[{extra}]'")


def _unreadable(path: object, error: Exception) -> InputError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return InputError(f'{path} cannot be read: {lines[-1][:200]}')
