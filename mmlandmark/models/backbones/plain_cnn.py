"""Plain convolutional networks without shortcuts."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class PlainCNN(BaseModule):
    """3x3 convolutions, each followed by ReLU and 2x2 max-pooling.

    Args:
        channels: Channels of each convolution, such as ``(32, 64)``.
        in_channels: Channels of the images.
        batch_norm: Whether BatchNorm precedes each ReLU.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        channels: Sequence[int],
        in_channels: int = 1,
        batch_norm: bool = False,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        layers: list[nn.Module] = []
        for outputs in channels:
            layers.append(nn.Conv2d(in_channels, outputs, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(outputs))
            layers += [nn.ReLU(inplace=True), nn.MaxPool2d(2)]
            in_channels = outputs
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features ``(N, channels[-1], H / 2^n, W / 2^n)`` of ``(N, C, H, W)``."""
        return (self.layers(images),)
