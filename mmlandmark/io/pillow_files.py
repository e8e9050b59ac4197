"""Reads JPEG, PNG, BMP, TIFF and WebP files by Pillow, with EXIF orientation applied."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

import cv2
import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ..errors import InputError
from .guards import MAX_PIXELS, check_size, decoding, require_file
from .pixels import as_8_bit

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.jfif', '.png', '.bmp', '.tif', '.tiff', '.webp')
DICOM_SUFFIXES = ('.dcm', '.dicom')
MHA_SUFFIXES = ('.mha', '.mhd')
#: Suffixes of all files that :func:`~.load.load_image` reads; DICOM files need none.
READABLE_SUFFIXES = IMAGE_SUFFIXES + DICOM_SUFFIXES + MHA_SUFFIXES

ORIENTATION_TAG = 0x0112  # EXIF
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT, _TILE_WIDTH, _TILE_HEIGHT = 258, 262, 339, 322, 323

# Not Image.open: Pillow reads more formats, some by running other programs, and its limit
# of pixels is global to the process.
_FORMATS = (
    (re.compile(rb'\xff\xd8\xff'), JpegImagePlugin.jpeg_factory),
    (re.compile(rb'\x89PNG\r\n\x1a\n'), PngImagePlugin.PngImageFile),
    (re.compile(rb'BM'), BmpImagePlugin.BmpImageFile),
    (
        re.compile(rb'II(\*\0|\0\*|\+\0)|MM(\0\*|\*\0|\0\+)'),
        TiffImagePlugin.TiffImageFile,
    ),
    (re.compile(rb'RIFF.{4}WEBP', re.DOTALL), WebPImagePlugin.WebPImageFile),
)

_WIDE_GRAY = ('I', 'F', 'I;16', 'I;16B', 'I;16L', 'I;16N')


@contextmanager
def opened(
    source: Path | BinaryIO, name: object, max_pixels: int = MAX_PIXELS
) -> Iterator[ImageFile.ImageFile]:
    """Open an image file and check its format and size, without decoding it.

    Raises:
        InputError: No such file, another format, damaged, or too many pixels; also if the
            block fails to decode it.
    """
    if isinstance(source, Path):
        require_file(source)
        with decoding(name), source.open('rb') as file, opened(
            file, name, max_pixels
        ) as image:  # fmt: skip
            yield image
        return
    with decoding(name):
        head = source.read(32)
        source.seek(0)
        if size := webp_size(head):
            check_size(name, *size, max_pixels)  # the plugin allocates on opening
        for signature, make in _FORMATS:
            if signature.match(head):
                with make(source, '') as image:
                    check_size(name, *image.size, max_pixels)
                    tags = _tags(image)
                    tile = (tags.get(_TILE_WIDTH, 0), tags.get(_TILE_HEIGHT, 0))
                    check_size(name, *tile, max_pixels)  # one tile is allocated
                    yield image
                return
        raise InputError(
            f'{name} is not an image this can read ({", ".join(READABLE_SUFFIXES)})'
        )


def read_plain(
    source: Path | BinaryIO, name: object = '', max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Decode an image file.

    Args:
        source: The path, or a file opened in binary mode.
        name: The name in messages; by default the path.
        max_pixels: Images with more pixels are refused before they are decoded.

    Returns:
        ``(H, W)`` or ``(H, W, 3)`` RGB uint8.

    Raises:
        InputError: As :func:`opened`.
    """
    called = name or source
    with opened(source, called, max_pixels) as image:
        if _is_deep_colour(image):
            return _deep_colour(image, called)
        is_gray_jpeg = image.format == 'JPEG' and image.mode == 'L'
        if is_gray_jpeg and orientation_of(image) == 1:
            return _gray_jpeg(image)
        return to_array(image, called, in_place=True)


def _gray_jpeg(image: ImageFile.ImageFile) -> np.ndarray:
    """Decode a gray JPEG into an array; numpy's copy would take as long as the decoding."""
    width, height = image.size
    pixels = np.empty((height, width), np.uint8)
    shared = Image.frombuffer('L', image.size, pixels, 'raw', 'L', 0, 1).im
    image.im = shared  # Pillow decodes into the memory of an image, if it has any
    image.load()
    return pixels if image.im is shared else np.asarray(image)


def to_array(
    image: Image.Image, name: object = 'the image', in_place: bool = False
) -> np.ndarray:
    """Convert a PIL image of any mode to 8-bit pixels, with EXIF orientation applied.

    Args:
        image: The image.
        name: The name in messages.
        in_place: Rotate the image itself, which saves a copy.

    Returns:
        ``(H, W)`` or ``(H, W, 3)`` RGB uint8.

    Raises:
        InputError: It cannot be decoded, or has 16-bit colours, of which Pillow keeps 8
            bits.
    """
    with decoding(name):
        if not in_place and _is_deep_colour(image):
            raise InputError(
                f'{name} has 16-bit colours, of which PIL keeps 8 bits: give its path'
            )
        tags = _tags(image)
        # both are read before the rotation, whose result has no tags
        inverted = tags.get(_PHOTOMETRIC) == 0 and image.mode in _WIDE_GRAY
        kind = (image.mode, *_first(tags, _BITS), *_first(tags, _SAMPLE_FORMAT))
        if in_place:
            ImageOps.exif_transpose(image, in_place=True)
        else:
            image = ImageOps.exif_transpose(image)
        pixels = as_8_bit(_values(image, kind), name)
        # Pillow inverts WhiteIsZero of 8 bits and fewer itself
        return 255 - pixels if inverted else pixels


def _values(image: Image.Image, kind: tuple) -> np.ndarray:
    if image.mode in ('L', 'RGB', *_WIDE_GRAY):
        values = np.asarray(image)  # convert() would copy it
        # TIFF types that Pillow stores as another type of the same size
        types = {('I', 32, 1): np.uint32, ('L', 8, 2): np.int8}
        return values.view(types[kind]) if kind in types else values
    if image.mode == 'La':
        image = image.convert('LA')
    if image.mode == 'LA':
        return np.asarray(image.getchannel('L'))
    if image.mode in ('RGBa', 'PA'):
        image = image.convert('RGBA')
    return np.asarray(image.convert('L' if image.mode == '1' else 'RGB'))


def _tags(image: Image.Image) -> dict:
    return getattr(image, 'tag_v2', None) or {}


def _first(tags: dict, tag: int) -> tuple:
    """The first value of a TIFF tag; 1, the default in the standard, if there is none."""
    values = tags.get(tag, 1)
    return values[:1] if isinstance(values, tuple) else (values,)


def _is_deep_colour(image: Image.Image) -> bool:
    """Whether a file has colours of more than 8 bits, which Pillow reduces to 8."""
    if image.mode in ('1', 'L', 'P', *_WIDE_GRAY):
        return False
    if image.format == 'TIFF':
        return max(_all(_tags(image), _BITS)) > 8
    tiles = getattr(image, 'tile', ())
    return image.format == 'PNG' and any(';16' in str(tile[3]) for tile in tiles)


def _all(tags: dict, tag: int) -> tuple:
    values = tags.get(tag, 1)
    return values if isinstance(values, tuple) and values else (1,)


def _deep_colour(image: ImageFile.ImageFile, name: object) -> np.ndarray:
    """Decode 16-bit colours by OpenCV, and verify them by Pillow's upper 8 bits.

    OpenCV alone accepts truncated files, and applies the orientation in some formats only.
    """
    file, is_png = image.fp, image.format == 'PNG'
    if file is None:
        raise InputError(f'{name} cannot be read: its file is closed')
    file.seek(0)
    data = np.frombuffer(file.read(), np.uint8)
    turn = image.getexif().get(ORIENTATION_TAG, 1) if is_png else 1
    ImageOps.exif_transpose(image, in_place=True)
    upper = np.asarray(image.convert('RGB'))
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if found is not None and found.dtype == np.uint16 and found.ndim == 3:
        deep: np.ndarray = turned(np.ascontiguousarray(found[..., 2::-1]), turn)
        if deep.shape == upper.shape and np.array_equal(deep >> 8, upper):
            return as_8_bit(deep, name)
    raise InputError(
        f'{name} has 16-bit colours in an unsupported encoding: save it as RGB PNG'
    )


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of an opened image, 1 to 8; its pixels are not decoded.

    Pillow decodes a PNG to reach the metadata behind its pixels, which few files have.
    """
    read = image.getexif
    file = image.fp if isinstance(image, PngImagePlugin.PngImageFile) else None
    if file is not None and not _has_late_metadata(file):
        read = partial(Image.Image.getexif, image)
    found = read().get(ORIENTATION_TAG, 1)
    return found if found in range(1, 9) else 1


def _has_late_metadata(file: IO[bytes]) -> bool:
    """Whether a PNG file has EXIF or text after its pixels, by the heads of its chunks."""
    place = file.tell()
    file.seek(8)
    pixels = False
    try:
        while len(head := file.read(8)) == 8 and (kind := head[4:]) != b'IEND':
            if pixels and kind in (b'eXIf', b'tEXt', b'zTXt', b'iTXt'):
                return True
            pixels = pixels or kind == b'IDAT'
            file.seek(
                int.from_bytes(head[:4], 'big') + 4, io.SEEK_CUR
            )  # and a checksum
        return False
    finally:
        file.seek(place)


def turned(array: np.ndarray, orientation: int) -> np.ndarray:
    """Apply an EXIF orientation, 1 to 8, to an array ``(H, W, ...)``."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return array


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from the first 30 bytes of a WebP file; None for other files."""
    if not re.match(rb'RIFF.{4}WEBP', head, re.DOTALL) or len(head) < 30:
        return None
    kind = head[12:16]
    if kind == b'VP8X':
        width, height = (int.from_bytes(head[at : at + 3], 'little') for at in (24, 27))
        return width + 1, height + 1
    if kind == b'VP8L':
        bits = int.from_bytes(head[21:25], 'little')
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = (int.from_bytes(head[at : at + 2], 'little') for at in (26, 28))
    return width & 0x3FFF, height & 0x3FFF


def has_image_name(path: Path) -> bool:
    """Whether a file has the suffix of an image; ``._NAME.jpg`` of macOS does not count."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('.')


def is_plain(path: Path) -> bool:
    """Whether all readers decode the same pixels: 8-bit JPEG or PNG, not rotated.

    Raises:
        InputError: It cannot be read.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return False
    with opened(path, path) as image:
        if image.format not in ('JPEG', 'PNG') or image.mode not in ('L', 'RGB'):
            return False
        return orientation_of(image) == 1 and not _is_deep_colour(image)


def read_values(path: str | Path, what: str) -> np.ndarray:
    """Read the raw values of a gray or palette image, such as labels or depth.

    Args:
        path: The file.
        what: What it should be, for messages: ``'depth map'``.

    Returns:
        ``(H, W)``, of the file's number type.

    Raises:
        InputError: No such file, it cannot be read, or it is a colour image.
    """
    if not Path(path).exists():
        raise InputError(f'no {what} at {path}')
    with opened(Path(path), path) as image:
        values = np.array(image)
    if values.ndim != 2:
        raise InputError(f'{path} is a colour image: a {what} is gray or has a palette')
    return values


def encoded(image: Image.Image, kind: str) -> bytes:
    """Encode a PIL image as the bytes of a file in a format such as ``'PNG'``."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
