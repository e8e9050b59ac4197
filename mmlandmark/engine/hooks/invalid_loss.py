"""Stop a training whose loss or weights are NaN or infinite."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ...errors import InputError


@HOOKS.register_module()
class StopOnInvalidLossHook(Hook):
    """Stop at a NaN or infinite loss or weight, before a checkpoint holds it."""

    priority = 'VERY_HIGH'

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Check the loss of every batch.

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
        """Check the weights and their moving average.

        Raises:
            InputError: A weight is NaN or infinite.
        """
        for part in ('state_dict', 'ema_state_dict'):
            for name, value in checkpoint.get(part, {}).items():
                if not torch.isfinite(value).all():
                    raise InputError(
                        f'the weights of {name} are NaN or infinite: {_stopped(runner)}'
                    )


def _stopped(runner) -> str:
    return (
        'the training was stopped; earlier checkpoints are kept in '
        f'{runner.work_dir}. Lower optim_wrapper.optimizer.lr, or check the labels'
    )
