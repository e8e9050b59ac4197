"""Convert the published PyTorch weights of FAN to the names of :class:`FAN`."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from ...errors import InputError
from ...schemes import IBUG68
from ..backbones.fan import DEPTH
from .torchscript import is_torchscript, read_torchscript
from .weights import read_checkpoint

_BLOCK = {
    'bn1': 'wide.0',
    'conv1': 'wide.2',
    'bn2': 'wider.0',
    'conv2': 'wider.2',
    'bn3': 'widest.0',
    'conv3': 'widest.2',
    'downsample.0': 'skip.0',
    'downsample.2': 'skip.2',
}
_LEVEL = {'b1': 'skip', 'b2': 'before', 'b2_plus': 'inner', 'b3': 'after'}
_STEM = {'conv1': '0', 'bn1': '1', 'conv2': '3', 'conv3': '5', 'conv4': '6'}
_STACK = {
    'top_m_': 'features.{}.0',
    'conv_last': 'features.{}.1',
    'bn_end': 'features.{}.2',
    'l': 'heatmaps.{}',
    'bl': 'from_features.{}',
    'al': 'from_heatmaps.{}',
}


def convert_fan(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Convert ``FAN`` weights of 1adrianb/face-alignment for ``fan2d_published.py``.

    Args:
        state: Tensors such as ``conv2.bn1.weight`` and ``m0.b1_4.conv1.weight``; a prefix
            ``module.`` is removed.

    Raises:
        InputError: A name is not one of FAN's.
    """
    return {f'backbone.{converted_name(k)}': v for k, v in state.items()}


def converted_name(name: str) -> str:
    """The name of a published tensor in :class:`~mmlandmark.models.FAN`.

    Raises:
        InputError: The published network has no such tensor.
    """
    name = name.removeprefix('module.')
    layer, _, rest = name.partition('.')
    if layer in _STEM:
        return _joined(f'stem.{_STEM[layer]}', rest)
    if level := re.fullmatch(r'm(\d+)\.(b1|b2|b2_plus|b3)_(\d)\.(.+)', name):
        stack, block, depth, rest = level.groups()
        inner = 'inner.' * (DEPTH - int(depth))
        return _joined(f'hourglasses.{stack}.{inner}{_LEVEL[block]}', rest)
    kind = re.fullmatch(r'(top_m_|conv_last|bn_end|bl|al|l)(\d+)', layer)
    if kind is None:
        raise InputError(f'{name!r} is not a tensor of a published FAN')
    return _joined(_STACK[kind[1]].format(kind[2]), rest)


def _joined(ours: str, rest: str) -> str:
    """Append the converted name of a layer in a block, or that of a plain layer."""
    for theirs, part in _BLOCK.items():
        if rest.startswith(f'{theirs}.'):
            return f'{ours}.{part}.{rest.removeprefix(f"{theirs}.")}'
    return f'{ours}.{rest}'


def convert_fan_file(source: str | Path, target: str | Path) -> int:
    """Convert a file of published weights to a checkpoint of this package.

    Args:
        source: ``2DFAN4-*.zip``, ``3DFAN4-*.zip`` or an older ``*.pth.tar``.
        target: The ``.pth`` file to write.

    Returns:
        The number of hourglasses.

    Raises:
        InputError: The file cannot be read, or holds other weights.
    """
    converted = convert_fan(_published(source))
    stacks = sum(bool(re.fullmatch(r'.*\.heatmaps\.\d+\.bias', k)) for k in converted)
    if not stacks:
        raise InputError(f'{source} has no heatmap layers: it is not a published FAN')
    names = dict(enumerate(IBUG68.points))
    meta = dict(dataset_meta=dict(keypoint_id2name=names))
    torch.save(dict(state_dict=converted, meta=meta), target)
    return stacks


def _published(source: str | Path) -> dict:
    """The tensors of a file; newer ones are TorchScript, whose code is not run."""
    if is_torchscript(source):
        return read_torchscript(source)
    checkpoint = read_checkpoint(source)
    return checkpoint.get('state_dict', checkpoint)
