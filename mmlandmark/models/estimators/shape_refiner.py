"""The second stage of two: all coarse points in, refined points out.

In the manner of Takahashi et al. (Sci Rep 13:20011, 2023), who correct the points of a
heatmap detector by a fully connected network that sees how they lie to one another.
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
from .crops import turned
from .shape_errors import DetectorErrors, shape_frame
from .two_stage import load_detector

# the network speaks of percents of the shape's size: errors are about one or two
PERCENT = 0.01


class ShapeRefiner(nn.Module):
    """A perceptron that moves the points of a shape; newly made, it moves none.

    The result does not depend on the unit of the points or on where the origin is: the
    network sees them from their mean and in units of their size.

    Args:
        points: K, the number of points.
        width: Of each hidden layer.
        depth: Number of hidden layers.
        dropout: Probability, in the hidden layers.
    """

    def __init__(
        self, points: int, width: int = 128, depth: int = 2, dropout: float = 0.0
    ):
        super().__init__()
        # heads differ little from their mean: the first layer gets the differences
        self.standardise = nn.BatchNorm1d(2 * points, affine=False)
        layers: list[nn.Module] = []
        size = 3 * points  # x, y, and whether the point is there
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
            points: ``(N, K, 2)`` x, y in any unit; a missing point is NaN, moves nothing
                and comes back NaN.
        """
        centre, size = shape_frame(points)
        there = points.isfinite().all(dim=-1)
        seen = ((points - centre) / size).where(there[..., None], 0.0)
        seen = self.standardise(seen.flatten(1))
        moved = self.layers(torch.cat([seen, there.to(seen.dtype)], dim=1))
        return points + moved.float().view_as(points) * PERCENT * size


class ShapeDataPreprocessor(BaseDataPreprocessor):
    """Stacks points, which training takes; images go the detector's way.

    Args:
        images: The detector's own preprocessor.
    """

    def __init__(self, images: nn.Module):
        super().__init__()
        self.images = images

    def forward(self, data: dict, training: bool = False) -> dict:
        """``inputs`` as one tensor on the model's device."""
        if data['inputs'][0].ndim == 3:
            return self.images(data, training)
        data = self.cast_data(data)
        inputs = torch.stack([*data['inputs']])
        return dict(inputs=inputs, data_samples=data['data_samples'])


@MODELS.register_module()
class ShapeRefinedEstimator(BaseModel):
    """Any detector, frozen, and a :class:`ShapeRefiner` of its points.

    Training takes true points, no images: coarse ones are drawn as truth plus errors like
    the detector's on images it has not seen, which ``MeasureErrorsHook`` measures at the
    start. (On its own training images a detector is too good to learn from.) A checkpoint
    holds both stages.

    Args:
        detector: Config of the detector.
        scheme: A known scheme's name, or the path of a ``scheme.json``.
        refiner: Arguments of :class:`ShapeRefiner` but the number of points.
        detector_checkpoint: The detector's weights for a training: a file, or the work
            folder of its training, whose best is taken.
        correlation: As for :class:`DetectorErrors`.
        draws: How many coarse shapes are drawn of each true one in a training step.
        rotate: Training shapes are turned by up to so many degrees. (Shifting and
            scaling them would change nothing: the refiner does not see it.)
        train_cfg: Not used; MMPose sets it where it builds a model for inference.
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
        """The detector's head, where MMPose's tools look for one."""
        return self.detector.head

    def init_weights(self) -> None:
        """Load the detector; the refiner begins as the identity.

        Raises:
            InputError: No weights are named, or they are not there or do not fit.
        """
        load_detector(self.detector, self.detector_checkpoint, self.names)

    @torch.no_grad()
    def measure_errors(self, batches: Iterable) -> str:
        """Measure how the detector errs on images it has not seen.

        Args:
            batches: A data loader of annotated images.

        Returns:
            One line on what was measured.
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
        """Train the refiner alone."""
        super().train(mode)
        self.detector.eval()
        return self

    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """As MMPose's estimators: mode ``loss``, ``predict`` or ``tensor`` (heatmaps)."""
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        return self.detector(inputs, data_samples, mode)

    def loss(self, inputs: Tensor, data_samples: list | None = None) -> dict:
        """Smooth L1 of the refined points, in percent of each shape's size.

        Args:
            inputs: ``(N, K, 2)`` true points; a missing one is NaN and counts nothing.
            data_samples: Not used.

        Raises:
            InputError: The pipeline gives no points, or the errors were not measured.
        """
        if inputs.ndim != 3:
            raise InputError(
                'a refiner trains on points: its pipeline is PackShape alone'
            )
        if not self.errors.measured:
            raise InputError(
                "the detector's errors are not known: custom_hooks need MeasureErrorsHook"
            )
        truth = inputs.repeat_interleave(self.draws, dim=0)
        turn = _turns(len(truth), self.rotate, truth.device)[:, None]
        # errors are drawn first: they turn with the head they are made on
        coarse, truth = turned(self.errors.draw(truth), turn), turned(truth, turn)
        _, size = shape_frame(coarse)
        refined = self.refiner(coarse)
        known = truth.isfinite()
        percents = ((refined - truth) / (PERCENT * size)).where(known, 0.0)
        loss = F.smooth_l1_loss(percents, torch.zeros_like(percents), reduction='sum')
        return dict(loss_shape=loss / known.sum().clamp_min(1))

    @torch.no_grad()
    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """The detector's samples with ``keypoints`` refined, pixels of the image."""
        data_samples = self.detector(inputs, data_samples, mode='predict')
        device = self.errors.mean.device
        for sample in data_samples:
            coarse = np.asarray(sample.pred_instances.keypoints)
            points = torch.as_tensor(coarse, dtype=torch.float32, device=device)
            sample.pred_instances.keypoints = self.refiner(points).cpu().numpy()
        return data_samples


def _turns(count: int, degrees: float, device: torch.device) -> Tensor:
    """Random rotations ``(N, 2, 2)``, evenly from ``-degrees`` to ``degrees``."""
    angle = (2 * torch.rand(count, device=device) - 1) * math.radians(degrees)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
