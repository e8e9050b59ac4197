"""Validation and early stopping of resumed trainings."""

from __future__ import annotations

from mmengine.hooks import EarlyStoppingHook, Hook
from mmengine.registry import HOOKS


@HOOKS.register_module()
class ValidateOnResumeHook(Hook):
    """Validate the epoch from which a run is resumed.

    MMEngine saves an epoch before it validates it. The checkpoint therefore lacks the
    result of that validation, and a resumed run would choose its best epoch without it.
    """

    priority = 'LOWEST'  # all other hooks must be ready to receive the metrics

    def before_train(self, runner) -> None:
        """Run the validation loop if it was due after the resumed epoch."""
        loop = runner.train_loop
        due = runner.epoch >= loop.val_begin and (
            runner.epoch % loop.val_interval == 0 or runner.epoch == loop.max_epochs
        )
        if runner._resume and due:
            runner.val_loop.run()


@HOOKS.register_module()
class ResumableEarlyStoppingHook(EarlyStoppingHook):
    """MMEngine's early stopping with its state kept in the checkpoint."""

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Save the best value and the number of validations since then."""
        checkpoint['early_stopping'] = dict(
            best_score=float(self.best_score), wait_count=self.wait_count
        )

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Restore them when a run is resumed."""
        if runner._resume and 'early_stopping' in checkpoint:
            self.best_score = checkpoint['early_stopping']['best_score']
            self.wait_count = checkpoint['early_stopping']['wait_count']
