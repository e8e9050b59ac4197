"""The one way from a file or an array to pixels, with what the file says of its scale."""

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

#: What :func:`load_image` takes besides an open file.
ImageLike = str | Path | np.ndarray | Image.Image | LoadedImage


def load_image(
    image: ImageLike | BinaryIO, max_pixels: int = MAX_PIXELS, name: str = ''
) -> LoadedImage:
    """The pixels of whatever a user has, 8 bits each, and their size in mm if it is known.

    Every reading of pixels goes through here. Gray is as it is displayed (DICOM's
    MONOCHROME1 and TIFF's WhiteIsZero are inverted), more than 8 bits are mapped to 8
    (see :func:`~.pixels.as_8_bit`), palette and CMYK become RGB, alpha is dropped, and the
    image is turned as its EXIF tag says. Of several pages the first is read.

    Args:
        image: A path of a JPEG, PNG, BMP, TIFF, WebP, DICOM, MHA or MHD file; one of
            these, but for MHA and MHD, open for reading bytes; ``(H, W)`` or
            ``(H, W, 1)`` gray, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA of any number
            type; a PIL image; or a picture.
        max_pixels: More are refused, before they are decoded.
        name: What messages call it; by default the path, or ``the image``.

    Raises:
        InputError: It is none of these, not a regular file, damaged, too large, has
            values that are not finite, or what reads it (pydicom) is not installed.
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
    """The images of a folder, sorted; a DICOM file needs no suffix.

    Args:
        folder: Its subfolders are not searched.
        left_out: Counts what is left out, by reason.

    Raises:
        InputError: There is no image.
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
    """Why a folder's entry is not taken for an image; None where it is."""
    if path.name.startswith('.'):  # macOS puts ._NAME.jpg beside NAME.jpg
        return 'hidden'
    if path.is_dir():
        return 'a folder, which is not searched'
    if not path.is_file():  # before it is opened: a pipe would be waited for
        return 'not a regular file'
    if path.name == 'DICOMDIR':
        return 'a list of DICOM files'
    if path.suffix.lower() in READABLE_SUFFIXES or is_dicom(path):
        return None
    return f'not an image by its name (*{path.suffix})'


def left_out_lines(left_out: Counter[str]) -> list[str]:
    """What a folder's reading left out, a line for each reason."""
    return [f'left out: {n} {reason}' for reason, n in sorted(left_out.items())]
