"""SegNet: an encoder whose poolings tell the decoder where each maximum was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InputError

#: Convolutions of each level, as in VGG16.
DEPTHS = (2, 2, 3, 3, 3)


@MODELS.register_module()
class SegNet(BaseModule):
    """SegNet (Badrinarayanan et al., PAMI 2017) without its classifier.

    Convolutions 3x3 with BatchNorm and ReLU; the decoder mirrors the encoder and undoes
    its poolings at the places of their maxima, so no features are carried over. The
    default is VGG16's widths; a quarter of them makes a light one.

    Args:
        in_channels: Of the input.
        channels: Of the levels, from the finest; at least 16.
        depths: Convolutions of each level.
        init_cfg: As for MMEngine's ``BaseModule``.

    Raises:
        InputError: A level of fewer than 16 channels, or as many depths as levels are not
            given.
    """

    def __init__(
        self,
        in_channels: int = 3,
        channels: Sequence[int] = (64, 128, 256, 512, 512),
        depths: Sequence[int] = DEPTHS,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if min(channels) < 16:
            # torch 2.13's channels-last training on a CPU crashes with fewer (oneDNN)
            raise InputError(f'a SegNet needs 16 channels or more, not {min(channels)}')
        if len(channels) != len(depths):
            raise InputError(f'{len(channels)} levels of SegNet, {len(depths)} depths')
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        before = in_channels
        for width, depth in zip(channels, depths, strict=True):
            self.encoder.append(_convolutions([before, *[width] * depth]))
            # the way back ends as wide as the level above, the finest as itself
            after = before if len(self.decoder) else width
            self.decoder.append(_convolutions([*[width] * depth, after]))
            before = width

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features ``(N, channels[0], H, W)`` of images ``(N, C, H, W)``, any H and W."""
        x = images
        places = []
        for block in self.encoder:
            x = block(x)
            size = x.shape[2:]
            x, where = F.max_pool2d(x, 2, 2, return_indices=True)
            places.append((where, size))
        for block in reversed(self.decoder):
            where, size = places.pop()
            x = block(F.max_unpool2d(x, where, (2, 2), (2, 2), output_size=size))
        return (x,)


def _convolutions(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [
            nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
