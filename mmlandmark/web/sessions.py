"""The films that pages work on: in memory only, and forgotten."""

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
    """The film is not in memory, or never was."""


@dataclass
class Radiograph:
    """One film.

    Attributes:
        name: What its file was called.
        picture: Its pixels, and the spacing that the file states.
        shown: It as every browser shows it: a JPEG file, 8 bit, upright.
        used: When it was last asked for, in seconds of the memory's clock.
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
        """Bytes that it takes."""
        return self.image.nbytes + len(self.shown)


class Memory:
    """Keeps films, each under a key that only the page it came from knows.

    Nobody's new film takes the place of one that somebody works on: a film makes room
    only when it was not asked for in a while.

    Args:
        idle: Seconds after which a film that nobody asks for is forgotten.
        spare: Seconds after which one makes room for a new one.
        most: So many films at once.
        most_bytes: So many bytes of films at once.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        idle: float = 1800,
        spare: float = 300,
        most: int = 32,
        most_bytes: float = 400e6,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.idle, self.spare, self.clock = idle, spare, clock
        self.most, self.most_bytes = most, most_bytes
        self._films: dict[str, Radiograph] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._films)

    def keep(self, name: str, picture: LoadedImage, shown: bytes) -> str:
        """Keep a film; returns its key.

        Raises:
            BusyError: There is no room, and others work on all that is kept.
        """
        key = secrets.token_urlsafe(24)
        film = Radiograph(name, picture, shown, self.clock())
        self.sweep()
        with self._lock:
            self._make_room(film)
            self._films[key] = film
        return key

    def _make_room(self, film: Radiograph) -> None:
        """Choose whom to forget before anybody is: a film that is refused costs none."""
        left = dict(self._films)
        while len(left) >= self.most or _size(left) + film.size > self.most_bytes:
            oldest = min(left, key=lambda key: left[key].used, default=None)
            if oldest is None or left[oldest].used > film.used - self.spare:
                raise BusyError(
                    'other images that are worked on fill the memory: close one, or '
                    f'try again in {self.spare / 60:.0f} minutes'
                )
            del left[oldest]
        self._films = left

    def get(self, key: str) -> Radiograph:
        """The film of a key.

        Raises:
            SessionExpiredError: There is none.
        """
        self.sweep()
        with self._lock:
            if key not in self._films:
                raise SessionExpiredError('the image was forgotten here: open it again')
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


def _size(films: dict[str, Radiograph]) -> int:
    return sum(film.size for film in films.values())
