"""Heads of networks that make heatmaps more than once, such as FAN."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor

from ...schemes import get_scheme
from ..estimators.crops import gaussian_maps
from .fan_heatmap import local_centroids
from .heatmap import PointHeatmapHead, SchemeHeatmapHead, true_points


@MODELS.register_module()
class StackedHeatmapHead(SchemeHeatmapHead):
    """Supervises every stack's heatmaps and reads the last's.

    Targets are Gaussians of peak 1, drawn from the points on the network's device: the
    pipeline encodes with ``RegressionLabel``.

    Args:
        scheme: A known scheme's name, or the path of a ``scheme.json``.
        subpixel: Whether targets lie where the points are, or, as in FAN's own training,
            at the nearest heatmap pixel.
        distance_weight: Of a second loss, the mean distance in heatmap pixels of the
            points from the heatmaps' :func:`~.fan_heatmap.local_centroids`.
        sigmoid: Whether heatmaps are probabilities of a sigmoid. Goes with
            ``HeatmapBCELoss``, which takes what comes before it.
        **kwargs: As for ``HeatmapHead``: ``loss`` and ``decoder``.
    """

    def __init__(
        self,
        scheme: str,
        subpixel: bool = True,
        distance_weight: float = 0.0,
        sigmoid: bool = False,
        **kwargs,
    ):
        # the network makes the heatmaps, this head has no weights
        no_layers = dict(deconv_out_channels=None, final_layer=None)
        super().__init__(len(get_scheme(scheme)), scheme, **no_layers, **kwargs)
        self.subpixel = subpixel
        self.distance_weight = distance_weight
        self.sigmoid = sigmoid

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """The last stack's heatmaps ``(N, K, H, W)``, float32."""
        heatmaps = super().forward(feats)
        return heatmaps.sigmoid() if self.sigmoid else heatmaps

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        train_cfg: dict | None = None,
    ) -> dict:
        """One loss a stack, and one of distance where it has a weight."""
        points, weights = true_points(feats[-1].float(), batch_data_samples)
        places = points if self.subpixel else points.round()
        targets = gaussian_maps(places, feats[-1].shape[-1], self.decoder.sigma)
        losses = {}
        for number, maps in enumerate((f.float() for f in feats), 1):
            losses[f'loss_stack{number}'] = self.loss_module(maps, targets, weights)
            if self.distance_weight:
                distance = (local_centroids(maps) - points).norm(dim=-1) * weights
                mean = distance.sum() / weights.sum().clamp_min(1)
                losses[f'loss_distance{number}'] = self.distance_weight * mean
        return losses


@MODELS.register_module()
class StackedPointHead(PointHeatmapHead):
    """A :class:`PointHeatmapHead` of every stack: heatmaps as probabilities of place.

    Args:
        scheme: A known scheme's name, or the path of a ``scheme.json``.
        **kwargs: As for ``HeatmapHead``.
    """

    def __init__(self, scheme: str, **kwargs):
        no_layers = dict(deconv_out_channels=None, final_layer=None)
        super().__init__(len(get_scheme(scheme)), scheme, **no_layers, **kwargs)

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        train_cfg: dict | None = None,
    ) -> dict:
        """The cross-entropy of each stack."""
        return {
            f'loss_stack{number}': super(StackedPointHead, self).loss(
                (maps,), batch_data_samples
            )['loss_kpt']
            for number, maps in enumerate(feats, 1)
        }


@MODELS.register_module()
class HeatmapBCELoss(torch.nn.Module):
    """Binary cross-entropy of every heatmap pixel, of what a sigmoid is taken of.

    What FAN's authors say they trained with; their published code has a squared error.
    MMPose's ``BCELoss`` takes no weight a point.
    """

    def forward(self, output: Tensor, target: Tensor, target_weights: Tensor) -> Tensor:
        """Mean over the pixels of the points of nonzero weight.

        Args:
            output: ``(N, K, H, W)``.
            target: Likewise, 0 to 1.
            target_weights: ``(N, K)``, 0 for a missing point.
        """
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(
            output, target, reduction='none'
        )
        weighted = entropy.mean(dim=(2, 3)) * target_weights
        return weighted.sum() / target_weights.sum().clamp_min(1)
