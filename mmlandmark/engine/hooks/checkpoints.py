"""Checkpoint files that are written atomically and removed only inside the work folder."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath
from typing import Any

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS


@register_backend('atomic')
class AtomicFileBackend(LocalBackend):
    """Local files that are written completely or not at all."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a partial file, then replace the previous file by it.

        Raises:
            OSError: The file cannot be written; the previous one is unchanged.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f'{path.name}.partial')
        try:
            with partial.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())  # a power failure must not leave an empty file
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            # the error of a write does not contain the file name
            raise OSError(error.errno, error.strerror, str(path)) from None


class _DeferredRemovals(AtomicFileBackend):
    """Defers removals, and removes nothing outside of one folder."""

    def __init__(self, folder: str):
        super().__init__()
        self.folder = Path(folder).resolve()
        self.outdated: list[Path] = []

    def remove(self, filepath: str | Path) -> None:
        self.outdated.append(Path(filepath))

    rmtree = remove  # no checkpoint of this package is a folder

    def finish(self, kept: set[Path]) -> None:
        """Remove the outdated files that were not written again."""
        for path in self.outdated:
            inside = path.resolve().parent == self.folder
            if inside and path not in kept and path.is_file():
                path.unlink()
        self.outdated.clear()


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's hook, which here removes an old checkpoint after the new one is written.

    A resumed checkpoint names the best checkpoint by its path. Only the file name is used,
    inside the run's own folder, so resuming a copied work folder leaves the original
    unchanged.
    """

    file_backend: Any

    def __init__(self, *args, **kwargs):
        if not kwargs.get('backend_args') and not kwargs.get('file_client_args'):
            kwargs['backend_args'] = dict(backend='atomic')
        super().__init__(*args, **kwargs)

    def before_train(self, runner) -> None:
        """Find the folder, and the best checkpoint in it."""
        _use_own_folder(runner.message_hub, self._folder(runner))
        super().before_train(runner)
        if isinstance(self.file_backend, AtomicFileBackend):
            self.file_backend = _DeferredRemovals(self.out_dir)

    def _folder(self, runner) -> str:
        """The checkpoint folder, as MMEngine determines it."""
        if self.out_dir in (None, runner.work_dir):
            return runner.work_dir
        return os.path.join(self.out_dir, Path(runner.work_dir).name)

    def _save_checkpoint(self, runner) -> None:
        super()._save_checkpoint(runner)
        self._finish()

    def _save_best_checkpoint(self, runner, metrics) -> None:
        super()._save_best_checkpoint(runner, metrics)
        self._finish()

    def _finish(self) -> None:
        if isinstance(self.file_backend, _DeferredRemovals):
            best = [getattr(self, 'best_ckpt_path', None)]
            best += getattr(self, 'best_ckpt_path_dict', {}).values()
            written = [path for path in (*best, self.last_ckpt) if path]
            self.file_backend.finish({Path(path) for path in written})


def _use_own_folder(hub, folder: str) -> None:
    """Replace the paths of the best checkpoints by files of the same name in the folder.

    Where there is no such file, the path and its score are dropped, so that this run writes
    a best checkpoint of its own.
    """
    for name, value in list(hub.runtime_info.items()):
        if not name.startswith('best_ckpt') or value is None:
            continue
        # the path may have been written on Windows
        path = os.path.join(folder, PureWindowsPath(value).name)
        exists = os.path.isfile(path) and Path(path).match('best_*.pth')
        hub.update_info(name, path if exists else None)
        if not exists:
            hub.runtime_info.pop(name.replace('best_ckpt', 'best_score'), None)
