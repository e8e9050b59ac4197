"""Reads MHA and MHD (MetaImage) files with one image, with checked headers."""

from __future__ import annotations

import math
import os
import zlib
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from .guards import MAX_PIXELS, check_size, decoding, require_file
from .pixels import from_array

_HEADER_BYTES = 64_000
# Bytes allowed after the pixels, such as a line break.
_SLACK = 16
_TYPES = {
    'MET_UCHAR': 'u1',
    'MET_CHAR': 'i1',
    'MET_USHORT': 'u2',
    'MET_SHORT': 'i2',
    'MET_UINT': 'u4',
    'MET_INT': 'i4',
    'MET_ULONG': 'u4',
    'MET_LONG': 'i4',
    'MET_ULONG_LONG': 'u8',
    'MET_LONG_LONG': 'i8',
    'MET_FLOAT': 'f4',
    'MET_DOUBLE': 'f8',
}


def read_mha(
    path: Path, name: object = '', max_pixels: int = MAX_PIXELS
) -> LoadedImage:
    """Read an MHA or MHD file with one image.

    A spacing of 1 by 1 is the default of the format and means unknown.

    Args:
        path: The file; the pixels of an MHD file are in a file beside it.
        name: The name in messages; by default the path.
        max_pixels: Images with more pixels are refused before they are read.

    Raises:
        InputError: No such file, several images, damaged, or its pixels are not beside it.
    """
    called = name or path
    require_file(path)
    with decoding(called):
        with path.open('rb') as file:
            fields, start = _header(file.read(_HEADER_BYTES), called)
        shape = _shape(fields, called, max_pixels)
        dtype = _dtype(fields, called)
        pixels = _pixels(path, fields, start, math.prod(shape) * dtype.itemsize, called)
        values = np.frombuffer(pixels, dtype).reshape(shape)
        values = values.astype(dtype.newbyteorder('='), copy=False)
        return LoadedImage(from_array(values, called), _spacing(fields))


def _header(head: bytes, name: object) -> tuple[dict[str, str], int]:
    """The fields of a header, and the offset of its end."""
    fields: dict[str, str] = {}
    start = 0
    for line in head.splitlines(keepends=True):
        start += len(line)
        # file names may contain bytes that are not UTF-8
        key, equals, value = os.fsdecode(line).partition('=')
        if not equals:
            break
        fields[key.strip()] = value.strip()
        if key.strip() == 'ElementDataFile':
            return fields, start
    raise InputError(f'{name} cannot be read: its header names no ElementDataFile')


def _shape(fields: dict[str, str], name: object, max_pixels: int) -> tuple[int, ...]:
    sizes = [int(word) for word in fields.get('DimSize', '').split()]
    channels = int(fields.get('ElementNumberOfChannels', 1))
    if len(sizes) < 2 or min(sizes) < 1 or channels not in (1, 3, 4):
        raise InputError(f'{name} cannot be read: its header gives no size of an image')
    if math.prod(sizes[2:]) != 1:
        raise InputError(f'{name} has {sizes} values: give one image per file')
    width, height = sizes[:2]
    check_size(name, width, height, max_pixels)
    return (height, width) if channels == 1 else (height, width, channels)


def _dtype(fields: dict[str, str], name: object) -> np.dtype:
    kind = fields.get('ElementType', '').removesuffix('_ARRAY')
    if kind not in _TYPES or not _flag(fields, 'BinaryData', True):
        raise InputError(
            f'{name} cannot be read: its values are of type {kind!r}, or text'
        )
    msb = 'BinaryDataByteOrderMSB'
    big = _flag(fields, msb if msb in fields else 'ElementByteOrderMSB', False)
    return np.dtype(_TYPES[kind]).newbyteorder('>' if big else '<')


def _flag(fields: dict[str, str], key: str, default: bool) -> bool:
    return fields[key][:1].lower() in ('t', '1') if key in fields else default


def _pixels(
    path: Path, fields: dict[str, str], start: int, size: int, name: object
) -> bytes:
    """``size`` bytes of pixels, from this file after ``start`` or from the file named."""
    named = fields['ElementDataFile']
    if named.upper() != 'LOCAL':
        # a hostile header must not make this read other files
        first = named.upper().split()[:1]
        if first in ([], ['LIST'], ['.'], ['..']) or {*'/\\:%'} & {*named}:
            raise InputError(
                f'{name} names {named!r} as its pixels: they must be one file beside it'
            )
        path, start = path.with_name(named), max(0, int(fields.get('HeaderSize', 0)))
        if not path.is_file():
            raise InputError(f'{name} names {named!r} as its pixels: it does not exist')
    compressed = _flag(fields, 'CompressedData', False)
    there = path.stat().st_size - start
    if int(fields.get('HeaderSize', 0)) == -1 and not compressed:
        start, there = start + max(0, there - size), min(there, size)
    if not compressed and not size <= there <= size + _SLACK:
        raise _another_size(name, size, there)
    with path.open('rb') as file:
        file.seek(start)
        if not compressed:
            return file.read(size)
        inflater = zlib.decompressobj(zlib.MAX_WBITS + 32)  # zlib or gzip
        # incompressible data grow by less than 0.1 %
        pixels = inflater.decompress(file.read(size + size // 100 + 1000), size + 1)
    if len(pixels) != size:
        raise _another_size(name, size, len(pixels))
    return pixels


def _another_size(name: object, declared: int, there: int) -> InputError:
    return InputError(
        f'{name} declares {declared} bytes of pixels, there are {max(there, 0)}'
    )


def _spacing(fields: dict[str, str]) -> PixelSpacing | None:
    try:
        sx, sy = (float(word) for word in fields.get('ElementSpacing', '').split()[:2])
        spacing = PixelSpacing(sy, sx, 'ElementSpacing')
    except ValueError:  # includes InputError
        return None
    return None if spacing.pair == (1, 1) else spacing
