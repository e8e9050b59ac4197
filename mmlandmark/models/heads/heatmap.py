"""Heatmap heads for the landmarks of a scheme."""

from __future__ import annotations

import math

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.codecs import UDPHeatmap
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor

from ...errors import InputError
from ...schemes import get_scheme


@MODELS.register_module()
class SchemeHeatmapHead(HeatmapHead):
    """A ``HeatmapHead`` with one channel per point of the scheme.

    Args:
        in_channels: See ``HeatmapHead``.
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        **kwargs: See ``HeatmapHead``.

    Raises:
        InputError: Unknown scheme, or a sigma for which MMPose's UDP targets are shifted.
    """

    def __init__(self, in_channels: int, scheme: str, **kwargs):
        names = get_scheme(scheme).points
        super().__init__(in_channels, out_channels=len(names), **kwargs)
        self.names = names
        sigma = getattr(self.decoder, 'sigma', 1)
        if isinstance(self.decoder, UDPHeatmap) and 3 * sigma % 1:
            # it truncates the Gaussian at 3 sigma and computes the centre from that
            raise InputError(
                f'sigma {sigma}: MMPose shifts a UDP target unless 3 sigma is a whole '
                'number (2/3, 1, 4/3, 2, ...)'
            )

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Heatmaps ``(N, K, H, W)``, float32 also under bf16 autocast.

        MMPose converts them to NumPy, which has no bfloat16, to compute the accuracy.
        """
        return super().forward(feats).float()


@MODELS.register_module()
class SoftmaxHeatmapHead(SchemeHeatmapHead):
    """Heatmaps normalised to a probability distribution over the image by a softmax.

    The softmax is scaled by the volume of the codec's Gaussian, ``2 pi sigma^2``, so a
    perfect prediction equals the target and every decoder can be used. The loss is
    :class:`~mmlandmark.models.losses.keypoints.HeatmapCrossEntropyLoss`.
    """

    def logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Logits of the softmax ``(N, K, H, W)``, float32."""
        return super().forward(feats)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Heatmaps ``(N, K, H, W)``, float32, scaled like the targets."""
        logits = self.logits(feats)
        volume = 2 * math.pi * self.decoder.sigma**2
        return logits.flatten(2).softmax(dim=2).view_as(logits) * volume

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Decode the points, and compute their expected radial errors.

        Args:
            batch_outputs: Heatmaps ``(N, K, H, W)``.

        Returns:
            N instances with the codec's ``keypoints`` ``(1, K, 2)`` and with
            ``keypoint_heatmap_errors`` ``(1, K)``, float32, from
            :func:`expected_radial_errors`; both in pixels of the network's input.
        """
        found = super().decode(batch_outputs)
        points = batch_outputs.new_tensor(np.concatenate([f.keypoints for f in found]))
        heatmap_errors = expected_radial_errors(
            batch_outputs.detach(), points, self._pixel()
        )
        for instances, row in zip(found, heatmap_errors.cpu().numpy(), strict=True):
            instances.keypoint_heatmap_errors = row[None]
        return found

    def _pixel(self) -> np.ndarray:
        """Width and height of a heatmap pixel, in pixels of the network's input."""
        codec = self.decoder
        width, height = codec.heatmap_size
        if isinstance(codec, UDPHeatmap):  # its last pixel lies at input_size
            return codec.input_size / np.array([width - 1, height - 1])
        return codec.input_size / np.array([width, height])


@MODELS.register_module()
class PointHeatmapHead(SoftmaxHeatmapHead):
    """A :class:`SoftmaxHeatmapHead` trained on points, without target heatmaps.

    A Gaussian is separable in x and y, so the cross-entropy with it takes two small
    products per point. Drawing 68 targets per image and copying them to the device takes
    several times as long as training a light network. The pipeline encodes with
    ``RegressionLabel``; the argument ``loss`` is not used.

    Raises:
        InputError: The decoder has another geometry than ``MSRAHeatmap``.
    """

    def __init__(self, in_channels: int, scheme: str, **kwargs):
        super().__init__(in_channels, scheme, **kwargs)
        if isinstance(self.decoder, UDPHeatmap):
            raise InputError('PointHeatmapHead goes with MSRAHeatmap, not UDPHeatmap')

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: list,
        train_cfg: dict | None = None,
    ) -> dict:
        """Mean cross-entropy over the points with nonzero weight."""
        logs = self.logits(feats)
        logs = logs.flatten(2).log_softmax(dim=2).view_as(logs)
        points, weights = true_points(logs, batch_data_samples)
        columns = _gaussians(points[..., 0], logs.shape[3], self.decoder.sigma)
        rows = _gaussians(points[..., 1], logs.shape[2], self.decoder.sigma)
        # no matmul, which autocast would round to bfloat16
        along = (logs * columns[:, :, None]).sum(dim=3)
        entropy = -(along * rows).sum(dim=2)
        return dict(loss_kpt=(entropy * weights).sum() / weights.sum().clamp_min(1))


def _gaussians(centres: Tensor, length: int, sigma: float) -> Tensor:
    """Gaussians ``(N, K, length)`` around centres ``(N, K)``, each with sum 1."""
    places = torch.arange(length, device=centres.device)
    return (-((places - centres[..., None]) ** 2) / (2 * sigma**2)).softmax(dim=2)


def true_points(maps: Tensor, data_samples: list) -> tuple[Tensor, Tensor]:
    """The points encoded by ``RegressionLabel``, in pixels of ``maps``.

    Args:
        maps: ``(N, C, H, W)`` images or heatmaps that cover the crop.
        data_samples: With ``keypoint_labels`` and ``keypoint_weights``.

    Returns:
        Points ``(N, K, 2)`` x, y, 0-based, and their weights ``(N, K)``.
    """
    labels = [sample.gt_instance_labels for sample in data_samples]
    points = torch.cat([label.keypoint_labels for label in labels]).to(maps)
    weights = torch.cat([label.keypoint_weights for label in labels]).to(maps)
    return points * maps.new_tensor([maps.shape[-1], maps.shape[-2]]), weights


def expected_radial_errors(
    heatmaps: Tensor, points: Tensor, pixel: np.ndarray
) -> Tensor:
    """Expected radial error (ERE) of each point under its heatmap.

    After McCouat & Voiculescu (CVPR 2022), over the whole heatmap:
    ``sum(p * |position - point|)``, where ``p`` is the heatmap divided by its sum.

    Args:
        heatmaps: ``(N, K, H, W)``, not negative, of any scale.
        points: ``(N, K, 2)`` x, y.
        pixel: Width and height of a heatmap pixel in the unit of the points; the first
            pixel lies at 0.

    Returns:
        ``(N, K)`` in the unit of the points.
    """
    height, width = heatmaps.shape[-2:]
    x = torch.arange(width, device=heatmaps.device) * float(pixel[0])
    y = torch.arange(height, device=heatmaps.device) * float(pixel[1])
    across, down = (x - points[..., :1]) ** 2, (y - points[..., 1:]) ** 2
    distance = (down[..., :, None] + across[..., None, :]).sqrt()
    return (heatmaps * distance).sum((2, 3)) / heatmaps.sum((2, 3))
