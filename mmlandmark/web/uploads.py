"""An uploaded file to a picture, and to what a browser shows of it."""

from __future__ import annotations

from typing import BinaryIO

import cv2
import numpy as np

from ..errors import InputError
from ..io.load import load_image
from ..io.pillow_files import DICOM_SUFFIXES, IMAGE_SUFFIXES
from ..io.pixels import as_bgr
from ..structures.loaded_image import LoadedImage

#: A film of 24 x 30 cm at 600 dpi has 40 million; more is a mistake or an attack.
MOST_PIXELS = 41_000_000
#: A side in pixels: a JPEG file cannot have more, and a head is not found in fewer.
MOST_SIDE, LEAST_SIDE = 30_000, 8
_LONGEST_NAME = 120

#: Of what is taken; a DICOM file is known by its first bytes.
SUFFIXES = IMAGE_SUFFIXES + DICOM_SUFFIXES


def read_upload(file: BinaryIO, name: str) -> tuple[str, LoadedImage]:
    """An uploaded file's name, fit to be shown and printed, and its picture.

    Args:
        file: The file; no MHA, which can be read from a disk alone.
        name: As the browser calls it.

    Raises:
        InputError: No image, a damaged one, or one of too many or too few pixels.
    """
    name = _shown(name)
    if not file.read(1):
        raise InputError(f'{name} is empty')
    file.seek(0)
    picture = load_image(file, MOST_PIXELS, name)
    _check_sides(picture.size, name)
    return name, picture


def as_jpeg(image: np.ndarray, name: str) -> bytes:
    """The JPEG file of ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.

    Raises:
        InputError: It cannot be written as one.
    """
    done, data = cv2.imencode('.jpg', as_bgr(image), [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not done:
        raise InputError(f'{name} cannot be shown')
    return data.tobytes()


def _shown(name: str) -> str:
    last = name.replace('\\', '/').split('/')[-1]
    kept = ''.join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or 'image'


def _check_sides(size: tuple[int, int], name: str) -> None:
    if not LEAST_SIDE <= min(size) <= max(size) <= MOST_SIDE:
        raise InputError(
            f'{name} has {size[0]} x {size[1]} pixels: each side must have '
            f'{LEAST_SIDE} to {MOST_SIDE}'
        )
