"""MMEngine's runner for trainings whose last whole checkpoint cannot be lost."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Number
from pathlib import Path, PureWindowsPath
from typing import Any

import torch
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ..errors import InputError
from ..models.checkpoints.checks import require_training_state
from ..models.checkpoints.weights import read_checkpoint


@register_backend('whole')
class WholeFileBackend(LocalBackend):
    """Local files that are written whole or not at all."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write to a partial file, which then takes the place of the old one.

        Raises:
            OSError: It cannot be written; the old file is left as it was.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f'{path.name}.partial')
        try:
            with partial.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())  # a power cut must not leave an empty file
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            # the error of a write names no file
            raise OSError(error.errno, error.strerror, str(path)) from None


class _LateRemovals(WholeFileBackend):
    """Puts removals off, and removes nothing outside of one folder."""

    def __init__(self, folder: str):
        super().__init__()
        self.folder = Path(folder).resolve()
        self.outdated: list[Path] = []

    def remove(self, filepath: str | Path) -> None:
        self.outdated.append(Path(filepath))

    rmtree = remove  # no checkpoint of this package is a folder

    def finish(self, kept: set[Path]) -> None:
        """Remove what is outdated and was not written anew."""
        for path in self.outdated:
            inside = path.resolve().parent == self.folder
            if inside and path not in kept and path.is_file():
                path.unlink()
        self.outdated.clear()


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """MMEngine's hook; it removes an old checkpoint once the new one is whole.

    Paths that a resumed checkpoint names are taken as files of the run's own folder: a
    copy of a work folder leaves the first one as it is.
    """

    file_backend: Any

    def __init__(self, *args, **kwargs):
        if not kwargs.get('backend_args') and not kwargs.get('file_client_args'):
            kwargs['backend_args'] = dict(backend='whole')
        super().__init__(*args, **kwargs)

    def before_train(self, runner) -> None:
        """Find the folder, and the best checkpoint in it."""
        _forget_other_folders(runner.message_hub, self._folder(runner))
        super().before_train(runner)
        if isinstance(self.file_backend, WholeFileBackend):
            self.file_backend = _LateRemovals(self.out_dir)

    def _folder(self, runner) -> str:
        """Where the checkpoints are, as MMEngine puts it."""
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
        if isinstance(self.file_backend, _LateRemovals):
            best = [getattr(self, 'best_ckpt_path', None)]
            best += getattr(self, 'best_ckpt_path_dict', {}).values()
            written = [path for path in (*best, self.last_ckpt) if path]
            self.file_backend.finish({Path(path) for path in written})


def _forget_other_folders(hub, folder: str) -> None:
    """Let the paths of the best checkpoints be those of files in the folder.

    A best checkpoint that is not there is forgotten together with its score, so that this
    run writes one.
    """
    for name, value in list(hub.runtime_info.items()):
        if not name.startswith('best_ckpt') or value is None:
            continue
        # of a path written on Windows or elsewhere the name alone
        path = os.path.join(folder, PureWindowsPath(value).name)
        there = os.path.isfile(path) and Path(path).match('best_*.pth')
        hub.update_info(name, path if there else None)
        if not there:
            hub.runtime_info.pop(name.replace('best_ckpt', 'best_score'), None)


@HOOKS.register_module()
class StopOnInvalidLossHook(Hook):
    """Stop when the loss or a weight is NaN or infinite; no such checkpoint is written."""

    priority = 'VERY_HIGH'

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Look at the loss of every batch.

        Raises:
            InputError: It is NaN or infinite.
        """
        loss = (outputs or {}).get('loss')
        if loss is not None and not torch.isfinite(torch.as_tensor(loss)).all():
            raise InputError(
                f'the loss is {float(loss):g} in batch {batch_idx + 1} of epoch '
                f'{runner.epoch + 1}: {_stopped(runner)}'
            )

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look at the weights.

        Raises:
            InputError: One is NaN or infinite.
        """
        for part in ('state_dict', 'ema_state_dict'):
            for name, value in checkpoint.get(part, {}).items():
                if not torch.isfinite(value).all():
                    raise InputError(
                        f'the weights of {name} are NaN or infinite: {_stopped(runner)}'
                    )


def _stopped(runner) -> str:
    return (
        'the training was stopped; checkpoints written before are kept in '
        f'{runner.work_dir}. Take a lower optim_wrapper.optimizer.lr, or look for wrong '
        'labels'
    )


class TrainingRunner(Runner):
    """MMEngine's runner, which does not trust a checkpoint that it resumes from."""

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        """Write checkpoints whole, whichever config it is."""
        hooks = {'checkpoint': dict(type='CheckpointHook', interval=1), **(hooks or {})}
        given = hooks['checkpoint']
        if isinstance(given, dict) and given['type'] == 'CheckpointHook':
            hooks['checkpoint'] = {**given, 'type': 'WholeCheckpointHook'}
        super().register_default_hooks(hooks)
        self.register_hook(StopOnInvalidLossHook())

    def use_datasets(self, train, val) -> None:
        """Take data sets that were read already, rather than read them again."""
        self._train_dataloader['dataset'] = train
        if val is not None:
            self._val_dataloader['dataset'] = val

    def resume(self, filename: str, *args, **kwargs) -> None:
        """Go on with a training.

        Raises:
            InputError: The checkpoint is of another model, optimizer or schedule.
        """
        checkpoint = read_checkpoint(filename)
        require_training_state(checkpoint, filename)
        schedulers = self.param_schedulers or []
        try:
            require_like(
                _comparable(checkpoint['optimizer']),
                _comparable(self.optim_wrapper.state_dict()),
                'optimizer',
                flags=True,
            )
            _require_moments(checkpoint['optimizer'], self.optim_wrapper)
            if isinstance(schedulers, list):
                require_like(
                    checkpoint['param_schedulers'],
                    [scheduler.state_dict() for scheduler in schedulers],
                    'param_schedulers',
                )
            super().resume(filename, *args, **kwargs)
        except Exception as error:  # what a forged state makes MMEngine raise
            lines = str(error).strip().splitlines() or ['']
            why = lines[0] if isinstance(error, InputError) else repr(error)[:160]
            raise InputError(
                f'{filename} cannot be resumed with this config: {why}. Give the config '
                'it was trained with, or start from its weights',
                load_from=None,
            ) from None


def _comparable(optimizer: Mapping) -> dict:
    """What of an optimizer's state is there before its first step."""
    kept = {
        k: v for k, v in optimizer.items() if k not in ('state', 'base_param_settings')
    }
    return {**kept, 'state': {}}


def _require_moments(optimizer: Mapping, wrapper) -> None:
    """What is kept for each weight must have the weight's shape, or be one number."""
    weights = [p for group in wrapper.param_groups for p in group['params']]
    for number, kept in dict(optimizer['state']).items():
        for name, value in dict(kept).items():
            if not isinstance(value, torch.Tensor) or value.numel() == 1:
                continue
            if value.shape != weights[number].shape:
                raise InputError(f'{name} of weight {number} has another shape')


def require_like(saved: Any, own: Any, where: str, flags: bool = False) -> None:
    """Make sure that a state has the keys, lengths and kinds of values of another.

    With ``flags`` its true and false values must be the same: of Adam and AdamW nothing
    else differs.

    Raises:
        InputError: It differs; the message says where.
    """
    if isinstance(own, Mapping) and isinstance(saved, Mapping):
        if others := sorted(map(str, saved.keys() ^ own.keys())):
            raise InputError(f'{where} differs in {", ".join(others[:3])}')
        for key, value in own.items():
            require_like(saved[key], value, f'{where}.{key}', flags)
    elif isinstance(own, (list, tuple)) and isinstance(saved, (list, tuple)):
        if len(own) != len(saved):
            raise InputError(f'{where} has {len(saved)} entries, not {len(own)}')
        for number, (one, other) in enumerate(zip(saved, own, strict=True)):
            require_like(one, other, f'{where}.{number}', flags)
    elif flags and isinstance(own, bool) and isinstance(saved, bool) and own != saved:
        raise InputError(f'{where} is {saved}, not {own}')
    elif _kind(own) != _kind(saved) and None not in (own, saved):
        raise InputError(f'{where} is a {_kind(saved)}, not a {_kind(own)}')


def _kind(value: Any) -> str:
    return 'number' if isinstance(value, Number) else type(value).__name__
