"""SegNet: an encoder and decoder that share the indices of max pooling."""

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

    3x3 convolutions with BatchNorm and ReLU. The decoder mirrors the encoder and unpools at
    the positions of the maxima; no features are passed across. The default widths are those
    of VGG16.

    Args:
        in_channels: Channels of the input.
        channels: Channels of each level, from the finest; at least 16.
        depths: Number of convolutions of each level.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        InputError: A level has fewer than 16 channels, or the numbers of ``channels`` and
            ``depths`` differ.
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
            # with fewer, channels-last training on CPUs crashes in PyTorch 2.13 (oneDNN)
            raise InputError(f'a SegNet needs 16 channels or more, not {min(channels)}')
        if len(channels) != len(depths):
            raise InputError(f'{len(channels)} levels of SegNet, {len(depths)} depths')
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        before = in_channels
        for width, depth in zip(channels, depths, strict=True):
            self.encoder.append(_convolutions([before, *[width] * depth]))
            # a decoder level ends with the width of the next finer level
            after = before if len(self.decoder) else width
            self.decoder.append(_convolutions([*[width] * depth, after]))
            before = width

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Features ``(N, channels[0], H, W)`` of images ``(N, C, H, W)``, any H and W."""
        x = images
        indices = []
        for block in self.encoder:
            x = block(x)
            size = x.shape[2:]
            x, index = F.max_pool2d(x, 2, 2, return_indices=True)
            indices.append((index, size))
        for block in reversed(self.decoder):
            index, size = indices.pop()
            x = block(F.max_unpool2d(x, index, (2, 2), (2, 2), output_size=size))
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
