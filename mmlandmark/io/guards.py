"""What is checked before a file is decoded, and how a decoder's failure is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError

#: Radiographs are large; an image of more pixels is refused before it is decoded.
MAX_PIXELS = 500_000_000


@contextmanager
def decoding(name: object) -> Iterator[None]:
    """Any failure of a decoder inside becomes one line on the file ``name``.

    Decoders raise whatever they meet in a damaged file (``zlib.error``, ``RuntimeError``,
    ``struct.error``, ``NotImplementedError``): none of it may end a run over a folder.

    Raises:
        InputError: The body failed.
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
    # what a damaged file says may hold anything, and be more than a terminal can print
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
    """Raise :class:`InputError` unless a regular file is there.

    A pipe, socket or device would be waited for without end.
    """
    if path.is_file():
        return
    if path.exists() and not path.is_dir():
        raise InputError(f'{path} is not a regular file')
    raise InputError(f'no image at {path}')
