"""A whole model as one network: images to heatmaps, the crops of two stages included."""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
import cv2
import torch
from mmpose.codecs import UDPHeatmap
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...models.estimators.coarse_to_fine import CoarseToFineEstimator
from ..backends.stage_network import StageNetwork


class FlippedNetwork(nn.Module):
    """The mean of what a stage sees in an image and in its mirror image.

    Args:
        stage: Whose ``test_cfg`` asks for it, for heatmaps.
        flip_pairs: ``(K,)`` where each point stands in a mirrored image.
        shift: Whether the mirrored heatmaps move a pixel to the right.
    """

    def __init__(self, stage: TopdownPoseEstimator, flip_pairs: list[int], shift: bool):
        super().__init__()
        self.network = StageNetwork(stage)
        self.flip_pairs, self.shift = flip_pairs, shift

    def forward(self, images: Tensor) -> Tensor:
        """``(N, C, H, W)`` to heatmaps ``(N, K, H', W')``."""
        mirrored = self.network(images.flip(3))[:, self.flip_pairs].flip(3)
        if self.shift:
            mirrored = torch.cat([mirrored[..., :1], mirrored[..., :-1]], dim=3)
        return (self.network(images) + mirrored) * 0.5


class CoarseToFineNetwork(nn.Module):
    """What :class:`CoarseToFineEstimator` predicts, up to the heatmaps of its crops."""

    def __init__(self, model: CoarseToFineEstimator):
        super().__init__()
        self.coarse = StageNetwork(model.detector)
        self.fine = StageNetwork(model)
        self.read = PeakReader(model.detector.head.decoder)
        self.coarse_size = tuple(map(int, model.detector.head.decoder.input_size))
        self.crop_size = model.crop_size

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Heatmaps ``(N, K, H', W')`` and corners of their crops ``(N, K, 2)``.

        Args:
            images: ``(N, C, H, W)``, a whole number of times the first stage's input.
        """
        factor = images.shape[3] // self.coarse_size[0]
        small = F.avg_pool2d(images, factor) if factor > 1 else images
        points = (self.read(self.coarse(small)) + 0.5) * factor - 0.5
        corners = (points - (self.crop_size - 1) / 2).round()
        return self.fine(self._crops(images, corners)), corners

    def _crops(self, images: Tensor, corners: Tensor) -> Tensor:
        """Crops of whole pixels ``(N * K, C, S, S)``; beyond the image its border goes on.

        The same as ``cut_crops`` of unturned crops, without its interpolation.
        """
        channels, height, width = images.shape[1:]
        points, size = corners.shape[1], self.crop_size
        steps = torch.arange(size)
        columns = (corners[..., :1].long() + steps).clamp(0, width - 1)
        rows = (corners[..., 1:].long() + steps).clamp(0, height - 1)
        places = rows[..., :, None] * width + columns[..., None, :]
        places = places.reshape(-1, 1, points * size * size)
        cut = images.flatten(2).gather(2, places.expand(-1, channels, -1))
        cut = cut.reshape(-1, channels, points, size, size).transpose(1, 2)
        return cut.reshape(-1, channels, size, size)


class PeakReader(nn.Module):
    """DARK's points of heatmaps, as MMPose's codecs read them one by one in numpy.

    Args:
        codec: ``MSRAHeatmap`` (unbiased) or ``UDPHeatmap``.
    """

    across: Tensor
    down: Tensor
    scale: Tensor

    def __init__(self, codec):
        super().__init__()
        self.radius = codec.blur_kernel_size // 2
        self.udp = isinstance(codec, UDPHeatmap)
        kernel = torch.from_numpy(cv2.getGaussianKernel(codec.blur_kernel_size, 0))
        kernel = kernel.float().flatten()
        self.register_buffer('across', kernel[None, None, None, :], persistent=False)
        self.register_buffer('down', kernel[None, None, :, None], persistent=False)
        width, height = codec.heatmap_size
        # in pixels of the input whose first pixel is at 0 and whose last one at its side
        # less one, as detector_points makes them of UDP's too
        sides = torch.tensor([float(v) for v in codec.input_size])
        grid = torch.tensor([float(width), float(height)])
        scale = (sides - 1) / (grid - 1) if self.udp else sides / grid
        self.register_buffer('scale', scale, persistent=False)

    def forward(self, heatmaps: Tensor) -> Tensor:
        """``(N, K, H, W)`` to ``(N, K, 2)`` x, y in pixels of the input."""
        height, width = heatmaps.shape[2:]
        best = heatmaps.flatten(2).argmax(dim=2)
        x, y = best % width, best // width
        logs = self._smoothed(heatmaps).flatten(2)

        def at(right: int, below: int) -> Tensor:
            column = (x + right).clamp(0, width - 1)
            row = (y + below).clamp(0, height - 1)
            return logs.gather(2, (row * width + column)[..., None])[..., 0]

        step = _udp_step(at) if self.udp else _dark_step(at)
        if not self.udp:  # no step near the border
            inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
            step = step * inside[..., None]
        return (torch.stack([x, y], dim=-1) + step) * self.scale

    def _smoothed(self, heatmaps: Tensor) -> Tensor:
        single = heatmaps.reshape(-1, 1, *heatmaps.shape[2:])
        smooth = F.conv2d(single, self.across, padding=(0, self.radius))
        smooth = F.conv2d(smooth, self.down, padding=(self.radius, 0))
        smooth = smooth * (single.amax((2, 3), True) / smooth.amax((2, 3), True))
        low, high = (1e-3, 50.0) if self.udp else (1e-10, 1e10)
        return smooth.clamp(low, high).log().view_as(heatmaps)


def _dark_step(at) -> Tensor:
    slope = 0.5 * torch.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], dim=-1)
    xx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    yy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    xy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    return _newton(slope, xx, xy, yy)


def _udp_step(at) -> Tensor:
    here = at(0, 0)
    slope = 0.5 * torch.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], dim=-1)
    xx = at(1, 0) - 2 * here + at(-1, 0)
    yy = at(0, 1) - 2 * here + at(0, -1)
    xy = 0.5 * (
        at(1, 1) - at(1, 0) - at(0, 1) + 2 * here - at(-1, 0) - at(0, -1) + at(-1, -1)
    )
    tiny = torch.finfo(torch.float32).eps
    return _newton(slope, xx + tiny, xy, yy + tiny)


def _newton(slope: Tensor, xx: Tensor, xy: Tensor, yy: Tensor) -> Tensor:
    """Where the parabola of this slope and curvature is flat; 0 where it has no place."""
    determinant = xx * yy - xy * xy
    flat = determinant == 0
    safe = torch.where(flat, torch.ones_like(determinant), determinant)
    x = (yy * slope[..., 0] - xy * slope[..., 1]) / safe
    y = (xx * slope[..., 1] - xy * slope[..., 0]) / safe
    step = -torch.stack([x, y], dim=-1)
    return torch.where(flat[..., None], torch.zeros_like(step), step)
