"""A small U-Net of residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmengine.model import BaseModule
from mmpose.models.backbones.resnet import BasicBlock
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InputError


@MODELS.register_module()
class ResidualUNet(BaseModule):
    """An encoder and a decoder with one residual block per level, joined by sums.

    U-Net (Ronneberger et al., arXiv 1505.04597) with the blocks of ResNet. The finest level
    has half the resolution of the input, at which a U-Net spends most of its time.

    Args:
        in_channels: Channels of the input.
        channels: Channels of each level from the finest to the coarsest; at least 16.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        InputError: A level has fewer than 16 channels.
    """

    def __init__(
        self,
        in_channels: int = 3,
        channels: Sequence[int] = (32, 64, 96, 128),
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if min(channels) < 16:
            # with fewer, channels-last training on CPUs crashes in PyTorch 2.13 (oneDNN)
            raise InputError(f'a U-Net needs 16 channels or more, not {min(channels)}')
        finest, *_ = channels
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, finest, 5, 2, 2, bias=False),
            nn.BatchNorm2d(finest),
            nn.ReLU(inplace=True),
        )
        steps = list(pairwise(channels))
        self.encoder = nn.ModuleList(
            [_block(finest, finest), *(_block(a, b, 2) for a, b in steps)]
        )
        self.middle = _block(channels[-1], channels[-1])
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.decoder = nn.ModuleList(_block(a, a) for a, _ in steps)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features ``(N, channels[0], H / 2, W / 2)`` of images ``(N, C, H, W)``.

        H and W must be multiples of 2 to the power of the number of levels.
        """
        x = self.stem(images)
        levels = []
        for block in self.encoder:
            x = block(x)
            levels.append(x)
        x = self.middle(levels.pop())
        for narrow, block in zip(
            reversed(self.narrow), reversed(self.decoder), strict=True
        ):
            wide = F.interpolate(
                narrow(x), scale_factor=2, mode='bilinear', align_corners=False
            )
            x = block(levels.pop() + wide)
        return (x,)


def _block(inputs: int, outputs: int, stride: int = 1) -> BasicBlock:
    shortcut = None
    if inputs != outputs or stride != 1:
        shortcut = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )
    return BasicBlock(inputs, outputs, stride=stride, downsample=shortcut)
