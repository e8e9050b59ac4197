"""Networks that see an image together with the maps of its points.

2D-to-3D-FAN and the depth network of Bulat and Tzimiropoulos (ICCV 2017): K Gaussians, one
a point, are K more channels of the image.
"""

from __future__ import annotations

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import MODELS
from torch import Tensor, nn

from ...schemes import get_scheme
from ..heads.heatmap import true_points
from .crops import gaussian_maps
from .two_stage import TwoStageEstimator, detector_points


@MODELS.register_module()
class HeatmapConditionedEstimator(TwoStageEstimator):
    """A frozen detector finds points, a second network sees them with the image.

    In training the points are ``guide_labels`` where the pipeline labels them
    (``LabelGuide``), else the true points, and the detector is not run. The two networks
    share the input and its normalisation; a checkpoint holds both.

    Args:
        sigma: Of a map's Gaussian, pixels of the input.
        noise: Standard deviation by which training points are moved, pixels of the input:
            a detector's are not where they should be either.
        **kwargs: As for ``TwoStageEstimator``; the backbone's ``in_channels`` are 3 + K.
    """

    def __init__(
        self,
        sigma: float = 3.25,
        noise: float = 1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.sigma = sigma
        self.noise = noise

    def loss(self, inputs: Tensor, data_samples: list) -> dict:
        """The head's loss, guided by labels.

        Args:
            inputs: ``(N, 3, H, W)``, square.
            data_samples: With ``keypoint_labels`` as ``RegressionLabel`` makes them.
        """
        points = self._labelled(inputs, data_samples)
        points = points + self.noise * torch.randn_like(points)
        return self.head.loss(self.seen(inputs, points), data_samples, self.train_cfg)

    def _labelled(self, inputs: Tensor, data_samples: list) -> Tensor:
        labels = [sample.gt_instance_labels for sample in data_samples]
        if not all('guide_labels' in label for label in labels):
            return true_points(inputs, data_samples)[0]
        guides = torch.cat([label.guide_labels for label in labels]).to(inputs)
        return guides * inputs.new_tensor([inputs.shape[-1], inputs.shape[-2]])

    def seen(self, inputs: Tensor, points: Tensor) -> tuple[Tensor, ...]:
        """Features of images ``(N, 3, S, S)`` guided by points ``(N, K, 2)`` in them."""
        maps = gaussian_maps(points, inputs.shape[-1], self.sigma)
        return self.extract_feat(torch.cat([inputs, maps], dim=1))

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples with ``pred_instances`` in pixels of the image, as MMPose has them."""
        points = detector_points(self.detector, inputs, data_samples)
        found = self.head.predict(self.seen(inputs, points), data_samples)
        return self.add_pred_to_datasample(found, None, data_samples)


@MODELS.register_module()
class DepthEstimator(HeatmapConditionedEstimator):
    """Keeps the detector's points and adds how far each stands out."""

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples whose ``pred_instances`` have ``keypoint_depths`` ``(1, K)`` too.

        In pixels of the image towards the viewer, of mean 0 over the face.
        """
        points = detector_points(self.detector, inputs, data_samples)
        found = self.head.predict(self.seen(inputs, points), data_samples)
        for instances, places, sample in zip(found, points, data_samples, strict=True):
            instances.keypoints = places.cpu().numpy()[None]
            instances.keypoint_scores = np.ones(instances.keypoints.shape[:2])
            scale = sample.metainfo['input_scale'][0]
            instances.keypoint_depths = instances.keypoint_depths * scale
        return self.add_pred_to_datasample(found, None, data_samples)


@MODELS.register_module()
class DepthHead(BaseHead):
    """Average features and one layer, to a depth a point.

    Args:
        in_channels: Of the features.
        scheme: A known scheme's name, or the path of a ``scheme.json``.
        init_cfg: As for MMEngine's ``BaseModule``.
    """

    def __init__(
        self, in_channels: int, scheme: str | dict, init_cfg: dict | None = None
    ):
        super().__init__(init_cfg)
        self.names = get_scheme(scheme).points
        self.layer = nn.Linear(in_channels, len(self.names))
        nn.init.zeros_(self.layer.bias)
        nn.init.normal_(self.layer.weight, std=0.001)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Depths ``(N, K)``, shares of the crop's side, of mean 0."""
        with torch.autocast(feats[-1].device.type, enabled=False):
            depths = self.layer(feats[-1].float().mean(dim=(2, 3)))
        return depths - depths.mean(dim=1, keepdim=True)

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        train_cfg: dict | None = None,
    ) -> dict:
        """Mean squared error, in hundredths of the crop's side."""
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        truth = torch.cat([label.depth_labels for label in labels])
        found = self.forward(feats)
        return dict(loss_depth=((found - truth.to(found)) * 100).square().mean())

    def predict(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        test_cfg: dict | None = None,
    ) -> list[InstanceData]:
        """Depths alone, ``keypoint_depths`` ``(1, K)``, shares of the crop's side."""
        depths = self.forward(feats).cpu().numpy()
        return [InstanceData(keypoint_depths=depth[None]) for depth in depths]
