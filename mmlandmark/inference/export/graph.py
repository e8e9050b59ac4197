"""A whole model as one network that can be exported, from images to heatmaps.

Flip test-time augmentation (flip TTA) is part of the graph: :class:`FlipTTANetwork` does
what MMPose does for a model that torch runs (``TopdownPoseEstimator.predict`` flips the
images, ``HeatmapHead.predict`` the heatmaps). Both follow ``model.test_cfg`` of the config.
"""

from __future__ import annotations

from ...compat import activate as shims  # noqa: F401

# isort: split
from typing import Any

import cv2
import numpy as np
import torch
from mmpose.codecs import UDPHeatmap
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.models.utils.tta import flip_heatmaps
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...models.estimators.coarse_to_fine import CoarseToFineEstimator


class StageNetwork(nn.Module):
    """Backbone, neck and head of one stage.

    Normalised images ``(N, C, H, W)`` to what the head gives: heatmaps ``(N, K, H', W')``,
    coordinates ``(N, K, 2)``, with sigma ``(N, K, 4)``, or SimCC's two vectors, float32.
    """

    def __init__(self, stage: TopdownPoseEstimator):
        super().__init__()
        self.backbone = stage.backbone
        self.neck = stage.neck if stage.with_neck else nn.Identity()
        self.head = stage.head

    def forward(self, images: Tensor) -> Any:
        return self.head(self.neck(self.backbone(images)))


class FlipTTANetwork(nn.Module):
    """The mean of the heatmaps of an image and of its mirror image.

    Args:
        stage: A model of heatmaps.
        flip_indices: ``(K,)`` the point that each point becomes in the mirror image.
        shift: Whether the heatmaps of the mirror image are shifted one pixel to the right.
    """

    def __init__(
        self, stage: TopdownPoseEstimator, flip_indices: list[int], shift: bool
    ):
        super().__init__()
        self.network = StageNetwork(stage)
        self.flip_indices, self.shift = flip_indices, shift

    def forward(self, images: Tensor) -> Tensor:
        """``(N, C, H, W)`` to heatmaps ``(N, K, H', W')``."""
        flipped = flip_heatmaps(
            self.network(images.flip(3)), self.flip_indices, shift_heatmap=False
        )
        if self.shift:  # MMPose's assignment in place is slow as a graph
            flipped = torch.cat([flipped[..., :1], flipped[..., :-1]], dim=3)
        return (self.network(images) + flipped) * 0.5


class RegressionNetwork(nn.Module):
    """A network of coordinates, as ``RegressionHead`` and ``RLEHead`` have them.

    Args:
        stage: The model.
        flip_indices: As of :class:`FlipTTANetwork`; None without flip TTA.
        shift: How far the points of the mirror image are moved to the left, in widths of
            the input.
    """

    def __init__(
        self, stage: TopdownPoseEstimator, flip_indices: list[int] | None, shift: float
    ):
        super().__init__()
        self.network = StageNetwork(stage)
        self.flip_indices, self.shift = flip_indices, shift

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """``(N, C, H, W)`` to coordinates ``(N, K, 2)`` as fractions of the input.

        A network of RLE also gives scores ``(N, K)``: one minus the mean sigma.
        """
        found = self._read(self.network(images))
        if self.flip_indices is not None:
            other = self._read(self.network(images.flip(3)))[:, self.flip_indices]
            across = 1 - other[..., :1] - self.shift
            found = (found + torch.cat([across, other[..., 1:]], dim=2)) * 0.5
        if found.shape[2] == 2:
            return found
        return found[..., :2], (1 - found[..., 2:]).mean(dim=2)

    @staticmethod
    def _read(raw: Tensor) -> Tensor:
        if raw.shape[2] == 2:
            return raw
        return torch.cat([raw[..., :2], raw[..., 2:].sigmoid()], dim=2)


class SimCCNetwork(nn.Module):
    """A network of SimCC (Li et al., ECCV 2022), decoded as MMPose's ``SimCCLabel`` does.

    Args:
        stage: The model, with a ``SimCCHead`` or an ``RTMCCHead``.
        flip_indices: As of :class:`FlipTTANetwork`; None without flip TTA.
    """

    sides: Tensor

    def __init__(self, stage: TopdownPoseEstimator, flip_indices: list[int] | None):
        super().__init__()
        self.network, self.flip_indices = StageNetwork(stage), flip_indices
        codec = stage.head.decoder
        sides = torch.tensor([float(side) for side in codec.input_size])
        sides = sides * codec.simcc_split_ratio
        self.register_buffer('sides', sides, persistent=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, C, H, W)`` to coordinates ``(N, K, 2)``, fractions of the input, and
        scores ``(N, K)``.
        """
        across, down = self.network(images)
        if self.flip_indices is not None:
            x, y = self.network(images.flip(3))
            across = (across + x[:, self.flip_indices].flip(2)) * 0.5
            down = (down + y[:, self.flip_indices]) * 0.5
        places = torch.stack([across.argmax(dim=2), down.argmax(dim=2)], dim=2).float()
        scores = torch.minimum(across.amax(dim=2), down.amax(dim=2))
        places = torch.where(scores[..., None] > 0, places, -1.0)
        return places / self.sides, scores


class CoarseToFineNetwork(nn.Module):
    """Both stages of a :class:`CoarseToFineEstimator`, up to the heatmaps of the crops."""

    def __init__(self, model: CoarseToFineEstimator):
        super().__init__()
        self.coarse = StageNetwork(model.detector)
        self.fine = StageNetwork(model)
        self.decode = DarkDecoder(model.detector.head.decoder)
        self.coarse_size = tuple(map(int, model.detector.head.decoder.input_size))
        self.crop_size = model.crop_size

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Heatmaps ``(N, K, H', W')`` and the corners of their crops.

        Args:
            images: ``(N, C, H, W)``, a whole multiple of the first stage's input size.

        Returns:
            Heatmaps, and ``(N, K, 2)`` x, y of each crop's first pixel, pixels of the
            input, 0-based.
        """
        factor = images.shape[3] // self.coarse_size[0]
        small = F.avg_pool2d(images, factor) if factor > 1 else images
        points = (self.decode(self.coarse(small)) + 0.5) * factor - 0.5
        corners = (points - (self.crop_size - 1) / 2).round()
        return self.fine(self._crops(images, corners)), corners

    def _crops(self, images: Tensor, corners: Tensor) -> Tensor:
        """Crops of whole pixels ``(N * K, C, S, S)``; the image's border is repeated.

        The same as ``cut_crops`` of crops that are not rotated, without interpolation.
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


class DarkDecoder(nn.Module):
    """DARK decoding (Zhang et al., CVPR 2020) in the graph; MMPose's codecs do it in numpy.

    Args:
        codec: ``MSRAHeatmap`` (unbiased) or ``UDPHeatmap``.
    """

    across: Tensor
    down: Tensor
    scale: Tensor

    def __init__(self, codec):
        super().__init__()
        self.udp = isinstance(codec, UDPHeatmap)
        width, height = codec.heatmap_size
        kernel = cv2.getGaussianKernel(codec.blur_kernel_size, 0).ravel()
        # a convolution of one channel takes eight times as long as these products
        across, down = _blur_matrix(kernel, width), _blur_matrix(kernel, height)
        self.register_buffer('across', across, persistent=False)
        self.register_buffer('down', down, persistent=False)
        # pixels of the input, the first at 0 and the last at its side less one: see
        # detector_points, which converts UDP's points to these
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
        smooth = self.down @ heatmaps @ self.across
        smooth = smooth * (heatmaps.amax((2, 3), True) / smooth.amax((2, 3), True))
        low, high = (1e-3, 50.0) if self.udp else (1e-10, 1e10)
        return smooth.clamp(low, high).log()


def _blur_matrix(kernel: np.ndarray, side: int) -> Tensor:
    """``(side, side)``: a convolution with zeros around as a product; symmetric."""
    blurred = cv2.sepFilter2D(
        np.eye(side), -1, kernel, np.ones(1), borderType=cv2.BORDER_CONSTANT
    )
    return torch.from_numpy(blurred).float()


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
    """One Newton step to the parabola's maximum; 0 where the Hessian is singular."""
    determinant = xx * yy - xy * xy
    flat = determinant == 0
    safe = torch.where(flat, torch.ones_like(determinant), determinant)
    x = (yy * slope[..., 0] - xy * slope[..., 1]) / safe
    y = (xx * slope[..., 1] - xy * slope[..., 0]) / safe
    step = -torch.stack([x, y], dim=-1)
    return torch.where(flat[..., None], torch.zeros_like(step), step)
