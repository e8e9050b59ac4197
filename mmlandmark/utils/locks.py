"""Lock files: one process at a time writes a folder or a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError


@contextmanager
def exclusive(
    path: str | Path, what: str, beside: bool = False, wait: bool = False
) -> Iterator[None]:
    """Lock a folder or a file until the block ends.

    The operating system releases the lock when the process ends, after ``kill -9`` too,
    and a forked process (a data worker) does not inherit it. The lock is a hidden file:
    ``.lock`` in a folder, ``.NAME.lock`` beside a file. It is advisory: only this function
    checks it.

    Args:
        path: A folder that exists, or a file that need not exist in a folder that does.
        what: The work that needs the lock, such as ``'a training'``, for the message.
        beside: Lock ``.NAME.lock`` beside a folder too: for a folder that is replaced.
        wait: Whether to wait for another holder instead of raising an error.

    Raises:
        InputError: Another process, or another block of this one, holds the lock. The
            message has the process id.
        OSError: The lock file cannot be written.
    """
    # imported here, as the prediction of a single image needs no lock
    from filelock import FileLock, Timeout

    path = Path(path)
    inside = path.is_dir() and not beside
    file = path / '.lock' if inside else path.with_name(f'.{path.name}.lock')
    # a file of its own: on Windows no other process can read a locked file
    holder = file.with_name(f'{file.name}.pid')
    lock = FileLock(file)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise InputError(
            f'{path} is in use by {what}{_process(holder)}: wait until it ends, or '
            'give another path'
        ) from None
    try:
        holder.write_text(str(os.getpid()), encoding='ascii')
        yield
    finally:
        holder.unlink(missing_ok=True)
        if os.name != 'nt':  # on Windows FileLock removes it
            # while it is locked: FileLock does not acquire a removed file
            file.unlink(missing_ok=True)
        lock.release()


def _process(holder: Path) -> str:
    """The id of the process that holds a lock, where it has been written."""
    try:
        number = holder.read_text(encoding='ascii')
    except (OSError, ValueError):
        return ''
    return f' (process {number})' if number.isdecimal() else ''
