"""Writes a prepared folder atomically: the old one stays until the new one is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError
from ...utils.locks import exclusive


def refuse_existing(out: Path, overwrite: bool) -> None:
    """Check early, before any work, whether :func:`whole_folder` may write ``out``.

    Raises:
        InputError: ``out`` exists and ``overwrite`` is False, it is not prepared data, or
            another process is preparing it.
    """
    if not out.parent.is_dir():
        return
    try:
        with exclusive(out, 'a preparation', beside=True):
            _check(out, overwrite)
    except OSError as error:
        raise _cannot_write(out, error) from None


@contextmanager
def whole_folder(out: Path, overwrite: bool = False) -> Iterator[Path]:
    """Make a new folder to write into, which becomes ``out`` if the block succeeds.

    Args:
        out: A path that does not exist; with ``overwrite`` also an earlier prepared folder.
        overwrite: Replace ``out``.

    Raises:
        InputError: As :func:`refuse_existing`; or the folder cannot be written, such as on
            a full disk, and ``out`` is as before.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(out, 'a preparation', beside=True):
            _check(out, overwrite)
            partial = out.with_name(out.name + '.partial')
            try:
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                yield partial
                _replace(out, partial)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise _cannot_write(out, error) from None


def _cannot_write(out: Path, error: OSError) -> InputError:
    return InputError(
        f'{out} cannot be written: {error.strerror or error}; nothing was changed'
    )


def _check(out: Path, overwrite: bool) -> None:
    _restore(out)
    if not out.exists() and not out.is_symlink():
        return
    if not overwrite:
        raise InputError(f'{out} exists already: give another out, or overwrite')
    if not out.is_dir() or out.is_symlink():
        raise InputError(f'{out} is a file or a link: it is not overwritten')
    if any(out.iterdir()) and not _is_prepared(out):
        # overwrite must never delete somebody's home folder
        raise InputError(f'{out} is not a prepared data set: it is not overwritten')


def _replace(out: Path, partial: Path) -> None:
    old = _old(out)
    if out.exists():
        out.rename(old)
    try:
        partial.rename(out)
    except OSError:
        _restore(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(out: Path) -> Path:
    return out.with_name(f'.{out.name}.replaced')


def _restore(out: Path) -> None:
    """Undo the first rename of a run that was killed before the second."""
    old = _old(out)
    if not out.exists() and _is_prepared(old):
        old.rename(out)
    elif _is_prepared(old):
        shutil.rmtree(old, ignore_errors=True)


def _is_prepared(folder: Path) -> bool:
    return (folder / 'dataset.json').is_file()
