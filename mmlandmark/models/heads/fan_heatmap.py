"""Decoding of FAN's heatmaps, as in the package face-alignment.

:mod:`mmlandmark.models.checkpoints.fan` converts the weights of that package.
"""

from __future__ import annotations

import numpy as np
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from ...errors import InputError

#: Half width of the window of a centroid, relative to the side of the heatmap.
RADIUS = 0.1


def read_heatmaps(
    heatmaps: np.ndarray, centre: np.ndarray, side: float, legacy_int: bool = False
) -> np.ndarray:
    """Decode heatmaps as face-alignment does: the peak, shifted by a quarter pixel.

    Args:
        heatmaps: ``(K, S, S)`` heatmaps of a square crop.
        centre: ``(2,)`` centre of the crop, pixels of the image, from
            :func:`mmlandmark.face.detection.reference_crop`.
        side: Side of the crop, pixels of the image.
        legacy_int: Whether to truncate the coordinates to integers, as face-alignment does.

    Returns:
        ``(K, 2)`` x, y in pixels of the image.
    """
    size = heatmaps.shape[-1]
    codec = FANHeatmap((size, size), (size, size), decoding='quarter', shift=0.5)
    places = codec.decode(np.asarray(heatmaps, np.float32))[0][0]
    points = np.asarray(centre) + (places - size / 2) * side / size
    return np.trunc(points) if legacy_int else points


@KEYPOINT_CODECS.register_module()
class FANHeatmap(MSRAHeatmap):
    """``MSRAHeatmap`` with FAN's decoding.

    Args:
        input_size: Width and height of the network's input, pixels.
        heatmap_size: Width and height of the heatmaps, pixels.
        sigma: Standard deviation of the targets, heatmap pixels.
        decoding: ``'centroid'`` around the peak, as in hhj1897/face_alignment, or
            ``'quarter'``, a shift by a quarter pixel towards the larger neighbour.
        shift: Offset added to the points, heatmap pixels; 0.5 for the weights of
            face-alignment.

    Raises:
        InputError: Unknown decoding.
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
        """Points ``(1, K, 2)``, pixels of the input, and peak values ``(1, K)``.

        Args:
            encoded: Heatmaps ``(K, H, W)``.
        """
        points, scores = super().decode(encoded)
        if self.decoding == 'centroid':
            places = local_centroids(torch.as_tensor(encoded)[None])
            points = places.numpy() * self.scale_factor
        return points + self.shift * self.scale_factor, scores


def local_centroids(heatmaps: Tensor) -> Tensor:
    """Centroid of the positive values around each heatmap's peak; differentiable.

    Args:
        heatmaps: ``(N, K, H, W)``.

    Returns:
        ``(N, K, 2)`` x, y in heatmap pixels; the peak itself if no value is positive.
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
    """Window ``(N, K, length)``: 1 within RADIUS of the centres ``(N, K)``, else 0."""
    steps = torch.arange(length, device=centres.device)
    return ((steps - centres[..., None]).abs() <= max(1, RADIUS * length)).float()
