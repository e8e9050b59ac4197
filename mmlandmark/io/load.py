"""Reads any image file or array as 8-bit pixels, with the spacing in the file."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from ..errors import InputError
from ..structures.loaded_image import LoadedImage
from .dicom import is_dicom, medical_reader, read_dicom
from .guards import MAX_PIXELS, check_size, decoding
from .pillow_files import READABLE_SUFFIXES, read_plain, to_array
from .pixels import from_array

#: Types that :func:`load_image` takes besides an open file.
ImageLike = str | Path | np.ndarray | Image.Image | LoadedImage


def load_image(
    image: ImageLike | BinaryIO, max_pixels: int = MAX_PIXELS, name: str = ''
) -> LoadedImage:
    """Read an image as 8-bit pixels, with its spacing if the file has one.

    All images are read by this function. Gray values are as displayed (DICOM's MONOCHROME1
    and TIFF's WhiteIsZero are inverted), more than 8 bits are mapped to 8 (see
    :func:`~.pixels.as_8_bit`), palette and CMYK images become RGB, alpha is dropped, and
    the EXIF orientation is applied. Of several pages the first is read.

    Args:
        image: A path of a JPEG, PNG, BMP, TIFF, WebP, DICOM, MHA or MHD file; such a file
            except MHA and MHD, opened in binary mode; an array ``(H, W)`` or ``(H, W, 1)``
            gray, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA of any number type; a PIL image;
            or a loaded image.
        max_pixels: Images with more pixels are refused before they are decoded.
        name: The name of the image in messages; by default its path, or ``the image``.

    Returns:
        The pixels ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8, and the spacing.

    Raises:
        InputError: It is none of these, not a regular file, damaged, too large, has values
            that are not finite, or its reader (pydicom) is not installed.
    """
    if isinstance(image, (str, Path)):
        return _from_path(Path(image), max_pixels, name)
    if isinstance(image, LoadedImage):
        return LoadedImage(image.pixels, image.spacing)
    called = name or 'the image'
    if isinstance(image, Image.Image):
        check_size(called, *image.size, max_pixels)
        return LoadedImage(to_array(image, called))
    if not isinstance(image, np.ndarray) and hasattr(image, 'read'):
        return _from_file(image, max_pixels, called)
    try:
        array = np.asarray(image)
    except ValueError:  # lists of different lengths
        raise InputError(f'{called} is not an array of numbers') from None
    return LoadedImage(from_array(array, called))


def _from_path(path: Path, max_pixels: int, name: str) -> LoadedImage:
    if read := medical_reader(path):
        return read(path, name, max_pixels)
    return LoadedImage(read_plain(path, name, max_pixels))


def _from_file(file: BinaryIO, max_pixels: int, name: str) -> LoadedImage:
    with decoding(name):
        if not file.seekable():
            file = io.BytesIO(file.read())
        file.seek(128)
        medical = file.read(4) == b'DICM'
        file.seek(0)
    if medical:
        return read_dicom(file, name, max_pixels)
    return LoadedImage(read_plain(file, name, max_pixels))


def list_images(folder: Path, left_out: Counter[str] | None = None) -> list[Path]:
    """The images in a folder, sorted by name. DICOM files need no suffix.

    Args:
        folder: The folder; its subfolders are not searched.
        left_out: Counts the entries that are left out, by reason.

    Raises:
        InputError: There are no images.
    """
    reasons: Counter[str] = Counter() if left_out is None else left_out
    found = []
    for path in sorted(folder.iterdir()):
        reason = _not_an_image(path)
        if reason:
            reasons[reason] += 1
        else:
            found.append(path)
    if not found:
        raise InputError(f'no image in {folder} ({", ".join(READABLE_SUFFIXES)})')
    return found


def _not_an_image(path: Path) -> str | None:
    """Why an entry of a folder is not an image; None if it is one."""
    if path.name.startswith('.'):  # macOS puts ._NAME.jpg beside NAME.jpg
        return 'hidden'
    if path.is_dir():
        return 'a folder, which is not searched'
    if not path.is_file():  # before it is opened: reading a pipe would block
        return 'not a regular file'
    if path.name == 'DICOMDIR':
        return 'a list of DICOM files'
    if path.suffix.lower() in READABLE_SUFFIXES or is_dicom(path):
        return None
    return f'not an image by its name (*{path.suffix})'


def left_out_lines(left_out: Counter[str]) -> list[str]:
    """One line per reason for entries that were left out."""
    return [f'left out: {n} {reason}' for reason, n in sorted(left_out.items())]
