"""Keeps the images that users work on, in memory only, and deletes unused ones."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from ..errors import InputError
from ..structures.loaded_image import LoadedImage
from .transfer import BusyError


class SessionExpiredError(InputError):
    """The image is no longer in memory, or never was."""


@dataclass
class Radiograph:
    """One uploaded image.

    Attributes:
        name: File name.
        picture: The pixels, and the spacing from the file.
        shown: The content of a JPEG file for the browser: 8 bit, upright.
        used: Time of the last use, in seconds of the clock of :class:`Sessions`.
    """

    name: str
    picture: LoadedImage
    shown: bytes
    used: float

    @property
    def image(self) -> np.ndarray:
        """``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8."""
        return self.picture.pixels

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.image.nbytes + len(self.shown)


class Sessions:
    """Keeps images, each under a key that only the page that sent it knows.

    A new image never replaces one in use: only images that were not used for a while are
    deleted to make room.

    Args:
        idle: Seconds without use after which an image is deleted.
        spare: Seconds without use after which an image may be deleted to make room.
        max_images: Number of images kept at once.
        max_bytes: Bytes of images kept at once.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        idle: float = 1800,
        spare: float = 300,
        max_images: int = 32,
        max_bytes: float = 400e6,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.idle, self.spare, self.clock = idle, spare, clock
        self.max_images, self.max_bytes = max_images, max_bytes
        self._images: dict[str, Radiograph] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._images)

    def keep(self, name: str, picture: LoadedImage, shown: bytes) -> str:
        """Keep an image and return its key.

        Raises:
            BusyError: The memory is full, and all images are in use.
        """
        key = secrets.token_urlsafe(24)
        radiograph = Radiograph(name, picture, shown, self.clock())
        self.sweep()
        with self._lock:
            self._make_room(radiograph)
            self._images[key] = radiograph
        return key

    def _make_room(self, radiograph: Radiograph) -> None:
        """Delete unused images; deletes none if that does not make enough room."""
        left = dict(self._images)
        while (
            len(left) >= self.max_images
            or _size(left) + radiograph.size > self.max_bytes
        ):
            oldest = min(left, key=lambda key: left[key].used, default=None)
            if oldest is None or left[oldest].used > radiograph.used - self.spare:
                raise BusyError(
                    'the memory is full of images in use: close one, or try again in '
                    f'{self.spare / 60:.0f} minutes'
                )
            del left[oldest]
        self._images = left

    def get(self, key: str) -> Radiograph:
        """The image with this key.

        Raises:
            SessionExpiredError: There is none.
        """
        self.sweep()
        with self._lock:
            if key not in self._images:
                raise SessionExpiredError(
                    'the server no longer has the image: open it again'
                )
            radiograph = self._images[key]
            radiograph.used = self.clock()
            return radiograph

    def delete(self, key: str) -> None:
        """Delete an image, if it exists."""
        with self._lock:
            self._images.pop(key, None)

    def sweep(self) -> None:
        """Delete the images that were not used for ``idle`` seconds."""
        oldest = self.clock() - self.idle
        with self._lock:
            self._images = {k: f for k, f in self._images.items() if f.used > oldest}


def _size(images: dict[str, Radiograph]) -> int:
    return sum(radiograph.size for radiograph in images.values())
