"""What MMEngine lacks for training on a CPU and for resuming with the same result."""

from __future__ import annotations

import copy
import random
from contextlib import contextmanager
from itertools import islice

import numpy as np
import torch
from mmengine.dist import all_reduce_params, get_rank, is_distributed
from mmengine.hooks import EarlyStoppingHook, EMAHook, Hook
from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.registry import FUNCTIONS, HOOKS, MODEL_WRAPPERS, OPTIM_WRAPPERS

from ..models.checkpoints.weights import load_weights


@OPTIM_WRAPPERS.register_module()
class CpuBf16OptimWrapper(OptimWrapper):
    """Train under bf16 autocast on a CPU, which MMEngine's ``AmpOptimWrapper`` refuses."""

    @contextmanager
    def optim_context(self, model: torch.nn.Module):
        """Autocast on top of what ``OptimWrapper`` does (gradient accumulation)."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


def _unwrapped(runner):
    """The model itself, where it is wrapped for distributed training."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware; elsewhere bf16 is slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Lay the weights out channels-last, which CPU and tensor-core convolutions prefer."""

    priority = 'VERY_HIGH'

    def before_run(self, runner) -> None:
        """Change the layout in place; the values stay."""
        runner.model.to(memory_format=torch.channels_last)


@HOOKS.register_module()
class SyncedEMAHook(EMAHook):
    """MMEngine's average of the weights, the same in every process.

    Each process averages BatchNorm statistics of its own share of the data; without this
    the processes would validate different models and save the first one's.
    """

    def after_train_epoch(self, runner) -> None:
        """Take the mean of the processes' statistics."""
        if is_distributed():
            all_reduce_params(self.ema_model.buffers(), op='mean')


@HOOKS.register_module()
class LoadPretrainedHook(Hook):
    """Start from a checkpoint whose head may differ; say in one line what was loaded.

    Does nothing when the run is resumed.

    Args:
        checkpoint: A local file.
    """

    priority = 'VERY_HIGH'  # an average of the weights begins with what is loaded

    def __init__(self, checkpoint: str):
        self.checkpoint = checkpoint

    def before_train(self, runner) -> None:
        """Load after the runner has initialised the weights.

        The first stage of two stays what ``detector_checkpoint`` made it.
        """
        if runner._resume:
            return
        model = _unwrapped(runner)
        detector = getattr(model, 'detector', None)
        kept = copy.deepcopy(detector.state_dict()) if detector is not None else None
        runner.logger.info(load_weights(model, self.checkpoint).line())
        if detector is not None:
            detector.load_state_dict(kept)


@HOOKS.register_module()
class InitMeanShapeHook(Hook):
    """Let a network that regresses begin at the mean shape.

    Every image gets it at first, exactly. From anywhere else all faces pull the last layer
    the same way, so hard that the hidden units before it may never be positive again; then
    all images get one shape for good.

    Args:
        batches: How many the mean is taken of.
    """

    def __init__(self, batches: int = 8):
        self.batches = batches

    def before_train(self, runner) -> None:
        """Set the head's last layer, unless it has learnt something."""
        layer = _unwrapped(runner).head.fc
        if runner._resume or (layer.bias != 0.5).any():  # the head begins there
            return
        drawn = islice(runner.train_dataloader, self.batches)
        samples = [sample for batch in drawn for sample in batch['data_samples']]
        labels = [sample.gt_instance_labels for sample in samples]
        points = torch.cat([label.keypoint_labels for label in labels])
        weights = torch.cat([label.keypoint_weights for label in labels])[..., None]
        mean = (points * weights).sum(dim=0) / weights.sum(dim=0).clamp_min(1)
        with torch.no_grad():
            layer.bias.copy_(mean.flatten())
            layer.weight.zero_()


@HOOKS.register_module()
class MeasureErrorsHook(Hook):
    """Measure how the detector of a ``ShapeRefinedEstimator`` errs, before it is refined.

    The images are the validation loop's, which the detector was not trained on. A resumed
    run finds what was measured in its checkpoint.
    """

    def before_train(self, runner) -> None:
        """Run the detector once over the images."""
        if runner._resume:
            return
        measured = _unwrapped(runner).measure_errors(runner.val_loop.dataloader)
        runner.logger.info(measured)


@HOOKS.register_module()
class ValidateOnResumeHook(Hook):
    """Validate the epoch a run is resumed from.

    MMEngine saves an epoch before it validates it, so the checkpoint knows nothing of that
    validation, and a resumed run would choose its best epoch without it.
    """

    priority = 'LOWEST'  # after every hook is ready to hear of the validation

    def before_train(self, runner) -> None:
        """Run the validation loop if the epoch was due one."""
        loop = runner.train_loop
        due = runner.epoch >= loop.val_begin and (
            runner.epoch % loop.val_interval == 0 or runner.epoch == loop.max_epochs
        )
        if runner._resume and due:
            runner.val_loop.run()


@HOOKS.register_module()
class ResumableEarlyStoppingHook(EarlyStoppingHook):
    """MMEngine's early stopping, whose count of epochs survives a resume."""

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep the best value and how long ago it was."""
        checkpoint['early_stopping'] = dict(
            best_score=float(self.best_score), wait_count=self.wait_count
        )

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Take them up again."""
        if runner._resume and 'early_stopping' in checkpoint:
            self.best_score = checkpoint['early_stopping']['best_score']
            self.wait_count = checkpoint['early_stopping']['wait_count']


@HOOKS.register_module()
class SeedEpochHook(Hook):
    """Seed every epoch by its number, so that a resumed run draws what it would have.

    MMEngine seeds once, and again each time a data-loading worker starts. Goes with
    ``worker_init_fn=dict(type='seed_worker')`` and workers that do not persist.
    """

    def before_train_epoch(self, runner) -> None:
        """Seed Python, numpy and torch by seed, epoch and rank."""
        sequence = np.random.SeedSequence((runner.seed, runner.epoch, get_rank()))
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)


@FUNCTIONS.register_module()
def seed_worker(worker_id: int) -> None:
    """Seed a data-loading worker from torch's own seed, which follows the epoch's."""
    seed = torch.initial_seed() % 2**32  # the worker's number is in it already
    random.seed(seed)
    np.random.seed(seed)
    torch.set_num_threads(1)


@MODEL_WRAPPERS.register_module()
class CpuDistributedDataParallel(MMDistributedDataParallel):
    """Data-parallel training over CPU processes: MMEngine always names a GPU."""

    def __init__(self, module: torch.nn.Module, device_ids=None, **kwargs):
        super().__init__(module=module, device_ids=None, **kwargs)
