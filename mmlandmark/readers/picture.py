"""A picture with what its file says of its scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ..errors import InputError
from .image import PICTURE_SUFFIXES, read_plain, to_8_bit, to_array


@dataclass
class Picture:
    """Pixels and how large they are.

    Attributes:
        pixels: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8, as the picture is displayed.
        spacing: mm per pixel as ``(sy, sx)``; None when the file does not say.
        spacing_source: Which entry of the file says so; None when none does.
        size: Width and height; by default those of the pixels.
    """

    pixels: np.ndarray
    spacing: tuple[float, float] | None = None
    spacing_source: str | None = None
    size: tuple[int, int] = (0, 0)

    def __post_init__(self):
        self.size = (self.pixels.shape[1], self.pixels.shape[0])


#: What :func:`as_picture` takes.
ImageLike = str | Path | np.ndarray | Image.Image | Picture


def read_picture(path: str | Path) -> Picture:
    """Read an image file, DICOM and MHA too, and its spacing.

    Raises:
        InputError: As :func:`~.image.read_image` says.
    """
    from .medical import medical_reader  # which makes pictures itself

    read = medical_reader(Path(path))
    return read(Path(path)) if read else Picture(read_plain(path))


def pictures_in(folder: Path) -> list[Path]:
    """The images of a folder, sorted; a DICOM file needs no suffix.

    Raises:
        InputError: There is none.
    """
    from .medical import is_dicom

    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_SUFFIXES or is_dicom(path)
    )
    if not found:
        raise InputError(f'no image in {folder} ({", ".join(PICTURE_SUFFIXES)})')
    return found


def as_picture(image: ImageLike) -> Picture:
    """A picture of whatever a user has.

    Args:
        image: A path; ``(H, W)`` or ``(H, W, 1)`` gray, ``(H, W, 3)`` RGB or
            ``(H, W, 4)`` RGBA of any number type (more than 8 bits are mapped to 8); or
            a PIL image, which is turned as its EXIF tag says; or a picture.

    Raises:
        InputError: It is none of these.
    """
    if isinstance(image, (str, Path)):
        return read_picture(image)
    if isinstance(image, Picture):
        return Picture(image.pixels, image.spacing, image.spacing_source)
    if isinstance(image, Image.Image):
        try:
            return Picture(to_array(ImageOps.exif_transpose(image)))
        except (OSError, SyntaxError, ValueError) as error:
            raise InputError(f'the image cannot be read: {error}') from None
    array = np.asarray(image)
    channels = array.shape[2:]
    if array.size == 0 or array.ndim not in (2, 3) or channels not in _CHANNELS:
        raise InputError(
            'an image is (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, not '
            f'{array.shape} {array.dtype}'
        )
    if channels == (1,):
        array = array[..., 0]
    elif channels == (4,):
        array = array[..., :3]
    return Picture(_eight_bit(array))


_CHANNELS = ((), (1,), (3,), (4,))


def _eight_bit(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype.kind not in 'iuf':
        raise InputError(f'an image is of numbers, not {array.dtype}')
    if not np.isfinite(array).all():
        raise InputError('the image has values that are not finite')
    return to_8_bit(array)
