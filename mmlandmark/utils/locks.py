"""Locks: one process at a time writes a work folder or a results file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import InputError


@contextmanager
def exclusive(path: str | Path, what: str, wait: bool = False) -> Iterator[None]:
    """Hold a folder or a file for this process until the block ends.

    The operating system gives the lock back when the process ends, by ``kill -9`` too,
    and a forked process (a data worker) does not inherit it. The lock is a hidden file:
    ``.lock`` in a folder, ``.NAME.lock`` beside a file. Nothing but this function heeds it.

    Args:
        path: A folder that exists, or a file that need not exist, in a folder that does.
        what: The work that needs it, such as ``'a training'``, for the message.
        wait: Whether to wait for another holder instead of raising an error.

    Raises:
        InputError: Another process, or another block of this one, holds it. The message
            has the number of the process.
        OSError: The lock file cannot be written.
    """
    path = Path(path)
    file = path / '.lock' if path.is_dir() else path.with_name(f'.{path.name}.lock')
    # beside the lock file, which Windows lets no other process read while it is locked
    holder = file.with_name(f'{file.name}.pid')
    lock = FileLock(file)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise InputError(
            f'{path} is in use by {what}{_number(holder)}: wait until it has ended, or '
            'write elsewhere'
        ) from None
    try:
        holder.write_text(str(os.getpid()), encoding='ascii')
        yield
    finally:
        holder.unlink(missing_ok=True)
        if os.name != 'nt':  # there FileLock removes the file itself
            # safe while it is locked: FileLock does not take a file that has been removed
            file.unlink(missing_ok=True)
        lock.release()


def _number(holder: Path) -> str:
    """The number of the process that holds a lock, where it has been written."""
    try:
        number = holder.read_text(encoding='ascii')
    except (OSError, ValueError):
        return ''
    return f' (process {number})' if number.isdecimal() else ''
