"""Networks whose input is an image with the heatmaps of its points.

After 2D-to-3D-FAN and the depth network of Bulat and Tzimiropoulos (ICCV 2017): K
Gaussians, one per point, are K additional channels of the image.
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
    """A frozen detector, and a second network conditioned on heatmaps of its points.

    In training the detector is not run. The points are ``guide_labels`` if the pipeline
    has them (``LabelGuide``), else the true points. The two networks share the input and
    its normalisation; a checkpoint holds both.

    Args:
        sigma: Standard deviation of the Gaussians, pixels of the input.
        noise: Standard deviation of the noise added to training points, pixels of the
            input, which stands for the errors of the detector.
        **kwargs: See ``TwoStageEstimator``; the backbone has 3 + K ``in_channels``.
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
        """The loss of the head, conditioned on labelled points.

        Args:
            inputs: ``(N, 3, S, S)``.
            data_samples: With ``keypoint_labels`` of ``RegressionLabel``.
        """
        points = self._labelled_points(inputs, data_samples)
        points = points + self.noise * torch.randn_like(points)
        features = self.conditioned_features(inputs, points)
        return self.head.loss(features, data_samples, self.train_cfg)

    def _labelled_points(self, inputs: Tensor, data_samples: list) -> Tensor:
        labels = [sample.gt_instance_labels for sample in data_samples]
        if not all('guide_labels' in label for label in labels):
            return true_points(inputs, data_samples)[0]
        guides = torch.cat([label.guide_labels for label in labels]).to(inputs)
        return guides * inputs.new_tensor([inputs.shape[-1], inputs.shape[-2]])

    def conditioned_features(
        self, inputs: Tensor, points: Tensor
    ) -> tuple[Tensor, ...]:
        """Features of images ``(N, 3, S, S)`` with the heatmaps of points ``(N, K, 2)``."""
        maps = gaussian_maps(points, inputs.shape[-1], self.sigma)
        return self.extract_feat(torch.cat([inputs, maps], dim=1))

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples with ``pred_instances`` in pixels of the image, as in MMPose."""
        points = detector_points(self.detector, inputs, data_samples)
        features = self.conditioned_features(inputs, points)
        found = self.head.predict(features, data_samples)
        return self.add_pred_to_datasample(found, None, data_samples)


@MODELS.register_module()
class DepthEstimator(HeatmapConditionedEstimator):
    """Adds the depth of each point to the predictions of the detector."""

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Samples whose ``pred_instances`` also have ``keypoint_depths`` ``(1, K)``.

        Depths are in pixels of the image, positive towards the viewer, with mean 0.
        """
        points = detector_points(self.detector, inputs, data_samples)
        features = self.conditioned_features(inputs, points)
        found = self.head.predict(features, data_samples)
        for instances, places, sample in zip(found, points, data_samples, strict=True):
            instances.keypoints = places.cpu().numpy()[None]
            instances.keypoint_scores = np.ones(instances.keypoints.shape[:2])
            scale = sample.metainfo['input_scale'][0]
            instances.keypoint_depths = instances.keypoint_depths * scale
        return self.add_pred_to_datasample(found, None, data_samples)


@MODELS.register_module()
class DepthHead(BaseHead):
    """Regresses the depth of each point by average pooling and one linear layer.

    Args:
        in_channels: Channels of the features.
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        init_cfg: See MMEngine's ``BaseModule``.
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
        """Depths ``(N, K)`` relative to the side of the crop, with mean 0."""
        with torch.autocast(feats[-1].device.type, enabled=False):
            depths = self.layer(feats[-1].float().mean(dim=(2, 3)))
        return depths - depths.mean(dim=1, keepdim=True)

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        train_cfg: dict | None = None,
    ) -> dict:
        """Mean squared error, in percent of the side of the crop."""
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        truth = torch.cat([label.depth_labels for label in labels])
        depths = self.forward(feats)
        return dict(loss_depth=((depths - truth.to(depths)) * 100).square().mean())

    def predict(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        test_cfg: dict | None = None,
    ) -> list[InstanceData]:
        """``keypoint_depths`` ``(1, K)`` relative to the side of the crop."""
        depths = self.forward(feats).cpu().numpy()
        return [InstanceData(keypoint_depths=depth[None]) for depth in depths]
