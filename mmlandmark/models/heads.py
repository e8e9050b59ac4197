"""MMPose's heatmap head, sized by the landmark scheme."""

from __future__ import annotations

import math

from mmpose.codecs import UDPHeatmap
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor

from ..errors import InputError
from ..schemes import get_scheme


@MODELS.register_module()
class SchemeHeatmapHead(HeatmapHead):
    """A ``HeatmapHead`` with one channel a point of the scheme.

    Args:
        in_channels: As for ``HeatmapHead``.
        scheme: A known scheme's name, or the path of a ``scheme.json``.
        **kwargs: As for ``HeatmapHead``.

    Raises:
        InputError: Unknown scheme, or a sigma that MMPose's UDP targets get wrong.
    """

    def __init__(self, in_channels: int, scheme: str, **kwargs):
        names = get_scheme(scheme).points
        super().__init__(in_channels, out_channels=len(names), **kwargs)
        self.names = names
        sigma = getattr(self.decoder, 'sigma', 1)
        if isinstance(self.decoder, UDPHeatmap) and 3 * sigma % 1:
            # it cuts the Gaussian at 3 sigma and takes the cut for its middle
            raise InputError(
                f'sigma {sigma}: MMPose draws a UDP target off its place unless 3 sigma '
                'is a whole number (2/3, 1, 4/3, 2, ...)'
            )

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Heatmaps ``(N, K, H, W)`` in float32, under bf16 autocast too.

        MMPose turns them into numpy to measure the accuracy, and numpy has no bfloat16.
        """
        return super().forward(feats).float()


@MODELS.register_module()
class SoftmaxHeatmapHead(SchemeHeatmapHead):
    """Heatmaps that are a probability over the picture: each point is in one place.

    The softmax is scaled by the volume of the codec's Gaussian, ``2 pi sigma^2``, so a
    perfect prediction is the target itself and every decoder reads it as usual. Goes
    with :class:`~mmlandmark.models.losses.HeatmapCrossEntropyLoss`.
    """

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Heatmaps ``(N, K, H, W)``, float32, of the scale of the targets."""
        logits = super().forward(feats)
        volume = 2 * math.pi * self.decoder.sigma**2
        return logits.flatten(2).softmax(dim=2).view_as(logits) * volume
