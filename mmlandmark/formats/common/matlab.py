"""Reads MATLAB files of versions 5 to 7: real arrays of numbers, text, and cells of these.

Layout: "MAT-File Format" (The MathWorks), level 5. SciPy 1.17, which reads more, ends the
process by a segmentation fault on damaged files, so that it is not used.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import InputError

#: Data types of elements, and classes of arrays, to numpy's.
_TYPES = dict(enumerate(['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'f4'], start=1))
_TYPES |= {9: 'f8', 12: 'i8', 13: 'u8'}
_CLASSES = dict(
    enumerate(['f8', 'f4', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8'], start=6)
)
_TEXTS = {1: 'latin-1', 2: 'latin-1', 4: 'utf-16', 16: 'utf-8', 17: 'utf-16'}
_INT32, _MATRIX, _COMPRESSED = 5, 14, 15
_CELL, _CHAR = 1, 4
_COMPLEX = 0x0800  # a flag beside the class
_HEADER = 128
_MOST_BYTES = 2**31  # of a variable, as MATLAB allows
_MOST_LEVELS = 8  # of cells in one another


def load_mat(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Load variables of a MATLAB file before v7.3.

    Args:
        path: The ``.mat`` file.
        names: The variables, all of which must exist.

    Returns:
        Arrays by name, of the type and shape that MATLAB shows: a cell array is one of
        objects, a text of characters one string.

    Raises:
        InputError: No such file, another format, or a variable is missing or of a kind
            that is not read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except OSError as error:
        raise InputError(f'{path} cannot be read: {error}') from None
    try:
        found = _variables(data, names)
    except (ValueError, KeyError, struct.error, zlib.error, MemoryError) as error:
        text = ' '.join(str(error).split())[:200]
        raise InputError(f'{path} is not a readable MATLAB file: {text}') from None
    absent = [name for name in names if name not in found]
    if absent:
        raise InputError(f'{path} lacks {", ".join(absent)}')
    return found


def _variables(data: bytes, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    order = {b'IM': '<', b'MI': '>'}.get(data[126:_HEADER])
    version = struct.unpack_from(f'{order or "<"}H', data, 124)[0]
    if order is None or version != 0x0100:
        newer = order is not None and version == 0x0200
        what = 'v7.3' if newer else 'not v5 to v7'
        raise ValueError(f'it is MATLAB {what}, v5 is needed: save it again with -v7')
    found = {}
    for kind, body in _elements(memoryview(data)[_HEADER:], order, 1):
        inner = [(kind, body)]
        if kind == _COMPRESSED:
            unpacked = zlib.decompressobj().decompress(body, _MOST_BYTES)
            inner = list(_elements(memoryview(unpacked), order, 1))
        parts = [part for _, item in inner for part in _elements(item, order, 8)]
        if [of for of, _ in inner] != [_MATRIX] or len(parts) < 3:
            raise ValueError('a variable is not an array')
        name = bytes(parts[2][1]).decode('latin-1')
        if name in names:
            found[name] = _array(inner[0][1], order, 0)
    return found


def _elements(
    data: memoryview, order: str, multiple: int
) -> Iterator[tuple[int, memoryview]]:
    """The type and the bytes of each element; they begin at multiples of bytes."""
    place = 0
    while place < len(data):
        kind, size = struct.unpack_from(f'{order}II', data, place)
        start, small = place + 8, kind >> 16
        if small:  # up to four bytes, in the place of the size
            kind, size, start = kind & 0xFFFF, small, place + 4
        body = data[start : start + size]
        if len(body) < size or (small and size > 4):
            raise ValueError('an element goes past its end')
        yield kind, body
        place = place + 8 if small else start + math.ceil(size / multiple) * multiple


def _array(body: memoryview, order: str, level: int) -> np.ndarray:
    """The array of a matrix element: its flags, shape, name and values."""
    if level > _MOST_LEVELS:
        raise ValueError(f'cells are in one another more than {_MOST_LEVELS} times')
    parts = list(_elements(body, order, 8))
    if len(parts) < 3 or parts[0][0] != 6 or parts[1][0] != _INT32:
        raise ValueError('an array has no flags and shape')
    flags = struct.unpack_from(f'{order}I', parts[0][1])[0]
    shape = tuple(np.frombuffer(parts[1][1], f'{order}i4').tolist())
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(f'an array has the shape {shape}')
    kind, values = flags & 0xFF, parts[3:]
    if kind == _CELL:
        return _cells(values, shape, order, level)
    if len(values) != 1 or flags & _COMPLEX or kind not in (*_CLASSES, _CHAR):
        raise ValueError(f'an array is of the class {kind}, which is not read')
    of, content = values[0]
    if kind == _CHAR:
        coding = _TEXTS[of]
        if coding == 'utf-16':
            coding = 'utf-16-le' if order == '<' else 'utf-16-be'
        return np.array([bytes(content).decode(coding)])
    numbers = np.frombuffer(content, order + _TYPES[of])
    return numbers.astype(_CLASSES[kind]).reshape(shape, order='F')


def _cells(
    values: list[tuple[int, memoryview]], shape: tuple[int, ...], order: str, level: int
) -> np.ndarray:
    if len(values) != math.prod(shape) or any(of != _MATRIX for of, _ in values):
        raise ValueError(f'a cell array of the shape {shape} has {len(values)} cells')
    found = np.empty(len(values), object)
    for i, (_, body) in enumerate(values):
        found[i] = _array(body, order, level + 1)
    return found.reshape(shape, order='F')
