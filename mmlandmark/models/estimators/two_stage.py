"""What models have in common whose first stage is a trained detector."""

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
    """A frozen detector and what looks again: ``backbone`` and ``head`` are the second's.

    Args:
        detector: Config of the first stage.
        detector_checkpoint: Its weights for a training: a file, or the work folder of its
            training, whose best is taken. A checkpoint of the whole holds both stages.
        **kwargs: As for ``TopdownPoseEstimator``.
    """

    def __init__(
        self, detector: dict, detector_checkpoint: str | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        self.detector = MODELS.build(detector).requires_grad_(False)
        self.detector_checkpoint = detector_checkpoint

    def init_weights(self) -> None:
        """Initialise the second stage, load the first.

        Raises:
            InputError: The first has no weights, or they do not fit.
        """
        super().init_weights()
        load_detector(self.detector, self.detector_checkpoint, self.head.names)

    def train(self, mode: bool = True):
        """Train the second stage alone."""
        super().train(mode)
        self.detector.eval()
        return self


def load_detector(
    detector: nn.Module, source: str | None, names: tuple[str, ...]
) -> None:
    """Fill the first stage before its model is trained.

    Args:
        detector: The first stage.
        source: A checkpoint of the detector or of a model of two stages, or the work
            folder of its training, whose best is taken.
        names: The points it must have been trained for.

    Raises:
        InputError: No weights are named, or they are not there or do not fit.
    """
    hint = '--cfg-options model.detector_checkpoint=FILE'
    if source is None:
        raise InputError(f'the detector to refine has no weights: name them by {hint}')
    try:
        if Path(source).is_dir() or not Path(source).suffix:
            source = best_checkpoint(source)
        report = load_weights(detector, source, True, names, part='detector.')
    except InputError as error:
        raise InputError(
            f'the detector to refine: {error}. Its weights are named by {hint}'
        ) from None
    print_log(f'detector: {report.line()}', 'current')


def detector_points(
    detector: TopdownPoseEstimator, inputs: Tensor, data_samples: list
) -> Tensor:
    """What a first stage finds in the input of the second, averaged down to its own size.

    Args:
        detector: The first stage.
        inputs: ``(N, C, H, W)``.
        data_samples: N of them.

    Returns:
        ``(N, K, 2)`` x, y in pixels of ``inputs``, the first at 0.

    Raises:
        InputError: The input's size is no multiple of the detector's.
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
        # it decodes the last pixel to the input's size, not to one less
        sides = inputs.new_tensor([width, height])
        points = points * (sides - 1) / sides
    return (points + 0.5) * factor - 0.5
