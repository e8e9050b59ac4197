"""The base class of estimators whose first stage is a trained detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmpose.codecs import UDPHeatmap
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InputError
from ..checkpoints.files import best_checkpoint
from ..checkpoints.weights import load_weights


class TwoStageEstimator(TopdownPoseEstimator):
    """A frozen detector and a second stage with its own ``backbone`` and ``head``.

    Args:
        detector: Config of the first stage.
        detector_checkpoint: Weights of the first stage in training: a file, or a work
            folder, whose best checkpoint is used. A checkpoint of the estimator holds both
            stages.
        **kwargs: See ``TopdownPoseEstimator``.
    """

    def __init__(
        self, detector: dict, detector_checkpoint: str | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        self.detector = MODELS.build(detector).requires_grad_(False)
        self.detector_checkpoint = detector_checkpoint

    def init_weights(self) -> None:
        """Initialise the second stage and load the weights of the first.

        Raises:
            InputError: The first stage has no weights, or they do not fit.
        """
        super().init_weights()
        load_detector(self.detector, self.detector_checkpoint, self.head.names)

    def train(self, mode: bool = True):
        """Set the training mode of the second stage only."""
        super().train(mode)
        self.detector.eval()
        return self


def load_detector(
    detector: nn.Module, source: str | None, names: tuple[str, ...]
) -> None:
    """Load the weights of the first stage before a training.

    Args:
        detector: The first stage.
        source: A checkpoint of the detector or of a two-stage estimator, or the work
            folder of its training, whose best checkpoint is used.
        names: Names of the points for which it must have been trained.

    Raises:
        InputError: No weights are named, or they are missing or do not fit.
    """
    hint = 'model.detector_checkpoint=FILE'
    if source is None:
        raise InputError(f'the detector to refine has no weights: set {hint}')
    try:
        if Path(source).is_dir() or not Path(source).suffix:
            source = best_checkpoint(source)
        report = load_weights(detector, source, True, names, part='detector.')
    except InputError as error:
        raise InputError(
            f'the detector to refine: {error}. Its weights are set by {hint}'
        ) from None
    print_log(f'detector: {report.line()}', 'current')


def detector_points(
    detector: TopdownPoseEstimator, inputs: Tensor, data_samples: list
) -> Tensor:
    """Points predicted by the first stage from the downsampled input of the second.

    Args:
        detector: The first stage.
        inputs: ``(N, C, H, W)``.
        data_samples: N data samples.

    Returns:
        ``(N, K, 2)`` x, y in pixels of ``inputs``, 0-based.

    Raises:
        InputError: The size of the input is not a multiple of the detector's.
    """
    width, height = detector.head.decoder.input_size
    factor = inputs.shape[-1] // width
    if inputs.shape[-2:] != (height * factor, width * factor):
        raise InputError(
            f'input_size must be a whole number of times {width}x{height}, the '
            f"detector's, not {inputs.shape[-1]}x{inputs.shape[-2]}"
        )
    small = F.avg_pool2d(inputs, factor) if factor > 1 else inputs
    found = detector.head.predict(detector.extract_feat(small), data_samples)
    points = inputs.new_tensor(np.stack([i.keypoints[0] for i in found]))
    if isinstance(detector.head.decoder, UDPHeatmap):
        # UDP decodes the last pixel to the size of the input, not to size - 1
        sides = inputs.new_tensor([width, height])
        points = points * (sides - 1) / sides
    return (points + 0.5) * factor - 0.5
