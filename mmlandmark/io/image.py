"""Image files to plain arrays, and back: what :mod:`.picture` reads, pixels alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .load import load_image
from .pillow_files import (
    DICOM_SUFFIXES,
    IMAGE_SUFFIXES,
    MHA_SUFFIXES,
    ORIENTATION_TAG,
    PICTURE_SUFFIXES,
    is_plain,
    read_plain,
    read_values,
)
from .pixels import as_8_bit, as_bgr, finite_range, stretch, to_8_bit
from .writing import write_bytes, write_depth, write_image

__all__ = [
    'DICOM_SUFFIXES',
    'IMAGE_SUFFIXES',
    'MHA_SUFFIXES',
    'ORIENTATION_TAG',
    'PICTURE_SUFFIXES',
    'as_8_bit',
    'as_bgr',
    'finite_range',
    'is_plain',
    'load_image',
    'read_bgr',
    'read_depth',
    'read_image',
    'read_plain',
    'read_values',
    'stretch',
    'to_8_bit',
    'write_bytes',
    'write_depth',
    'write_image',
]


def read_image(path: str | Path) -> np.ndarray:
    """Read an image file whole.

    Returns:
        ``(H, W)`` for gray files, else ``(H, W, 3)`` RGB; uint8.

    Raises:
        InputError: No such file, not an image, or a truncated one; or what reads it
            (DICOM) is not installed.
    """
    return load_image(Path(path)).pixels


def read_bgr(path: str | Path) -> np.ndarray:
    """Read an image as OpenCV and MMPose want it: ``(H, W, 3)`` BGR uint8."""
    return as_bgr(read_image(path))


def read_depth(path: str | Path) -> np.ndarray:
    """Read a depth map as written: ``(H, W)``, its own range of gray values.

    Raises:
        InputError: No such file, or not one channel of gray values.
    """
    return read_values(path, 'depth map')
