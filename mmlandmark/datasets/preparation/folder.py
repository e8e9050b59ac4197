"""A folder of prepared data takes its place whole, and the old one stays until then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError


def refuse_existing(out: Path, overwrite: bool) -> None:
    """Raise :class:`InputError` where ``out`` must not be written."""
    _restore(out)
    if not out.exists() and not out.is_symlink():
        return
    if not overwrite:
        raise InputError(
            f'{out} exists already: choose another folder, or overwrite it',
            out=None,
            overwrite=True,
        )
    if not out.is_dir() or out.is_symlink():
        raise InputError(f'{out} is no folder of its own, it will not be overwritten')
    if any(out.iterdir()) and not _is_prepared(out):
        # this replaces prepared data, never somebody's home folder
        raise InputError(f'{out} is no prepared data set, it will not be overwritten')


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A new folder to write into, which becomes ``out`` if nothing goes wrong.

    Raises:
        InputError: It cannot be written, such as on a full disk; ``out`` is as before.
    """
    partial = out.with_name(out.name + '.partial')
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        _take_place(partial, out)
    except OSError as error:
        raise InputError(
            f'{out} cannot be written: {error.strerror or error}; nothing was changed'
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _take_place(partial: Path, out: Path) -> None:
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
    """Put back what a run that was ended between two renames had moved away."""
    old = _old(out)
    if not out.exists() and _is_prepared(old):
        old.rename(out)
    elif _is_prepared(old):
        shutil.rmtree(old, ignore_errors=True)


def _is_prepared(folder: Path) -> bool:
    return (folder / 'dataset.json').is_file()
