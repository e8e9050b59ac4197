"""The films that pages work on: in memory only, and forgotten."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from ..errors import InputError
from ..readers.image import DICOM_SUFFIXES, IMAGE_SUFFIXES, load_image
from ..readers.picture import Picture

#: More are an attack or a mistake: a film of 24 x 30 cm at 600 dpi has 40 million.
MOST_PIXELS = 60_000_000
_LONGEST_NAME = 120

#: Of what is taken; a DICOM file is known by its first bytes.
SUFFIXES = IMAGE_SUFFIXES + DICOM_SUFFIXES


class ForgottenError(InputError):
    """The film is not in memory, or never was."""


@dataclass
class Film:
    """One film.

    Attributes:
        name: What its file was called.
        picture: Its pixels, and the spacing that the file states.
        used: When it was last asked for, in seconds of the memory's clock.
    """

    name: str
    picture: Picture
    used: float

    @property
    def image(self) -> np.ndarray:
        """``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8."""
        return self.picture.pixels


class Memory:
    """Keeps films, each under a key that only the page it came from knows.

    Args:
        idle: Seconds after which a film that nobody asks for is forgotten.
        most: So many films at once; one more, and the longest unused is forgotten.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        idle: float = 1800,
        most: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.idle, self.most, self.clock = idle, most, clock
        self._films: dict[str, Film] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._films)

    def keep(self, name: str, picture: Picture) -> str:
        """Keep a film; returns its key."""
        key = secrets.token_urlsafe(24)
        self.sweep()
        with self._lock:
            while len(self._films) >= self.most:
                del self._films[min(self._films, key=lambda k: self._films[k].used)]
            self._films[key] = Film(name, picture, self.clock())
        return key

    def get(self, key: str) -> Film:
        """The film of a key.

        Raises:
            ForgottenError: There is none.
        """
        self.sweep()
        with self._lock:
            if key not in self._films:
                raise ForgottenError('the image was forgotten here: open it again')
            film = self._films[key]
            film.used = self.clock()
            return film

    def forget(self, key: str) -> None:
        """Forget a film, if it is there."""
        with self._lock:
            self._films.pop(key, None)

    def sweep(self) -> None:
        """Forget what nobody asked for in a while."""
        oldest = self.clock() - self.idle
        with self._lock:
            self._films = {k: f for k, f in self._films.items() if f.used > oldest}


def read_upload(data: bytes, name: str) -> tuple[str, Picture]:
    """An uploaded file's name, fit to be shown and printed, and its picture.

    Args:
        data: The content of the file; no MHA, which can be read from a disk alone.
        name: As the browser calls it.

    Raises:
        InputError: No image, a damaged one, or one of too many pixels.
    """
    name = _shown(name)
    if not data:
        raise InputError(f'{name} is empty')
    return name, load_image(io.BytesIO(data), MOST_PIXELS, name)


def _shown(name: str) -> str:
    last = name.replace('\\', '/').split('/')[-1]
    kept = ''.join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or 'image'
