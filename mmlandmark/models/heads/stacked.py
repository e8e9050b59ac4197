"""Heads of networks with intermediate heatmaps, such as FAN."""

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
    """Supervises the heatmaps of every stack and decodes those of the last one.

    Targets are Gaussians with peak 1, drawn on the network's device; the pipeline encodes
    with ``RegressionLabel``.

    Args:
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        subpixel: Whether targets are centred at the points or, as in FAN's published
            training, at the nearest heatmap pixel.
        distance_weight: Weight of a second loss: the mean distance, heatmap pixels,
            between the points and :func:`~.fan_heatmap.local_centroids`.
        sigmoid: Whether a sigmoid is applied to the heatmaps. Use it with
            ``HeatmapBCELoss``, which takes logits.
        **kwargs: ``loss`` and ``decoder``, see ``HeatmapHead``.
    """

    def __init__(
        self,
        scheme: str,
        subpixel: bool = True,
        distance_weight: float = 0.0,
        sigmoid: bool = False,
        **kwargs,
    ):
        # the backbone computes the heatmaps, this head has no weights
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
        """One heatmap loss per stack, and one distance loss if it has a weight."""
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
    """A :class:`PointHeatmapHead` for the heatmaps of every stack.

    Args:
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        **kwargs: See ``HeatmapHead``.
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
        """The cross-entropy loss of each stack."""
        return {
            f'loss_stack{number}': super(StackedPointHead, self).loss(
                (maps,), batch_data_samples
            )['loss_kpt']
            for number, maps in enumerate(feats, 1)
        }


@MODELS.register_module()
class HeatmapBCELoss(torch.nn.Module):
    """Binary cross-entropy of every heatmap pixel, from logits.

    This is the loss in the paper on FAN; its published code has a squared error. MMPose's
    ``BCELoss`` has no weight per point.
    """

    def forward(self, output: Tensor, target: Tensor, target_weights: Tensor) -> Tensor:
        """Mean over the pixels of the points with nonzero weight.

        Args:
            output: Logits ``(N, K, H, W)``.
            target: Heatmaps of the same shape, 0 to 1.
            target_weights: ``(N, K)``, 0 for a missing point.
        """
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(
            output, target, reduction='none'
        )
        weighted = entropy.mean(dim=(2, 3)) * target_weights
        return weighted.sum() / target_weights.sum().clamp_min(1)
