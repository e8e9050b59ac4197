"""Reads DICOM files and their spacing by pydicom (extra ``medical``)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import InputError
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from ..utils.distribution import pip_install
from .dicom_guards import check_declared, check_frame, inflated
from .guards import MAX_PIXELS, decoding, require_file
from .mha import read_mha
from .pillow_files import DICOM_SUFFIXES, IMAGE_SUFFIXES, MHA_SUFFIXES
from .pixels import require_finite, to_8_bit

Reader = Callable[[Path, str, int], LoadedImage]

# Largest size of a file in bytes per pixel.
_BYTES = 8


def medical_reader(path: Path) -> Reader | None:
    """The reader of a DICOM or MHA file; None for another file.

    A DICOM file is detected by its suffix, or without a known suffix by its first bytes.
    """
    suffix = path.suffix.lower()
    if suffix in MHA_SUFFIXES:
        return read_mha
    if suffix in DICOM_SUFFIXES:
        return read_dicom
    return None if suffix in IMAGE_SUFFIXES or not is_dicom(path) else read_dicom


def is_dicom(path: Path) -> bool:
    """Whether a regular file has the DICOM preamble."""
    try:
        if not path.is_file():  # reading a pipe would block
            return False
        with path.open('rb') as file:
            file.seek(128)
            return file.read(4) == b'DICM'
    except OSError:
        return False


def read_dicom(
    source: Path | BinaryIO, name: str = '', max_pixels: int = MAX_PIXELS
) -> LoadedImage:
    """Read a DICOM file with one frame.

    Rescale slope and VOI LUT (or window) are applied, MONOCHROME1 is inverted, and more
    than 8 bits are mapped to 8.

    Args:
        source: The path, or a file opened in binary mode.
        name: The name in messages; by default the path.
        max_pixels: Images with more pixels are refused before they are inflated or decoded.

    Raises:
        InputError: No such file, several frames, damaged, or pydicom is not installed.
    """
    path = name or source
    if isinstance(source, Path):
        require_file(source)
    _require('pydicom', path)
    import pydicom

    with decoding(path), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # about values that violate the standard
        try:
            file = inflated(_whole(source, path, max_pixels), path, max_pixels)
            data = pydicom.dcmread(file)
        except pydicom.errors.InvalidDicomError:
            raise InputError(f'{path} is not a DICOM file') from None
        check_declared(data, path, max_pixels)
        check_frame(data, path)
        return LoadedImage(_displayed(data, path), _dicom_spacing(data))


def read_header(path: Path) -> Any:
    """The attributes of a DICOM file, without its pixels.

    Returns:
        A ``pydicom.Dataset``.

    Raises:
        InputError: No such file, damaged, or pydicom is not installed.
    """
    require_file(path)
    _require('pydicom', path)
    import pydicom

    with decoding(path), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # about values that violate the standard
        file = inflated(_whole(path, path, MAX_PIXELS), path, MAX_PIXELS)
        return pydicom.dcmread(file, stop_before_pixels=True)


def _whole(source: Path | BinaryIO, path: object, max_pixels: int) -> bytes:
    if isinstance(source, Path):
        with source.open('rb') as file:
            return _whole(file, path, max_pixels)
    limit = _BYTES * max_pixels
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    if size > limit:
        raise InputError(
            f'{path} has {size / 1e6:.0f} MB, more than one image needs: make it smaller'
        )
    return source.read()


def _displayed(data, path: object) -> np.ndarray:
    """``(H, W)`` gray or ``(H, W, 3)`` RGB uint8, as displayed (DICOM PS3.4, N.2)."""
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    kind = data.get('PhotometricInterpretation')
    if kind == 'PALETTE COLOR':
        raise InputError(f'{path} has a palette, which is not supported')
    pixels = data.pixel_array  # pydicom converts YBR to RGB
    if pixels.ndim == 3:
        if pixels.shape[-1] != 3:
            raise InputError(
                f'{path} has {kind!r} {pixels.shape}, which is not supported'
            )
        return _eight_bits(pixels, data, path)
    pixels = apply_voi_lut(apply_modality_lut(pixels, data), data)
    pixels = _eight_bits(pixels, data, path)
    return 255 - pixels if kind == 'MONOCHROME1' else pixels


def _eight_bits(pixels: np.ndarray, data, path: object) -> np.ndarray:
    """8-bit pixels are kept, others are mapped to the full range."""
    if pixels.dtype == np.uint8 and data.get('BitsStored') == 8:
        return np.ascontiguousarray(pixels)
    if pixels.dtype.kind == 'f':
        require_finite(pixels, path)
    return to_8_bit(pixels)


def _dicom_spacing(data) -> PixelSpacing | None:
    """mm per pixel and the attribute it was read from.

    ``ImagerPixelSpacing`` is measured at the detector, where the projection is magnified;
    it is divided by the magnification if the file has it. ``NominalScannedPixelSpacing`` is
    measured on the scanned film, which is magnified too.
    """
    if plain := _pair(data, 'PixelSpacing'):
        return plain
    at_detector = _pair(data, 'ImagerPixelSpacing')
    if at_detector is None:
        scanned = _pair(data, 'NominalScannedPixelSpacing')
        return scanned and replace(
            scanned, source=f'{scanned.source} (on the film, not demagnified)'
        )
    try:
        factor = float(data.get('EstimatedRadiographicMagnificationFactor') or 0)
    except (TypeError, ValueError):
        factor = 0.0
    if not factor >= 1 or not np.isfinite(factor):
        source = f'{at_detector.source} (at the detector, not demagnified)'
        return replace(at_detector, source=source)
    source = f'ImagerPixelSpacing / EstimatedRadiographicMagnificationFactor {factor:g}'
    return replace(at_detector.scaled(factor, factor), source=source)


def _pair(data, attribute: str) -> PixelSpacing | None:
    """Two positive numbers; None for other values, as files contain zeros and blanks."""
    try:
        return PixelSpacing.from_pair(data.get(attribute), attribute)
    except InputError:
        return None


def _require(module: str, path: object) -> None:
    if not find_spec(module):
        raise InputError(f'{path} needs {module}: {pip_install("medical")}')
