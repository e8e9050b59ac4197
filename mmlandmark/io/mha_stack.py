"""Opens an MHA file with a stack of images, without holding it in memory."""

from __future__ import annotations

import math
import tempfile
import zlib
from pathlib import Path

import numpy as np

from ..errors import InputError
from .guards import MAX_PIXELS, check_size, require_file
from .mha import _HEADER_BYTES, _dtype, _flag, _header

_BLOCK = 1 << 24
#: More images than any data set of the field has in one file.
MAX_IMAGES = 10_000


def open_stack(path: Path) -> np.ndarray:
    """The images of an MHA file of three dimensions, mapped from the disk.

    A compressed file is inflated into a temporary file, which the system removes.

    Args:
        path: The ``.mha`` file, with its pixels in it.

    Returns:
        ``(N, H, W)`` or ``(N, H, W, 3)`` uint8, read when it is used.

    Raises:
        InputError: No such file, another number of dimensions, values that are not bytes,
            pixels in another file, or a damaged file.
    """
    require_file(path)
    with path.open('rb') as file:
        fields, start = _header(file.read(_HEADER_BYTES), path)
    shape = _shape(fields, path)
    if fields['ElementDataFile'].upper() != 'LOCAL':
        raise InputError(f'{path} has its pixels in another file: one file is needed')
    if _dtype(fields, path) != np.dtype('u1'):
        raise InputError(f'{path} has values of another type than bytes (MET_UCHAR)')
    if _flag(fields, 'CompressedData', False):
        return _inflated(path, start, shape)
    if path.stat().st_size - start < math.prod(shape):
        raise InputError(f'{path} is cut off')
    return np.memmap(path, np.uint8, 'r', start, shape)


def _shape(fields: dict[str, str], path: Path) -> tuple[int, ...]:
    try:
        sizes = [int(word) for word in fields.get('DimSize', '').split()]
        channels = int(fields.get('ElementNumberOfChannels', 1))
    except ValueError:
        raise InputError(f'{path} cannot be read: its header gives no size') from None
    if len(sizes) != 3 or min(sizes) < 1 or channels not in (1, 3):
        raise InputError(f'{path} is not a stack of images: its size is {sizes}')
    width, height, count = sizes
    check_size(path, width, height, MAX_PIXELS)
    if count > MAX_IMAGES:
        raise InputError(f'{path} has {count} images, at most {MAX_IMAGES} are read')
    return (count, height, width) if channels == 1 else (count, height, width, channels)


def _inflated(path: Path, start: int, shape: tuple[int, ...]) -> np.ndarray:
    size, written = math.prod(shape), 0
    inflater = zlib.decompressobj(zlib.MAX_WBITS + 32)  # zlib or gzip
    # the mapping stays valid when the file is closed, which also removes it
    with tempfile.TemporaryFile() as target:
        try:
            with path.open('rb') as file:
                file.seek(start)
                while written < size and (block := file.read(_BLOCK)):
                    while block and written < size:
                        most = min(_BLOCK, size - written)
                        written += target.write(inflater.decompress(block, most))
                        block = inflater.unconsumed_tail
        except zlib.error as error:
            raise InputError(f'{path} cannot be read: {error}') from None
        if written != size:
            raise InputError(f'{path} is cut off')
        target.flush()
        return np.memmap(target, np.uint8, 'r', 0, shape)
