"""Reads an uploaded image file and encodes it for the browser."""

from __future__ import annotations

from typing import BinaryIO

import cv2
import numpy as np

from ..errors import InputError
from ..io.load import load_image
from ..io.pillow_files import DICOM_SUFFIXES, IMAGE_SUFFIXES
from ..io.pixels import as_bgr
from ..structures.loaded_image import LoadedImage

#: A radiograph of 24 x 30 cm at 600 dpi has 40 million pixels.
MAX_PIXELS = 41_000_000
#: Limits of a side in pixels: of the JPEG format, and of what a detector can use.
MAX_SIDE, MIN_SIDE = 30_000, 8
_MAX_NAME = 120

#: Suffixes of accepted files; a DICOM file is recognized by its first bytes.
SUFFIXES = IMAGE_SUFFIXES + DICOM_SUFFIXES


def read_upload(file: BinaryIO, name: str) -> tuple[str, LoadedImage]:
    """The printable name of an uploaded file, and its image.

    Args:
        file: Any format of :func:`load_image` except MHA, which needs a file on disk.
        name: From the browser.

    Raises:
        InputError: Not an image, damaged, or too many or too few pixels.
    """
    name = _printable_name(name)
    if not file.read(1):
        raise InputError(f'{name} is empty: choose another file')
    file.seek(0)
    picture = load_image(file, MAX_PIXELS, name)
    _check_sides(picture.size, name)
    return name, picture


def as_jpeg(image: np.ndarray, name: str) -> bytes:
    """``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8, as the content of a JPEG file.

    Raises:
        InputError: OpenCV cannot encode it.
    """
    done, data = cv2.imencode('.jpg', as_bgr(image), [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not done:
        raise InputError(f'{name} cannot be encoded as JPEG')
    return data.tobytes()


def _printable_name(name: str) -> str:
    last = name.replace('\\', '/').split('/')[-1]
    kept = ''.join(c for c in last if c.isprintable()).strip()
    return kept[-_MAX_NAME:] or 'image'


def _check_sides(size: tuple[int, int], name: str) -> None:
    if not MIN_SIDE <= min(size) <= max(size) <= MAX_SIDE:
        raise InputError(
            f'{name} has {size[0]} x {size[1]} pixels: each side must have '
            f'{MIN_SIDE} to {MAX_SIDE}'
        )
