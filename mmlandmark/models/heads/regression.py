"""A head that regresses coordinates through fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmpose.models.heads import RegressionHead
from mmpose.registry import MODELS
from torch import Tensor, nn

from ...errors import InputError
from ...schemes import get_scheme


@MODELS.register_module()
class SchemeRegressionHead(RegressionHead):
    """MMPose's regression head for the points of a scheme, with hidden layers.

    The layers always compute in float32, as bfloat16 would round the coordinates to 1/256
    of the crop.

    Args:
        in_channels: Number of features per image: channels times height times width.
        scheme: Name of a known scheme, or the path of a ``scheme.json``.
        hidden: Widths of the hidden layers; each is followed by ReLU and dropout.
        dropout: Dropout probability.
        **kwargs: See MMPose's ``RegressionHead``.
    """

    def __init__(
        self,
        in_channels: int,
        scheme: str,
        hidden: Sequence[int] = (),
        dropout: float = 0.0,
        **kwargs,
    ):
        widths = [in_channels, *hidden]
        super().__init__(widths[-1], len(get_scheme(scheme)), **kwargs)
        self.values = in_channels
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]
        self.hidden = nn.Sequential(*layers)
        nn.init.normal_(self.fc.weight, std=0.01)
        # an untrained network predicts the centre of the crop
        nn.init.constant_(self.fc.bias, 0.5)

    @property
    def default_init_cfg(self) -> list:
        """Empty: the layers are initialised by the constructor."""
        return []

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Coordinates ``(N, K, 2)`` relative to the crop, from ``feats[-1]``.

        Raises:
            InputError: The number of features per image is not ``in_channels``.
        """
        x = feats[-1]
        values = x[0].numel()
        if values != self.values:
            raise InputError(
                f'the head takes {self.values} features per image, the network has '
                f"{values}: set the head's in_channels to {values}"
            )
        with torch.autocast(x.device.type, enabled=False):
            x = self.fc(self.hidden(x.float().flatten(1)))
        return x.reshape(-1, self.num_joints, 2)
