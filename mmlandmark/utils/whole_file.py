"""Writes a file whole or not at all: what was there stays until the new one is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import InputError


def check_writable(path: Path) -> None:
    """Refuse before any work what could not be written; makes nothing.

    Raises:
        InputError: The path is a folder, or its folder is none or not to be written in.
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
        raise InputError(f'{folder} cannot be written in: give another folder')


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let a function write a partial file, and put that in the place of ``path``.

    Args:
        path: Its folder is made.
        write: Gets the path of the partial file, which lies beside it.

    Raises:
        InputError: The file system refuses, such as a full disk.
    """
    partial = path.with_name(f'{path.name}.partial')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        # the error of a disk that fails again would hide the first
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError, besides: str = '') -> InputError:
    """The error of a file that the file system did not take."""
    kept = 'what was there is as it was' + (f', {besides}' if besides else '')
    return InputError(f'{path} cannot be written ({error.strerror or error}); {kept}')
