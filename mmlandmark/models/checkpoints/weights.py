"""Weights: fetched or found, loaded safely, and what was loaded said in one line."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch.nn.parallel import DistributedDataParallel

from ...errors import InputError
from .checks import (
    reason,
    require_form,
    require_training_state,
    require_undamaged,
    trained_names,
)


@dataclass
class LoadReport:
    """Which tensors of a model a checkpoint filled.

    Attributes:
        source: The checkpoint.
        loaded: Names of the model's tensors that were filled.
        missing: Names of the model's tensors the checkpoint lacks.
        mismatched: Names whose shapes differ (a head for other points, mostly).
        unused: Names in the checkpoint that the model has no place for.
        stem: What was done to the first convolution of a model of other input channels
            than the three it was filled for; empty if nothing was.
    """

    source: str
    loaded: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    stem: str = ''

    def line(self) -> str:
        """The one line the user reads."""
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
    """Read a checkpoint from a file or URL; it cannot run code while it is read.

    What is returned has the form that :func:`~.checkpoint_checks.require_form` describes.

    A URL (``https://``, ``torchvision://``, ``open-mmlab://``) is downloaded to torch's
    cache once.

    Raises:
        InputError: It cannot be had, is damaged, is not a checkpoint that torch can read
            safely, or holds something else than weights that are finite.
    """
    try:
        if '://' in str(source):
            checkpoint = CheckpointLoader.load_checkpoint(
                source, 'cpu', logger='silent'
            )
        else:
            require_undamaged(source)
            checkpoint = torch.load(source, map_location='cpu', weights_only=True)
    except FileNotFoundError:
        raise InputError(f'no checkpoint at {source}') from None
    except InputError:
        raise
    except Exception as error:  # a damaged pickle can raise any
        raise InputError(
            f'{source} is not a readable checkpoint: {reason(error)}'
        ) from None
    require_form(checkpoint, source)
    return checkpoint


def load_weights(
    model: torch.nn.Module,
    path: str | Path,
    strict: bool = False,
    names: Sequence[str] | None = None,
    part: str = '',
) -> LoadReport:
    """Fill a model from a checkpoint, as far as names and shapes agree.

    Args:
        model: Wrapped for distributed training or not. Keys of MMPose 0.x are renamed by
            MMPose's own hooks on the way.
        path: A local file.
        strict: Every tensor of the model must be filled.
        names: The points, or the face parts, that are wanted; a checkpoint that names
            others is refused.
        part: Where the file has tensors of this prefix, they alone are taken.

    Raises:
        InputError: Nothing fits, or ``strict`` and something does not.
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
    except AssertionError:  # MMPose's renaming met a head of another kind
        raise InputError(f'{path} is a checkpoint with another kind of head') from None
    report.mismatched = sorted(
        re.findall(r'size mismatch for (\S+):', ' '.join(errors))
    )
    absent = {*report.missing, *report.mismatched}
    report.loaded = [name for name in model.state_dict() if name not in absent]
    # torch.nn.BatchNorm counts batches; files from before 2018 lack the count
    learned = [n for n in report.loaded if not n.endswith('num_batches_tracked')]
    if not learned or (strict and absent):
        raise InputError(
            f'{path} is a checkpoint of another model ({report.line()}): '
            'give the config it was trained with'
        )
    return report


def first_convolution(model: torch.nn.Module) -> tuple[str, torch.nn.Conv2d | None]:
    """The convolution that sees the image, under its name; None for a model without."""
    convolutions = (
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d)
    )
    return next(convolutions, ('', None))


def _of_backbone(model: torch.nn.Module, state: dict) -> dict:
    """Weights of a bare backbone (``torchvision://resnet18``) under a model's names."""
    backbone = getattr(model, 'backbone', None)
    if backbone is None or any(key.startswith('backbone.') for key in state):
        return state
    inner = backbone.state_dict()
    return {f'backbone.{k}' if k in inner else k: v for k, v in state.items()}


def _fit_stem(model: torch.nn.Module, state: dict) -> str:
    """Let a model of gray pictures, or with more channels, start from one of RGB.

    Where the model's first convolution differs from the checkpoint's only in its input
    channels, ``state`` gets what makes the network see at first what it saw: for gray the
    sum over the three colours, for more channels (depth) zeros behind them.

    Returns:
        What was done and to which tensor, or nothing.
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
    """What ``load_state_dict(strict=False)`` does, but shapes may differ."""
    errors: list[str] = []
    versions = getattr(state, '_metadata', {})  # MMPose's renaming hooks ask for them

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


def require_resumable(path: str | Path) -> None:
    """Make sure that a run can go on from a checkpoint.

    Raises:
        InputError: It cannot be read, holds weights only, or holds what no training of
            this package writes.
    """
    require_training_state(read_checkpoint(path), path)


def last_resumable(work_dir: str | Path) -> str:
    """The newest checkpoint of a work folder that is whole.

    A kill can cut the newest one short; the one before it is kept for that.

    Raises:
        InputError: There is none.
    """
    saved = _oldest_first(work_dir, 'epoch_*.pth')
    problem = InputError(f'nothing to resume in {work_dir}: start a new training')
    for path in reversed(saved):
        try:
            require_resumable(path)
            return str(path)
        except InputError as error:
            problem = error
    raise problem


def best_checkpoint(work_dir: str | Path) -> str:
    """The best checkpoint in a work folder; the newest where there are several.

    Raises:
        InputError: There is none.
    """
    return _newest(work_dir, 'best_*.pth')


def last_checkpoint(work_dir: str | Path) -> str:
    """The newest checkpoint of an epoch in a work folder.

    Raises:
        InputError: There is none.
    """
    return _newest(work_dir, 'epoch_*.pth')


def _newest(work_dir: str | Path, pattern: str) -> str:
    found = _oldest_first(work_dir, pattern)
    if not found:
        raise InputError(
            f'no {pattern} in {work_dir}: train first (mmlandmark train CONFIG), or give '
            'a checkpoint'
        )
    return str(found[-1])


def _oldest_first(work_dir: str | Path, pattern: str) -> list[Path]:
    return sorted(Path(work_dir).glob(pattern), key=lambda path: path.stat().st_mtime)


def require_start(source: str) -> None:
    """Make sure, before anything is written, that a run can start from ``source``.

    A download is said before it begins.
    """
    if '://' in source:
        print(
            f'start weights: {source}, downloaded once '
            "(load_from='none' starts from random weights)"
        )
    try:
        read_checkpoint(source)
    except InputError as error:
        raise InputError(
            f'{error}. Start from another file, or from random weights',
            load_from='none',
        ) from None
