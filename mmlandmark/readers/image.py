"""Image files to arrays: 8 and 16 bit, gray, colour and alpha, EXIF rotation applied.

DICOM and MHA files are read by :mod:`.medical`.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import DecompressionBombError

from ..errors import InputError

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff')
DICOM_SUFFIXES = ('.dcm', '.dicom')
MHA_SUFFIXES = ('.mha', '.mhd')
#: Of all that :func:`read_image` reads; a DICOM file needs no suffix.
PICTURE_SUFFIXES = IMAGE_SUFFIXES + DICOM_SUFFIXES + MHA_SUFFIXES

# Share of pixels allowed to saturate at either end when more than 8 bits become 8:
# a lead marker or a burnt-out edge must not set the contrast of the whole head.
CLIPPED = 0.001

ORIENTATION_TAG = 0x0112  # EXIF

# Radiographs are large; past this Pillow takes a picture for an attack.
Image.MAX_IMAGE_PIXELS = 500_000_000


def read_image(path: str | Path) -> np.ndarray:
    """Read an image file whole.

    Returns:
        ``(H, W)`` for gray files, else ``(H, W, 3)`` RGB; uint8.

    Raises:
        InputError: No such file, not an image, or a truncated one; or what reads it
            (DICOM, MHA) is not installed.
    """
    # here: that module needs this one
    from .medical import medical_reader

    read = medical_reader(Path(path))
    return read(Path(path)).pixels if read else read_plain(path)


def read_plain(path: str | Path | BinaryIO, name: str = '') -> np.ndarray:
    """Read what Pillow reads; as :func:`read_image`.

    Args:
        path: The file, or an open one.
        name: What messages call it; the path where none is given.
    """
    called = name or path
    try:
        with Image.open(path) as image:
            ImageOps.exif_transpose(image, in_place=True)  # not in place it copies
            return to_array(image)
    except FileNotFoundError:
        raise InputError(f'no image at {called}') from None
    except UnidentifiedImageError:
        raise InputError(
            f'{called} is not an image this can read ({", ".join(PICTURE_SUFFIXES)})'
        ) from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        DecompressionBombError,
    ) as error:
        raise InputError(f'{called} cannot be read: {error}') from None


def read_bgr(path: str | Path) -> np.ndarray:
    """Read an image as OpenCV and MMPose want it: ``(H, W, 3)`` BGR uint8."""
    return as_bgr(read_image(path))


def is_plain(path: Path) -> bool:
    """Whether every reader sees the same picture: 8-bit JPEG or PNG, not turned."""
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return False
    with Image.open(path) as image:
        upright = image.getexif().get(ORIENTATION_TAG, 1) == 1
        return (
            upright and image.format in ('JPEG', 'PNG') and image.mode in ('L', 'RGB')
        )


def as_bgr(image: np.ndarray) -> np.ndarray:
    """``(H, W)`` gray or ``(H, W, 3)`` RGB to contiguous ``(H, W, 3)`` BGR."""
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(image[..., ::-1])


def to_array(image: Image.Image) -> np.ndarray:
    """A PIL image of any mode as :func:`read_image` returns it; it is not turned."""
    if image.mode in ('I', 'F') or image.mode.startswith('I;16'):
        return to_8_bit(np.asarray(image))
    if image.mode in ('L', 'RGB'):
        return np.asarray(image)  # convert() would copy it
    if image.mode == '1':
        return np.asarray(image.convert('L'))
    if image.mode == 'LA':
        return np.asarray(image.getchannel('L'))
    return np.asarray(image.convert('RGB'))


def write_image(path: Path, image: np.ndarray) -> None:
    """Write ``(H, W)`` or ``(H, W, 3)`` BGR, uint8, or uint16 as PNG.

    Raises:
        InputError: It cannot be written; OpenCV itself only returns False.
    """
    if not cv2.imwrite(str(path), image):
        raise InputError(f'{path} cannot be written')


def to_8_bit(image: np.ndarray) -> np.ndarray:
    """Map any range of gray values to uint8, linearly between its 0.1 % quantiles."""
    low, high = np.quantile(image, (CLIPPED, 1 - CLIPPED))
    if high <= low:
        low, high = float(image.min()), float(image.max())
    scaled = (image.astype(np.float32) - low) / max(high - low, 1e-6)
    return np.round(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


def stretch(values: np.ndarray, top: float) -> np.ndarray:
    """Map the finite values linearly to 0..top; what is not finite becomes 0.

    All of a constant map becomes 0: it says nothing.
    """
    values = np.asarray(values, np.float64)
    low, high = finite_range(values)
    above = np.where(np.isfinite(values), values - low, 0)
    return above * (top / (high - low) if high > low else 0)


def finite_range(values: np.ndarray) -> tuple[float, float]:
    """The smallest and largest finite value; ``(0, 0)`` where there is none."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def write_depth(path: Path, depth: np.ndarray, size: tuple[int, int]) -> dict:
    """Write an ``(H, W)`` depth map as 16-bit PNG of ``size`` (width, height).

    Returns:
        Its scale: ``min + value / 65535 * (max - min)`` is the depth; what is not finite
        is written as the smallest.
    """
    values = stretch(depth, 65535)
    if values.shape[::-1] != size:
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(float)
    write_image(path, np.round(values).astype(np.uint16))
    low, high = finite_range(depth)
    return dict(min=low, max=high)


def read_depth(path: str | Path) -> np.ndarray:
    """Read a depth map as written: ``(H, W)``, its own range of gray values.

    Raises:
        InputError: No such file, or not one channel of gray values.
    """
    return read_values(path, 'depth map')


def read_values(path: str | Path, what: str) -> np.ndarray:
    """The numbers of an image of one channel, or with a palette, as they are: ``(H, W)``.

    Raises:
        InputError: No such file, one that cannot be read, or a colour picture; ``what``
            is what it should be.
    """
    try:
        with Image.open(path) as image:
            values = np.array(image)
    except FileNotFoundError:
        raise InputError(f'no {what} at {path}') from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f'{path} cannot be read: {error}') from None
    if values.ndim != 2:
        raise InputError(
            f'{path} is a colour picture: a {what} is gray or has a palette'
        )
    return values
