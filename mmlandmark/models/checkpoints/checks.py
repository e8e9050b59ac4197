"""Checks of a checkpoint before any part of it is used."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from numbers import Real
from pathlib import Path
from typing import Any

import torch

from ...errors import InputError

#: How PyTorch names what it refuses to load.
_REFUSED = r'(?:GLOBAL|[Uu]nsupported class|unrecognized function) ([\w.]+)'

_FORM = '{} is not a usable checkpoint: {}'


def require_undamaged(path: str | Path) -> None:
    """Check that a file is complete and unchanged since it was written.

    ``torch.load`` does not verify the checksums that ``torch.save`` writes.

    Raises:
        InputError: A checksum differs, or the archive cannot be read.
        FileNotFoundError: There is no such file.
    """
    with open(path, 'rb') as file:  # a missing file is not a damaged one
        if file.read(4) != b'PK\x03\x04':
            return  # PyTorch before 1.6 wrote no checksums
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except Exception as error:  # a damaged archive can raise anything
        raise InputError(f'{path} is damaged or cut short: {reason(error)}') from None
    if damaged is not None:
        raise InputError(f'{path} is damaged: the checksum of {damaged} differs')


def reason(error: Exception) -> str:
    """One line on why a file cannot be read, with the name of a refused class."""
    text = str(getattr(error, 'reason', error)).strip()
    if refused := re.search(_REFUSED, text):
        return f'it names {refused[1]}, which is refused; no code in it was run'
    # PyTorch puts advice to developers before the reason
    text = text.rpartition('WeightsUnpickler error: ')[2].strip()
    line = text.splitlines()[0][:160] if text else ''
    return line or type(error).__name__


def require_form(checkpoint: Any, source: str | Path) -> None:
    """Check the structure of a checkpoint.

    ``state_dict``, or the checkpoint itself, must be a dict of strings and finite tensors;
    ``meta`` and its ``dataset_meta`` must be dicts; names of points and classes must be
    strings.

    Raises:
        InputError: It has another structure; the message names the entry.
    """
    if not isinstance(checkpoint, dict):
        raise InputError(f'{source} holds a {_kind(checkpoint)}, not weights')
    _require_own_memory(checkpoint, source)
    _require_weights(checkpoint.get('state_dict', checkpoint), 'state_dict', source)
    meta = _part(checkpoint, 'meta', source)
    data = _part(meta, 'dataset_meta', source)
    for name in _part(data, 'keypoint_id2name', source).values():
        _require(name, str, 'a name in keypoint_id2name', source)
    classes = data.get('classes') or ()
    _require(classes, (list, tuple), 'classes', source)
    for name in classes:
        _require(name, str, 'a name in classes', source)


def trained_names(checkpoint: dict) -> list[str]:
    """Names of the points or classes of a checked checkpoint; empty if it has none."""
    data = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
    points = data.get('keypoint_id2name') or {}
    return list(points.values()) or list(data.get('classes') or ())


def require_training_state(checkpoint: dict, source: str | Path) -> None:
    """Check that a training can be resumed from a checked checkpoint.

    Raises:
        InputError: It holds weights only; an entry has another type than a training
            writes; or it holds the text of a config, which MMEngine would evaluate and no
            run of this package writes.
    """
    meta = checkpoint.get('meta') or {}
    parts = ('state_dict', 'optimizer', 'param_schedulers', 'message_hub', 'meta')
    if not all(part in checkpoint for part in parts) or 'epoch' not in meta:
        raise InputError(
            f'{source} holds weights but no state of a training: resume from an '
            'epoch_N.pth, or start a training from these weights',
            load_from=source,
        )
    if 'config' in meta:
        raise InputError(f'{source} contains a config as program code: it was refused')
    for name in ('epoch', 'iter'):
        _require_count(meta.get(name), f'meta.{name}', source)
    if meta.get('seed') is not None:
        _require_count(meta['seed'], 'meta.seed', source)
    if 'ema_state_dict' in checkpoint:
        _require_weights(checkpoint['ema_state_dict'], 'ema_state_dict', source)
    _require(checkpoint['optimizer'], dict, 'optimizer', source)
    _require(checkpoint['param_schedulers'], list, 'param_schedulers', source)
    for state in checkpoint['param_schedulers']:
        _require(state, dict, 'an entry of param_schedulers', source)
    _require_message_hub(checkpoint['message_hub'], source)


def _require_message_hub(hub: Any, source: str | Path) -> None:
    """Check the paths, scores and numbers that MMEngine reads from it unchecked."""
    _require(hub, dict, 'message_hub', source)
    for part in ('log_scalars', 'runtime_info', 'resumed_keys'):
        _require(hub.get(part), dict, f'message_hub.{part}', source)
        for name in hub[part]:
            _require(name, str, f'a name in message_hub.{part}', source)
    for name, value in hub['runtime_info'].items():
        where = f'message_hub.{name}'
        if name.startswith('best_score'):
            _require(value, Real, where, source)
        elif name.startswith(('best_ckpt', 'last_ckpt')) and value is not None:
            _require(value, str, where, source)
        elif name == 'keep_ckpt_ids':
            _require(value, list, where, source)
            for number in value:  # part of the name of a file to remove
                _require_count(number, where, source)
    for name, value in hub['resumed_keys'].items():
        _require(value, bool, f'message_hub.resumed_keys.{name}', source)


def _part(owner: dict, name: str, source: str | Path) -> dict:
    """A dict within a dict; empty if it is missing or None."""
    part = owner.get(name)
    if part is None or part is owner:
        return {}
    _require(part, dict, name, source)
    return part


def _require(value: Any, kind: type | tuple[type, ...], where: str, source) -> None:
    if not isinstance(value, kind):
        raise InputError(_FORM.format(source, f'{where} is a {_kind(value)}'))


def _require_count(value: Any, where: str, source: str | Path) -> None:
    if type(value) is not int or value < 0:
        found = value if isinstance(value, int) else f'a {_kind(value)}'
        raise InputError(_FORM.format(source, f'{where} is {found}, not a count'))


def _require_weights(state: Any, where: str, source: str | Path) -> None:
    _require(state, dict, where, source)
    for name, value in state.items():
        _require(name, str, f'the name {name!r} of a tensor', source)
        _require_finite(value, name, source)


def _require_finite(value: Any, name: str, source: str | Path) -> None:
    """Check that a value is a tensor without NaN or infinite numbers."""
    _require(value, torch.Tensor, f'{name} is not a tensor, it', source)
    if value.is_floating_point() or value.is_complex():
        # some 8-bit floats do not support isfinite
        wide = value.float() if value.dtype.itemsize == 1 else value
        if not torch.isfinite(wide).all():
            what = f'{name} holds numbers that are NaN or infinite'
            raise InputError(_FORM.format(source, what))


def _require_own_memory(checkpoint: dict, source: str | Path) -> None:
    """Check that all tensors are dense and no larger than their storage."""
    for tensor in _tensors(checkpoint):
        dense = tensor.layout == torch.strided and not tensor.is_quantized
        if not dense or tensor.device.type != 'cpu' or type(tensor) not in _TENSORS:
            what = f'it holds a tensor of another kind ({_kind(tensor)})'
            raise InputError(_FORM.format(source, what))
        if tensor.nbytes > tensor.untyped_storage().nbytes():
            what = f'it holds a tensor of {tensor.nbytes} bytes without as many values'
            raise InputError(_FORM.format(source, what))


_TENSORS = (torch.Tensor, torch.nn.Parameter)


def _tensors(root: Any) -> Iterator[torch.Tensor]:
    """Every tensor in nested dicts, lists and tuples, which may contain cycles."""
    seen, left = set(), [root]
    while left:
        value = left.pop()
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (dict, list, tuple, set)) and id(value) not in seen:
            seen.add(id(value))
            left += [*value, *value.values()] if isinstance(value, dict) else value


def _kind(value: Any) -> str:
    return type(value).__name__
