"""Find the best, the last or a resumable checkpoint in a work folder."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from .checks import require_training_state
from .weights import read_checkpoint


def best_checkpoint(work_dir: str | Path) -> str:
    """The newest best checkpoint in a work folder.

    Raises:
        InputError: There is no such checkpoint.
    """
    return _newest(work_dir, 'best_*.pth')


def last_checkpoint(work_dir: str | Path) -> str:
    """The newest checkpoint of an epoch in a work folder.

    Raises:
        InputError: There is no such checkpoint.
    """
    return _newest(work_dir, 'epoch_*.pth')


def last_resumable(work_dir: str | Path) -> str:
    """The newest undamaged checkpoint of an epoch in a work folder.

    If a run is killed, its newest checkpoint may be incomplete; the one before it is used
    then.

    Raises:
        InputError: There is no such checkpoint.
    """
    saved = _oldest_first(work_dir, 'epoch_*.pth')
    problem = InputError(f'nothing to resume in {work_dir}: start a new training')
    for path in reversed(saved):
        try:
            require_resumable(path)
            return str(path)
        except InputError as error:
            problem = error
    raise problem


def require_resumable(path: str | Path) -> None:
    """Check that a training can be resumed from a checkpoint.

    Raises:
        InputError: It cannot be read, holds weights only, or holds entries that no
            training of this package writes.
    """
    require_training_state(read_checkpoint(path), path)


def _newest(work_dir: str | Path, pattern: str) -> str:
    found = _oldest_first(work_dir, pattern)
    if not found:
        raise InputError(
            f'no {pattern} in {work_dir}: train first (mmlandmark train CONFIG), or give '
            'a checkpoint'
        )
    return str(found[-1])


def _oldest_first(work_dir: str | Path, pattern: str) -> list[Path]:
    return sorted(Path(work_dir).glob(pattern), key=lambda path: path.stat().st_mtime)
