"""A second stage that refines the points of a detector by their joint shape.

Takahashi et al. (Sci Rep 13:20011, 2023) correct the points of a heatmap detector by a
fully connected network whose input are all points; this module follows that idea.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from mmengine.dist import all_gather_object
from mmengine.model import BaseDataPreprocessor, BaseModel
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InputError
from ...schemes import get_scheme
from .crops import transform
from .shape_errors import DetectorErrors, shape_frame
from .two_stage import load_detector

# the network predicts offsets in percent of the size of the shape
PERCENT = 0.01


class ShapeRefiner(nn.Module):
    """A multilayer perceptron that predicts an offset for each point of a shape.

    The input is normalised by its mean and size, so the result does not depend on the unit
    or origin of the points. Initially all offsets are zero.

    Args:
        points: K, the number of points.
        width: Width of each hidden layer.
        depth: Number of hidden layers.
        dropout: Dropout probability in the hidden layers.
    """

    def __init__(
        self, points: int, width: int = 128, depth: int = 2, dropout: float = 0.0
    ):
        super().__init__()
        # shapes differ little from their mean, so the network gets standardised input
        self.standardise = nn.BatchNorm1d(2 * points, affine=False)
        layers: list[nn.Module] = []
        size = 3 * points  # x, y and visibility
        for _ in range(depth):
            layers += [nn.Linear(size, width), nn.GELU(), nn.Dropout(dropout)]
            size = width
        last = nn.Linear(size, 2 * points)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, points: Tensor) -> Tensor:
        """Refined points.

        Args:
            points: ``(N, K, 2)`` x, y in any unit; a missing point is NaN, has no influence
                and is returned as NaN.
        """
        centre, size = shape_frame(points)
        visible = points.isfinite().all(dim=-1)
        shape = ((points - centre) / size).where(visible[..., None], 0.0)
        shape = self.standardise(shape.flatten(1))
        offsets = self.layers(torch.cat([shape, visible.to(shape.dtype)], dim=1))
        return points + offsets.float().view_as(points) * PERCENT * size


class ShapeDataPreprocessor(BaseDataPreprocessor):
    """Stacks the points of training samples; images are left to another preprocessor.

    Args:
        images: Preprocessor of the detector.
    """

    def __init__(self, images: nn.Module):
        super().__init__()
        self.images = images

    def forward(self, data: dict, training: bool = False) -> dict:
        """Stack ``inputs`` to one tensor on the model's device."""
        if data['inputs'][0].ndim == 3:
            return self.images(data, training)
        data = self.cast_data(data)
        inputs = torch.stack([*data['inputs']])
        return dict(inputs=inputs, data_samples=data['data_samples'])


@MODELS.register_module()
class ShapeRefinedEstimator(BaseModel):
    """A frozen detector and a :class:`ShapeRefiner` of its points.

    The training data are true points without images. Coarse points are the true points plus
    random errors with the detector's distribution on images outside its training set, on
    which its errors are too small. ``MeasureErrorsHook`` measures that distribution at the
    start. A checkpoint holds both stages.

    Args:
        detector: Config of the detector.
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        refiner: Arguments of :class:`ShapeRefiner` except the number of points.
        detector_checkpoint: Weights of the detector in training: a file, or a work folder,
            whose best checkpoint is used.
        correlation: See :class:`DetectorErrors`.
        draws: Number of coarse shapes per true shape in a training step.
        rotate: Largest rotation of training shapes, degrees. The refiner is invariant to
            shifts and scalings.
        train_cfg: Not used; MMPose sets it when it builds a model for inference.
    """

    def __init__(
        self,
        detector: dict,
        scheme: str,
        refiner: dict | None = None,
        detector_checkpoint: str | None = None,
        correlation: float = 0.5,
        draws: int = 8,
        rotate: float = 10.0,
        train_cfg: dict | None = None,
    ):
        built = MODELS.build(detector)
        super().__init__(ShapeDataPreprocessor(built.data_preprocessor))
        self.names = get_scheme(scheme).points
        self.detector = built.requires_grad_(False)
        self.refiner = ShapeRefiner(len(self.names), **(refiner or {}))
        self.errors = DetectorErrors(len(self.names), correlation)
        self.detector_checkpoint = detector_checkpoint
        self.draws = draws
        self.rotate = rotate

    @property
    def head(self) -> nn.Module:
        """The head of the detector, as MMPose's tools expect a ``head``."""
        return self.detector.head

    def init_weights(self) -> None:
        """Load the weights of the detector; the refiner is initially the identity.

        Raises:
            InputError: No weights are named, or they are missing or do not fit.
        """
        load_detector(self.detector, self.detector_checkpoint, self.names)

    @torch.no_grad()
    def measure_errors(self, batches: Iterable) -> str:
        """Measure the errors of the detector on images outside its training set.

        Args:
            batches: A data loader of annotated images.

        Returns:
            A line for the log.
        """
        self.eval()
        pairs: list[tuple] = []
        for batch in batches:
            for sample in self.detector.val_step(batch):
                given = sample.gt_instances
                visible = np.asarray(given.keypoints_visible[0]) > 0
                truth = np.where(visible[:, None], given.keypoints[0], np.nan)
                pairs.append((np.asarray(sample.pred_instances.keypoints[0]), truth))
        pairs = [pair for share in all_gather_object(pairs) for pair in share]
        predicted, truth = map(np.stack, zip(*pairs, strict=True))
        device = self.errors.mean.device
        self.errors.measure(
            torch.as_tensor(predicted, device=device).double(),
            torch.as_tensor(truth, device=device).double(),
        )
        distance = np.nanmean(np.linalg.norm(predicted - truth, axis=-1))
        return (
            f'errors of the detector, on {len(pairs)} images it was not trained on: '
            f'MRE {distance:.2f} px'
        )

    def train(self, mode: bool = True):
        """Set the training mode of the refiner only."""
        super().train(mode)
        self.detector.eval()
        return self

    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """Mode ``loss``, ``predict`` or ``tensor`` (heatmaps), as in MMPose."""
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        return self.detector(inputs, data_samples, mode)

    def loss(self, inputs: Tensor, data_samples: list | None = None) -> dict:
        """Smooth L1 loss of the refined points, in percent of the size of each shape.

        Args:
            inputs: ``(N, K, 2)`` true points; a missing point is NaN and is not counted.
            data_samples: Not used.

        Raises:
            InputError: The pipeline returns no points, or the errors were not measured.
        """
        if inputs.ndim != 3:
            raise InputError(
                'a refiner is trained on points: its pipeline is PackShape alone'
            )
        if not self.errors.measured:
            raise InputError(
                "the detector's errors are unknown: add MeasureErrorsHook to custom_hooks"
            )
        truth = inputs.repeat_interleave(self.draws, dim=0)
        rotations = _random_rotations(len(truth), self.rotate, truth.device)[:, None]
        # errors are added before the rotation, in the frame of the head
        coarse = transform(self.errors.draw(truth), rotations)
        truth = transform(truth, rotations)
        _, size = shape_frame(coarse)
        refined = self.refiner(coarse)
        known = truth.isfinite()
        percents = ((refined - truth) / (PERCENT * size)).where(known, 0.0)
        loss = F.smooth_l1_loss(percents, torch.zeros_like(percents), reduction='sum')
        return dict(loss_shape=loss / known.sum().clamp_min(1))

    @torch.no_grad()
    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples of the detector with refined ``keypoints``, pixels of the image."""
        data_samples = self.detector(inputs, data_samples, mode='predict')
        device = self.errors.mean.device
        for sample in data_samples:
            coarse = np.asarray(sample.pred_instances.keypoints)
            points = torch.as_tensor(coarse, dtype=torch.float32, device=device)
            sample.pred_instances.keypoints = self.refiner(points).cpu().numpy()
        return data_samples


def _random_rotations(count: int, degrees: float, device: torch.device) -> Tensor:
    """Rotation matrices ``(N, 2, 2)``, uniform from ``-degrees`` to ``degrees``."""
    angle = (2 * torch.rand(count, device=device) - 1) * math.radians(degrees)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
