"""Atomic writing of files: the old file stays until the new one is complete."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import InputError


def check_writable(path: Path) -> None:
    """Check early, before any work, whether a file can be written; creates nothing.

    Raises:
        InputError: The path is a folder, or its parent is not a writable folder.
    """
    if path.is_dir():
        raise InputError(f'{path} is a folder: give the name of a file')
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise InputError(
            f'{folder} is not a folder: {path.name} cannot be written there'
        )
    if not os.access(folder, os.W_OK):
        raise InputError(f'{folder} is not writable: give another folder')


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let a function write a partial file, then rename it to ``path``.

    Args:
        path: The file; its parent folders are created.
        write: Called with the path of the partial file, in the same folder.

    Raises:
        InputError: The file system reports an error, such as a full disk.
    """
    partial = path.with_name(f'{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        # a second error would hide the first
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError, besides: str = '') -> InputError:
    """The error for a file that could not be written; ``besides`` adds to the message."""
    kept = 'the old file is unchanged' + (f', {besides}' if besides else '')
    return InputError(f'{path} cannot be written ({error.strerror or error}); {kept}')
