"""A top-down path from coarse to fine features, as in a U-Net."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...schemes import get_scheme


@MODELS.register_module()
class TopDownNeck(BaseModule):
    """Upsample coarse features and add the finer ones, with one 3x3 convolution per level.

    Args:
        in_channels: Channels of the features of the backbone, finest first.
        channels: Channels of each level of the neck, finest first.
        scheme: Name of a known scheme, or the path of a ``scheme.json``: the input is one
            crop per point, and a learned vector per point is added at the coarsest level,
            so that one network knows which point it is to find. Without it, whole images.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: Sequence[int],
        scheme: str | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.lateral = nn.ModuleList(
            nn.Conv2d(a, b, 1) for a, b in zip(in_channels, channels, strict=True)
        )
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(channels))
        self.smooth = nn.ModuleList(
            ConvModule(c, c, 3, padding=1, norm_cfg=dict(type='BN')) for c in channels
        )
        self.points = None
        if scheme is not None:
            shape = len(get_scheme(scheme)), channels[-1]
            self.points = nn.Parameter(torch.randn(shape))

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Features ``(N, channels[0], H, W)`` of the size of the finest input."""
        levels = [layer(x) for layer, x in zip(self.lateral, feats, strict=True)]
        x = levels.pop()
        if self.points is not None:
            count, size = self.points.shape
            # the crops of the points of one image follow each other
            x = x.view(-1, count, *x.shape[1:]) + self.points.view(1, count, size, 1, 1)
            x = x.flatten(0, 1)
        x = self.smooth[-1](x)
        layers = zip(self.narrow, self.smooth, strict=False)
        for narrow, smooth in reversed(list(layers)):
            wide = F.interpolate(
                narrow(x), scale_factor=2, mode='bilinear', align_corners=False
            )
            x = smooth(levels.pop() + wide)
        return (x,)
