"""Atomic writing of image files with any file name."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from .pixels import finite_range, stretch


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: on an error the old file is kept.

    Raises:
        InputError: It cannot be written.
    """
    # short, as names may have the maximum length; one per thread
    number = f'{os.getpid()}-{threading.get_ident()}'
    partial = path.with_name(f'.{number}.partial')
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        raise InputError(
            f'{path} cannot be written: {error.strerror or error}'
        ) from None
    finally:
        with suppress(OSError):  # such as a parent that is a file
            partial.unlink(missing_ok=True)


def write_image(path: Path, image: np.ndarray) -> None:
    """Write ``(H, W)`` or ``(H, W, 3)`` BGR, uint8, or uint16 as PNG.

    Raises:
        InputError: It cannot be written, or its suffix is not of an image format.
    """
    # not cv2.imwrite: it aborts the process on names that are not UTF-8
    try:
        done, data = cv2.imencode(path.suffix, image)
    except cv2.error as error:
        raise InputError(f'{path} cannot be written: {error.err}') from None
    if not done:
        raise InputError(f'{path} cannot be written')
    write_bytes(path, data.tobytes())


def write_depth(path: Path, depth: np.ndarray, size: tuple[int, int]) -> dict:
    """Write an ``(H, W)`` depth map as 16-bit PNG of ``size`` (width, height).

    Returns:
        ``min`` and ``max``: the depth is ``min + value / 65535 * (max - min)``. Values that
        are not finite are written as the minimum.

    Raises:
        InputError: It cannot be written.
    """
    values = stretch(depth, 65535)
    if values.shape[::-1] != size:
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(float)
    write_image(path, np.round(values).astype(np.uint16))
    low, high = finite_range(depth)
    return dict(min=low, max=high)
