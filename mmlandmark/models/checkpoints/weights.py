"""Read checkpoints safely, load their weights and report what was loaded."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch.nn.parallel import DistributedDataParallel

from ...errors import InputError
from .checks import (
    reason,
    require_form,
    require_undamaged,
    trained_names,
)
from .onnx_file import read_onnx_checkpoint


@dataclass
class LoadReport:
    """Which tensors of a model were loaded from a checkpoint.

    Attributes:
        source: The checkpoint.
        loaded: Names of the model's tensors that were loaded.
        missing: Names of the model's tensors that the checkpoint lacks.
        mismatched: Names whose shapes differ, mostly those of a head for other points.
        unused: Names in the checkpoint that the model does not have.
        stem: How the first convolution was adapted to another number of input channels;
            empty if it was not.
    """

    source: str
    loaded: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    stem: str = ''

    def line(self) -> str:
        """A summary in one line."""
        total = len(self.loaded) + len(self.missing) + len(self.mismatched)
        parts = [f'loaded {len(self.loaded)} of {total} tensors from {self.source}']
        if self.stem:
            parts.append(self.stem)
        for what, names in (
            ('other shape, kept as initialised', self.mismatched),
            ('not in the file', self.missing),
            ('in the file but not in the model', self.unused),
        ):
            if names:
                rest = f' and {len(names) - 2} more' if len(names) > 2 else ''
                parts.append(f'{what}: {", ".join(names[:2])}{rest}')
        return '; '.join(parts)


def read_checkpoint(source: str | Path) -> dict:
    """Read a checkpoint from a file or URL without running code in it.

    A URL (``https://``, ``torchvision://``, ``open-mmlab://``) is downloaded once to
    PyTorch's cache. An exported ``.onnx`` file holds the weights too.

    Returns:
        The checkpoint, in the form checked by :func:`~.checks.require_form`.

    Raises:
        InputError: It is missing or damaged, PyTorch cannot read it safely, or it holds
            anything but finite weights.
    """
    try:
        if '://' in str(source):
            checkpoint = CheckpointLoader.load_checkpoint(
                source, 'cpu', logger='silent'
            )
        else:
            checkpoint = _read_file(source)
    except FileNotFoundError:
        raise InputError(f'no checkpoint at {source}') from None
    except InputError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise InputError(
            f'{source} is not a readable checkpoint: {reason(error)}'
        ) from None
    require_form(checkpoint, source)
    return checkpoint


def _read_file(path: str | Path) -> Any:
    if Path(path).suffix == '.onnx':
        return read_onnx_checkpoint(path)
    require_undamaged(path)
    return torch.load(path, map_location='cpu', weights_only=True)


def load_weights(
    model: torch.nn.Module,
    path: str | Path,
    strict: bool = False,
    names: Sequence[str] | None = None,
    part: str = '',
) -> LoadReport:
    """Load the weights of a checkpoint whose names and shapes match those of a model.

    Args:
        model: With or without a wrapper for distributed training. MMPose's own hooks
            rename the keys of MMPose 0.x.
        path: A file or URL.
        strict: Whether every tensor of the model must be loaded.
        names: Expected names of the points or face parts; a checkpoint that names others
            is refused.
        part: If the file has tensors with this prefix, only those are loaded.

    Raises:
        InputError: Nothing matches; or with ``strict``, something does not.
    """
    if isinstance(model, DistributedDataParallel):
        model = model.module
    checkpoint = read_checkpoint(path)
    known = trained_names(checkpoint)
    if names is not None and known and known != list(names):
        raise InputError(
            f'{path} was trained for other points ({", ".join(known[:3])}, '
            f'...) than {", ".join(names[:3])}, ...: give the config it was trained with'
        )
    state = copy.copy(checkpoint.get('state_dict', checkpoint))
    if part and any(key.startswith(part) for key in state):
        state = {
            k.removeprefix(part): v for k, v in state.items() if k.startswith(part)
        }
    report = LoadReport(str(path))
    if not strict:
        state = _of_backbone(model, state)
        report.stem = _fit_stem(model, state)
    try:
        errors = _load_recursively(model, state, report)
    except AssertionError:  # MMPose's renaming found another type of head
        raise InputError(f'{path} is a checkpoint with another type of head') from None
    report.mismatched = sorted(
        re.findall(r'size mismatch for (\S+):', ' '.join(errors))
    )
    absent = {*report.missing, *report.mismatched}
    report.loaded = [name for name in model.state_dict() if name not in absent]
    # files written before 2018 lack the number of batches of torch.nn.BatchNorm
    learned = [n for n in report.loaded if not n.endswith('num_batches_tracked')]
    if not learned or (strict and absent):
        raise InputError(
            f'{path} is a checkpoint of another model ({report.line()}): '
            'give the config it was trained with'
        )
    return report


def first_convolution(model: torch.nn.Module) -> tuple[str, torch.nn.Conv2d | None]:
    """Name and module of the first convolution; ``('', None)`` if there is none."""
    convolutions = (
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d)
    )
    return next(convolutions, ('', None))


def _of_backbone(model: torch.nn.Module, state: dict) -> dict:
    """Prefix the weights of a bare backbone, such as ``torchvision://resnet18``."""
    backbone = getattr(model, 'backbone', None)
    if backbone is None or any(key.startswith('backbone.') for key in state):
        return state
    inner = backbone.state_dict()
    return {f'backbone.{k}' if k in inner else k: v for k, v in state.items()}


def _fit_stem(model: torch.nn.Module, state: dict) -> str:
    """Adapt the first convolution of an RGB checkpoint to another number of channels.

    The adapted weights in ``state`` keep the output of the convolution: for gray images
    they are the sum over the three colours, for additional channels (depth) they are zero.

    Returns:
        What was done and to which tensor; empty if nothing was.
    """
    name, stem = first_convolution(model)
    if stem is None:
        return ''
    name = f'{name}.weight'
    kept = state.get(name)
    if not isinstance(kept, torch.Tensor) or kept.ndim != 4 or kept.shape[1] != 3:
        return ''
    outputs, inputs, *kernel = stem.weight.shape
    if inputs in (2, 3) or kept.shape != (outputs, 3, *kernel):
        return ''
    if inputs == 1:
        state[name] = kept.sum(dim=1, keepdim=True)
        return f'summed over the colours: {name}'
    more = kept.new_zeros(outputs, inputs - 3, *kernel)
    state[name] = torch.cat([kept, more], dim=1)
    return f'zeros for the input channels after the third: {name}'


def _load_recursively(
    model: torch.nn.Module, state: dict, report: LoadReport
) -> list[str]:
    """Like ``load_state_dict(strict=False)``, but shapes may differ."""
    errors: list[str] = []
    versions = getattr(state, '_metadata', {})  # for MMPose's renaming hooks

    def load(module: torch.nn.Module, prefix: str) -> None:
        version = versions.get(prefix[:-1], {})
        module._load_from_state_dict(
            state, prefix, version, True, report.missing, report.unused, errors
        )
        for name, child in module.named_children():
            load(child, f'{prefix}{name}.')

    with torch.no_grad():
        load(model, '')
    known = model.state_dict()
    report.unused = sorted(name for name in state if name not in known)
    return errors
