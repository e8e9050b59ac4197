"""Square crops around points, sampled from a batch of images on its device.

A crop is ``size`` pixels wide. Its pixel ``p`` is sampled from the image at
``centre + matrix @ (p - middle)``, where ``middle`` is ``(size - 1) / 2`` on both axes. The
matrix rotates and scales; the identity copies pixels. All coordinates are x, y, with
0-based pixel centres. Shapes: N images, K points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def cut_crops(images: Tensor, centres: Tensor, matrices: Tensor, size: int) -> Tensor:
    """Sample the crops; border pixels are repeated outside the image.

    Args:
        images: ``(N, C, H, W)``.
        centres: ``(N, K, 2)`` x, y, pixels of the image.
        matrices: ``(N, K, 2, 2)``.
        size: Side of the crops, pixels.

    Returns:
        ``(N * K, C, size, size)``, the crops of the first image first.
    """
    count, points = centres.shape[:2]
    channels, height, width = images.shape[1:]
    steps = torch.arange(size, device=images.device) - (size - 1) / 2
    y, x = torch.meshgrid(steps, steps, indexing='ij')
    offsets = torch.stack([x, y], dim=-1).view(-1, 2)
    places = centres[:, :, None] + transform(offsets, matrices[:, :, None])
    # grid_sample expects -1 and 1 at the outer edges of the outer pixels
    sides = torch.tensor([width, height], device=images.device)
    grid = ((places + 0.5) * 2 / sides - 1).view(count, points * size, size, 2)
    cut = F.grid_sample(
        images, grid.to(images.dtype), padding_mode='border', align_corners=False
    )
    cut = cut.view(count, channels, points, size, size).transpose(1, 2)
    return cut.reshape(count * points, channels, size, size)


def to_image(points: Tensor, centres: Tensor, matrices: Tensor, size: int) -> Tensor:
    """Convert points ``(N, K, 2)`` from pixels of the crops to pixels of the image."""
    offsets = points - (size - 1) / 2
    return centres + transform(offsets, matrices)


def to_crop(points: Tensor, centres: Tensor, matrices: Tensor, size: int) -> Tensor:
    """Convert points ``(N, K, 2)`` from pixels of the image to pixels of the crops."""
    offsets = torch.linalg.solve(matrices, (points - centres)[..., None])[..., 0]
    return offsets + (size - 1) / 2


def random_matrices(
    shape: Sequence[int], degrees: float, factor: float, device: torch.device
) -> Tensor:
    """Random rotations and scalings ``(N, K, 2, 2)``, independent for every crop.

    Args:
        shape: N and K.
        degrees: Largest angle in either direction.
        factor: The scale is log-uniform from 1 / factor to factor. The aspect ratio varies
            by up to a third of that, as heads differ in their proportions.
        device: Device of the result.
    """
    angle = _uniform(shape, device) * math.radians(degrees)
    limit = math.log(factor)
    scale = _uniform(shape, device) * limit
    aspect = _uniform(shape, device) * limit / 6
    cos, sin = angle.cos(), angle.sin()
    across, along = (scale + aspect).exp(), (scale - aspect).exp()
    return torch.stack(
        [cos * across, -sin * along, sin * across, cos * along], dim=-1
    ).view(*shape, 2, 2)


def gaussian_maps(points: Tensor, size: int, sigma: float) -> Tensor:
    """Heatmaps ``(N, K, size, size)`` with a Gaussian of peak 1 at each point.

    MMPose's codecs draw one point at a time in Python, which would take longer than the
    network. The map of a point more than three sigma outside is zero.

    Args:
        points: ``(N, K, 2)`` x, y, heatmap pixels.
        size: Side of the heatmaps, pixels.
        sigma: Standard deviation, heatmap pixels.
    """
    steps = torch.arange(size, device=points.device)
    distance = (steps - points[..., None]) ** 2
    x, y = (-distance / (2 * sigma**2)).exp().unbind(dim=-2)
    near = ((points > -3 * sigma) & (points < size - 1 + 3 * sigma)).all(dim=-1)
    return y[..., :, None] * x[..., None, :] * near[..., None, None]


def transform(offsets: Tensor, matrices: Tensor) -> Tensor:
    """``matrix @ offset``, without the rounding of a matmul under autocast.

    Args:
        offsets: ``(..., 2)``.
        matrices: ``(..., 2, 2)``; the two broadcast.
    """
    return (matrices * offsets[..., None, :]).sum(dim=-1)


def _uniform(shape: Sequence[int], device: torch.device) -> Tensor:
    return 2 * torch.rand(shape, device=device) - 1
