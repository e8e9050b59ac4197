"""Checks before an image is decoded, and error messages for failing decoders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError

#: Default limit: larger images are refused before they are decoded.
MAX_PIXELS = 500_000_000


@contextmanager
def decoding(name: object) -> Iterator[None]:
    """Convert any exception of a decoder to an ``InputError`` of one line.

    Decoders raise various exceptions on a damaged file (``zlib.error``, ``RuntimeError``,
    ``struct.error``, ``NotImplementedError``); none of them may end a run over a folder.

    Args:
        name: The name of the file in messages.

    Raises:
        InputError: The block raised an exception.
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f'no image at {name}') from None
    except MemoryError:
        raise InputError(
            f'{name} needs more memory than there is: make it smaller'
        ) from None
    except Exception as error:
        raise InputError(f'{name} cannot be read: {_reason(error)}') from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines() or [type(error).__name__]
    # text from a damaged file may be long and contain control characters
    return ''.join(c if c.isprintable() else '?' for c in lines[-1][:200])


def check_size(
    name: object, width: int, height: int, max_pixels: int = MAX_PIXELS
) -> None:
    """Raise :class:`InputError` where an image has more than ``max_pixels`` pixels."""
    if width * height > max_pixels:
        raise InputError(
            f'{name} has {width * height / 1e6:.0f} million pixels, more than '
            f'{max_pixels / 1e6:.0f}: make it smaller'
        )


def require_file(path: Path) -> None:
    """Raise :class:`InputError` unless the path is a regular file.

    Reading a pipe, socket or device could block forever.
    """
    if path.is_file():
        return
    if path.exists() and not path.is_dir():
        raise InputError(f'{path} is not a regular file')
    raise InputError(f'no image at {path}')
