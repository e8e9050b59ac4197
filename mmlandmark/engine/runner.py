"""MMEngine's runner with checked resumption and atomic checkpoints."""

from __future__ import annotations

from mmengine.runner import Runner

from ..errors import InputError
from ..models.checkpoints.checks import require_training_state
from ..models.checkpoints.weights import read_checkpoint
from .hooks import StopOnInvalidLossHook
from .training_state import changed_settings, require_like, require_same_optimizer


class TrainingRunner(Runner):
    """MMEngine's runner, which validates a checkpoint before it resumes from it."""

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        """Register the hooks of any config, with atomic checkpoints."""
        hooks = {'checkpoint': dict(type='CheckpointHook', interval=1), **(hooks or {})}
        given = hooks['checkpoint']
        if isinstance(given, dict) and given['type'] == 'CheckpointHook':
            hooks['checkpoint'] = {**given, 'type': 'AtomicCheckpointHook'}
        super().register_default_hooks(hooks)
        self.register_hook(StopOnInvalidLossHook())

    def use_datasets(self, train, val) -> None:
        """Use datasets that were built already instead of building them again."""
        self._train_dataloader['dataset'] = train
        if val is not None:
            self._val_dataloader['dataset'] = val

    def resume(self, filename: str, *args, **kwargs) -> None:
        """Resume a training, and log what the checkpoint overrides.

        Raises:
            InputError: The checkpoint is of another model, optimizer or schedule.
        """
        checkpoint = read_checkpoint(filename)
        require_training_state(checkpoint, filename)
        schedulers = self.param_schedulers or []
        changed = []
        try:
            require_same_optimizer(checkpoint['optimizer'], self.optim_wrapper)
            if isinstance(schedulers, list):
                require_like(
                    checkpoint['param_schedulers'],
                    [scheduler.state_dict() for scheduler in schedulers],
                    'param_schedulers',
                )
                changed = changed_settings(checkpoint, self.optim_wrapper, schedulers)
            super().resume(filename, *args, **kwargs)
        except Exception as error:  # a forged state can raise any in MMEngine
            lines = str(error).strip().splitlines() or ['']
            why = lines[0] if isinstance(error, InputError) else repr(error)[:160]
            raise InputError(
                f'{filename} cannot be resumed with this config: {why}. Give the config '
                'it was trained with, or start from its weights',
                load_from=None,
            ) from None
        self._report_resume(filename, changed)

    def _report_resume(self, filename: str, changed: list[str]) -> None:
        if changed:
            self.logger.warning(
                f'settings of {filename} are kept, those of the config are ignored: '
                f'{"; ".join(changed)}. To use the config, start from the weights with '
                'load_from'
            )
        if self.epoch >= self.max_epochs:
            self.logger.warning(
                f'nothing to train: {filename} has {self.epoch} epochs and '
                f'train_cfg.max_epochs is {self.max_epochs}; set a larger one to go on'
            )
