"""How FAN cuts a face out and reads its heatmaps, with and without its rounding.

As in the package face-alignment; :mod:`mmlandmark.models.checkpoints.fan` converts its
weights.
"""

from __future__ import annotations

import numpy as np
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from ...errors import InputError

#: The share of the heatmap's side, either way of the peak, that a centroid is taken over.
RADIUS = 0.1


def read_heatmaps(
    heatmaps: np.ndarray, centre: np.ndarray, side: float, legacy_int: bool = False
) -> np.ndarray:
    """Points as face-alignment reads them: the peak and a quarter pixel towards the larger
    neighbour.

    Args:
        heatmaps: ``(K, S, S)`` of the square.
        centre: ``(2,)`` of the square, as :func:`~..face_boxes.reference_crop` gives it.
        side: Of the square, pixels.
        legacy_int: Whether to cut off what is behind the point, as that package does.

    Returns:
        ``(K, 2)`` x, y in the pixels of ``centre``.
    """
    size = heatmaps.shape[-1]
    codec = FANHeatmap((size, size), (size, size), decoding='quarter', shift=0.5)
    places = codec.decode(np.asarray(heatmaps, np.float32))[0][0]
    points = np.asarray(centre) + (places - size / 2) * side / size
    return np.trunc(points) if legacy_int else points


@KEYPOINT_CODECS.register_module()
class FANHeatmap(MSRAHeatmap):
    """MMPose's heatmaps, read by the centroid about the peak.

    Args:
        input_size: Of the network, pixels.
        heatmap_size: Pixels.
        sigma: Of the targets, heatmap pixels.
        decoding: ``'centroid'``, as in hhj1897/face_alignment, or ``'quarter'``: a quarter
            pixel towards the larger neighbour.
        shift: What is added, heatmap pixels: 0.5 for the weights of face-alignment.

    Raises:
        InputError: There is no such decoding.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        heatmap_size: tuple[int, int],
        sigma: float = 1.0,
        decoding: str = 'centroid',
        shift: float = 0.0,
    ):
        super().__init__(input_size, heatmap_size, sigma)
        if decoding not in ('centroid', 'quarter'):
            raise InputError(
                f"decoding must be 'centroid' or 'quarter', not {decoding!r}"
            )
        self.decoding = decoding
        self.shift = shift

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points ``(1, K, 2)`` in pixels of the input and peaks ``(1, K)``.

        Args:
            encoded: Heatmaps ``(K, H, W)``.
        """
        points, scores = super().decode(encoded)
        if self.decoding == 'centroid':
            places = local_centroids(torch.as_tensor(encoded)[None])
            points = places.numpy() * self.scale_factor
        return points + self.shift * self.scale_factor, scores


def local_centroids(heatmaps: Tensor) -> Tensor:
    """The mean place of what is positive near each heatmap's peak.

    Args:
        heatmaps: ``(N, K, H, W)``.

    Returns:
        ``(N, K, 2)`` x, y in heatmap pixels, which learn where the heatmaps do; the peak
        itself where nothing is positive.
    """
    height, width = heatmaps.shape[-2:]
    peaks = heatmaps.detach().flatten(2).argmax(dim=2)
    rows = _window(peaks // width, height)
    columns = _window(peaks % width, width)
    near = heatmaps.clamp_min(0) * rows[..., :, None] * columns[..., None, :]
    mass = near.sum(dim=(2, 3))
    y = (near.sum(dim=3) * torch.arange(height, device=near.device)).sum(dim=2)
    x = (near.sum(dim=2) * torch.arange(width, device=near.device)).sum(dim=2)
    places = torch.stack([x, y], dim=-1) / mass.clamp_min(1e-6)[..., None]
    peak = torch.stack([peaks % width, peaks // width], dim=-1).to(places)
    return torch.where(mass[..., None] > 1e-6, places, peak)


def _window(centres: Tensor, length: int) -> Tensor:
    """``(N, K, length)``, 1 within RADIUS of the centres ``(N, K)``."""
    steps = torch.arange(length, device=centres.device)
    return ((steps - centres[..., None]).abs() <= max(1, RADIUS * length)).float()
