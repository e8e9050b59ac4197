"""Checks the true size of a DICOM file before pydicom inflates or decodes it."""

from __future__ import annotations

import io
import itertools
import re
import struct
import zlib
from collections.abc import Iterator

from ..errors import InputError
from .guards import check_size

# Largest size of the attributes before and after the pixels.
_HEADER_BYTES = 4_000_000

_JPEG_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # 0xF7 is JPEG-LS
_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
_SOS = 0xDA


def pixel_bytes(data) -> int:
    """Size of the pixels in bytes, as declared in a data set."""
    values = (data.get('Rows'), data.get('Columns'), data.get('SamplesPerPixel', 1))
    bits = max(int(data.get('BitsAllocated') or 8), 8)
    count = 1
    for value in values:
        count *= int(value or 0)
    return count * bits // 8


def check_declared(data, name: object, max_pixels: int) -> None:
    """Check the declared numbers of pixels, frames and samples per pixel.

    Raises:
        InputError: Too many pixels, several frames, or neither 1 nor 3 samples per pixel.
    """
    rows, columns = int(data.get('Rows') or 0), int(data.get('Columns') or 0)
    check_size(name, columns, rows, max_pixels)
    frames = int(data.get('NumberOfFrames') or 1)
    if frames > 1:
        raise InputError(f'{name} has {frames} frames: give one image per file')
    samples = int(data.get('SamplesPerPixel') or 1)
    if samples not in (1, 3):
        raise InputError(
            f'{name} has {samples} samples per pixel: 1 or 3 are supported'
        )


def inflated(data: bytes, name: object, max_pixels: int) -> io.BytesIO:
    """Inflate a deflated DICOM file with a limit; other files are returned unchanged.

    pydicom inflates without a limit, and a small file may inflate to gigabytes. Here the
    header is inflated first, then as many bytes as it declares.

    Raises:
        InputError: The file is truncated, declares too many pixels, or has more data than
            it declares.
    """
    from pydicom import dcmread
    from pydicom.filebase import DicomBytesIO
    from pydicom.filereader import _read_file_meta_info, read_preamble
    from pydicom.filewriter import write_file_meta_info
    from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

    file = io.BytesIO(data)
    read_preamble(file, False)
    meta = _read_file_meta_info(file)
    if meta.get('TransferSyntaxUID') != DeflatedExplicitVRLittleEndian:
        return io.BytesIO(data)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = io.BytesIO()
    head = DicomBytesIO()
    write_file_meta_info(head, meta, enforce_standard=False)
    plain.write(bytes(128) + b'DICM' + head.getvalue())
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain.write(inflater.decompress(file.read(), _HEADER_BYTES))
    if not inflater.eof:
        plain.seek(0)
        header = dcmread(plain, stop_before_pixels=True)
        check_declared(header, name, max_pixels)
        plain.seek(0, io.SEEK_END)
        limit = pixel_bytes(header) + _HEADER_BYTES
        plain.write(inflater.decompress(inflater.unconsumed_tail, limit))
        if inflater.unconsumed_tail:
            raise InputError(f'{name} has more data than the pixels it declares')
        if not inflater.eof:
            raise InputError(f'{name} cannot be read: it is truncated')
    plain.seek(0)
    return plain


def check_frame(data, name: object) -> None:
    """Check that the size in a compressed frame is the one in the data set.

    Raises:
        InputError: The sizes differ, or the frame's header cannot be read.
    """
    from pydicom.encaps import get_frame
    from pydicom.uid import RLELossless

    syntax = data.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        return
    frame = get_frame(data.PixelData, 0, number_of_frames=1)
    declared = (int(data.Columns), int(data.Rows))
    if syntax == RLELossless:
        _check_rle(frame, declared, name)
        return
    sizes = set(_frame_sizes(frame))
    if not sizes:
        raise InputError(f'{name} cannot be read: its compressed frame has no size')
    for width, height in sizes - {declared}:
        raise InputError(
            f'{name} declares {declared[0]}x{declared[1]} pixels, its compressed frame '
            f'has {width}x{height}'
        )


def _frame_sizes(frame: bytes) -> Iterator[tuple[int, int]]:
    """All widths and heights in the headers of a JPEG, JPEG-LS or JPEG 2000 frame."""
    if frame[:2] == b'\xff\xd8':
        yield from _jpeg_sizes(frame)
        return
    for found in re.finditer(rb'\xff\x4f\xff\x51', frame):  # code stream, SIZ
        fields = frame[found.end() + 4 : found.end() + 20]
        if len(fields) == 16:
            right, bottom, left, top = struct.unpack('>4I', fields)
            yield right - left, bottom - top


def _jpeg_sizes(frame: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 9 <= len(frame):
        if frame[at] != 0xFF:
            return
        marker = frame[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _NO_LENGTH:
            at += 2
        elif marker == _SOS:
            return
        else:
            length, _, height, width = struct.unpack('>HBHH', frame[at + 2 : at + 9])
            if marker in _JPEG_SOF:
                yield width, height
            at += 2 + length


def _check_rle(frame: bytes, declared: tuple[int, int], name: object) -> None:
    """Each segment may decode to one byte per pixel, plus a padding byte."""
    count, *offsets = struct.unpack('<16I', frame[:64])
    starts = [*offsets[: min(count, 15)], len(frame)]
    for start, end in itertools.pairwise(starts):
        size = _rle_size(frame[start:end])
        if size > declared[0] * declared[1] + 1:
            raise InputError(
                f'{name} declares {declared[0]}x{declared[1]} pixels, its compressed '
                f'frame has {size}'
            )


def _rle_size(segment: bytes) -> int:
    at = size = 0
    while at < len(segment):
        head = segment[at]
        if head < 128:  # head + 1 literal bytes
            size += head + 1
            at += head + 2
        elif head > 128:  # one byte repeated 257 - head times
            size += 257 - head
            at += 2
        else:
            at += 1
    return size
