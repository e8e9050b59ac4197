"""FAN: stacked hourglasses of hierarchical, parallel, multi-scale blocks.

Bulat and Tzimiropoulos, "How far are we from solving the 2D & 3D face alignment problem?",
ICCV 2017. The block is from their "Binarized convolutional landmark localizers", ICCV 2017,
the hourglass from Newell et al., ECCV 2016.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InputError
from ...schemes import get_scheme

DEPTH = 4  # levels of an hourglass


@MODELS.register_module()
class FAN(BaseModule):
    """A stem with stride 4 and stacked hourglasses, each with its own heatmaps.

    The heatmaps of every hourglass but the last are added to the features of the next one,
    so the backbone computes them. :class:`~mmlandmark.models.StackedHeatmapHead` supervises
    all of them.

    Args:
        scheme: Scheme of the K points.
        num_stacks: Number of hourglasses; 1 to 4 have 6.2, 12.1, 18.0 and 23.8 million
            weights.
        width: Number of channels, a multiple of 4, at least 64; one hourglass of width 192
            or 128 has 3.6 or 1.7 million weights.
        block: ``'hierarchical'``, or ``'bottleneck'`` with the same number of weights.
        pool: ``'max'`` as in the paper's training code, or ``'avg'`` for the published
            PyTorch weights.
        in_channels: Channels of the input; 3 + K with the heatmaps of K points.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        InputError: Unknown block or pool, or an invalid width.
    """

    def __init__(
        self,
        scheme: str | dict,
        num_stacks: int = 4,
        width: int = 256,
        block: str = 'hierarchical',
        pool: str = 'max',
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if block not in BLOCKS or pool not in POOLS:
            raise InputError(
                f'the block of a FAN is {" or ".join(BLOCKS)} and its pool '
                f'{" or ".join(POOLS)}, not {block!r} and {pool!r}'
            )
        if width < 64 or width % 4:  # 16 channels: see ResidualUNet
            raise InputError(
                f'the width of a FAN is a multiple of 4 from 64, not {width}'
            )
        new, points = BLOCKS[block], len(get_scheme(scheme))
        # the stem always has hierarchical blocks, as no bottleneck matches its widths
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, 64, 7, 2, 3),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            HierarchicalBlock(64, 128),
            POOLS[pool](2),
            HierarchicalBlock(128, 128),
            HierarchicalBlock(128, width),
        )
        stacks = range(num_stacks)
        self.hourglasses = nn.ModuleList(
            Hourglass(DEPTH, width, new, POOLS[pool]) for _ in stacks
        )
        self.features = nn.ModuleList(_features(width, new) for _ in stacks)
        self.heatmaps = nn.ModuleList(nn.Conv2d(width, points, 1) for _ in stacks)
        again = stacks[:-1]
        self.from_features = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in again)
        self.from_heatmaps = nn.ModuleList(nn.Conv2d(points, width, 1) for _ in again)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Heatmaps ``(N, K, H / 4, W / 4)`` of every hourglass, in their order.

        Args:
            images: ``(N, C, H, W)``; H and W are multiples of 64.
        """
        x = self.stem(images)
        heatmaps = []
        for i, hourglass in enumerate(self.hourglasses):
            features = self.features[i](hourglass(x))
            heatmaps.append(self.heatmaps[i](features))
            if i < len(self.from_features):
                x = x + self.from_features[i](features)
                x = x + self.from_heatmaps[i](heatmaps[-1])
        return tuple(heatmaps)


class Hourglass(nn.Module):
    """One level of an hourglass, which contains the next level at half the resolution.

    Args:
        depth: Number of levels.
        width: Number of channels.
        block: Constructor of a block, called with its input and output channels.
        pool: Constructor of a pooling layer, called with its kernel size.
    """

    def __init__(self, depth: int, width: int, block: Callable, pool: Callable):
        super().__init__()
        self.skip = block(width, width)
        self.pool = pool(2)
        self.before = block(width, width)
        self.inner = (
            Hourglass(depth - 1, width, block, pool)
            if depth > 1
            else block(width, width)
        )
        self.after = block(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, width, H, W)`` to the same shape."""
        low = self.after(self.inner(self.before(self.pool(x))))
        return self.skip(x) + F.interpolate(low, scale_factor=2, mode='nearest')


class HierarchicalBlock(nn.Module):
    """Three successive 3x3 convolutions, concatenated, with a shortcut.

    Half of the channels have a receptive field of 3x3, a quarter 5x5, a quarter 7x7.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.wide = _convolution(inputs, half, 3)
        self.wider = _convolution(half, quarter, 3)
        self.widest = _convolution(quarter, quarter, 3)
        self.skip = _shortcut(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``."""
        wide = self.wide(x)
        wider = self.wider(wide)
        together = torch.cat([wide, wider, self.widest(wider)], dim=1)
        return together + self.skip(x)


class BottleneckBlock(nn.Module):
    """The residual block of Newell's hourglass with the weights of a hierarchical block.

    For ``n`` channels the hierarchical block has ``9 (1/2 + 1/8 + 1/16) n^2`` weights. This
    block with ``r n`` channels in the middle has ``(2 r + 9 r^2) n^2``, so r = 0.7255.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        middle = round(0.7255 * outputs)
        self.path = nn.Sequential(
            _convolution(inputs, middle, 1),
            _convolution(middle, middle, 3),
            _convolution(middle, outputs, 1),
        )
        self.skip = _shortcut(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``."""
        return self.path(x) + self.skip(x)


BLOCKS = {'hierarchical': HierarchicalBlock, 'bottleneck': BottleneckBlock}
POOLS = {'max': nn.MaxPool2d, 'avg': nn.AvgPool2d}


def _convolution(inputs: int, outputs: int, size: int) -> nn.Sequential:
    """BatchNorm, ReLU and convolution, as in pre-activation residual networks."""
    return nn.Sequential(
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
    )


def _shortcut(inputs: int, outputs: int) -> nn.Module:
    return nn.Identity() if inputs == outputs else _convolution(inputs, outputs, 1)


def _features(width: int, block: Callable) -> nn.Sequential:
    return nn.Sequential(
        block(width, width),
        nn.Conv2d(width, width, 1),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )
