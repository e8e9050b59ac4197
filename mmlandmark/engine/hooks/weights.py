"""Initial weights, their memory layout and their moving average."""

from __future__ import annotations

import copy
from itertools import islice
from typing import Any

import torch
from mmengine.dist import all_reduce_params, is_distributed
from mmengine.hooks import EMAHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS

from ...models.checkpoints.weights import load_weights


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Use the channels-last memory format, which is faster on CPUs and tensor cores."""

    priority = 'VERY_HIGH'

    def before_run(self, runner) -> None:
        """Change the memory layout in place; the values stay the same."""
        runner.model.to(memory_format=torch.channels_last)


@HOOKS.register_module()
class SyncedEMAHook(EMAHook):
    """MMEngine's exponential moving average of the weights, equal in every process.

    Each process averages the BatchNorm statistics of its own share of the data. Without
    synchronisation the processes would validate different models and save the first one's.
    """

    def after_train_epoch(self, runner) -> None:
        """Average the statistics over the processes."""
        if is_distributed():
            all_reduce_params(self.ema_model.buffers(), op='mean')


@HOOKS.register_module()
class LoadPretrainedHook(Hook):
    """Start from a checkpoint whose head may differ, and log which tensors were loaded.

    Does nothing when the run is resumed.

    Args:
        checkpoint: A local file or a URL.
    """

    priority = 'VERY_HIGH'  # the moving average starts from the loaded weights

    def __init__(self, checkpoint: str):
        self.checkpoint = checkpoint

    def before_train(self, runner) -> None:
        """Load the weights after the runner has initialised the model.

        The first stage of a two-stage model keeps the weights of ``detector_checkpoint``.
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
    """Initialise a regression network so that it predicts the mean shape.

    From any other initial shape, all images pull the last layer in the same direction. This
    can make the hidden ReLU units before it negative for good, and then the network
    predicts one shape for every image.

    Args:
        batches: Number of training batches over which the mean is computed.
    """

    def __init__(self, batches: int = 8):
        self.batches = batches

    def before_train(self, runner) -> None:
        """Set the head's last layer unless it was trained before."""
        layer = _unwrapped(runner).head.fc
        if runner._resume or (layer.bias != 0.5).any():  # the head's initial bias
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
    """Measure the errors of the detector in a ``ShapeRefinedEstimator`` before training.

    The images are those of the validation loop, on which the detector was not trained. A
    resumed run reads the measured distribution from its checkpoint.
    """

    def before_train(self, runner) -> None:
        """Run the detector once on the validation images."""
        if runner._resume:
            return
        measured = _unwrapped(runner).measure_errors(runner.val_loop.dataloader)
        runner.logger.info(measured)


def _unwrapped(runner) -> Any:
    """The model without its wrapper for distributed training."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model
