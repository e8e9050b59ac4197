"""Compare the training state in a checkpoint with that of the config that resumes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from numbers import Number
from typing import Any

import torch

from ..errors import InputError

#: Entries of a scheduler's state that change during a training.
_PROGRESS = {'last_step', 'base_values', 'best', 'num_bad_epochs', 'cooldown_counter'}


def require_same_optimizer(saved: Mapping, wrapper) -> None:
    """Check that the saved state of an optimizer fits the optimizer of the config.

    Args:
        saved: State in the checkpoint.
        wrapper: MMEngine's optimizer wrapper, as the config builds it.

    Raises:
        InputError: Another optimizer, or other shapes; the message names the entry.
    """
    require_like(
        _before_first_step(saved),
        _before_first_step(wrapper.state_dict()),
        'optimizer',
        flags=True,
    )
    weights = [p for group in wrapper.param_groups for p in group['params']]
    for number, kept in dict(saved['state']).items():
        for name, value in dict(kept).items():
            if not isinstance(value, torch.Tensor) or value.numel() == 1:
                continue
            if value.shape != weights[number].shape:
                raise InputError(f'{name} of weight {number} has another shape')


def _before_first_step(optimizer: Mapping) -> dict:
    """The part of an optimizer's state that exists before its first step."""
    kept = {
        k: v for k, v in optimizer.items() if k not in ('state', 'base_param_settings')
    }
    return {**kept, 'state': {}}


def changed_settings(checkpoint: Mapping, wrapper, schedulers: Sequence) -> list[str]:
    """Settings of the config that a resume overrides by those of the checkpoint.

    Args:
        checkpoint: With ``optimizer`` and ``param_schedulers`` of the same kinds.
        wrapper: MMEngine's optimizer wrapper, as the config builds it.
        schedulers: MMEngine's parameter schedulers, as the config builds them.

    Returns:
        One text per setting, such as ``'CosineAnnealingLR.T_max 20 (config: 40)'``.
    """
    states = [
        *zip(
            ('optimizer' for _ in wrapper.param_groups),
            checkpoint['optimizer']['param_groups'],
            wrapper.state_dict()['param_groups'],
            strict=False,
        ),
        *(
            (type(scheduler).__name__, saved, scheduler.state_dict())
            for saved, scheduler in zip(
                checkpoint['param_schedulers'], schedulers, strict=True
            )
        ),
    ]
    changed = [
        f'{name}.{key} {_text(saved[key])} (config: {_text(own[key])})'
        for name, saved, own in states
        for key in _settings(own)
        if saved[key] != own[key]
    ]
    return list(dict.fromkeys(changed))  # every parameter group has the same settings


def _settings(state: Mapping) -> Iterator[str]:
    """The entries of a state that come from the config."""
    # a scheduler changes lr; initial_lr is what the config sets
    scheduled = {k.removeprefix('initial_') for k in state if k.startswith('initial_')}
    for key, value in state.items():
        plain = isinstance(value, (Number, str, list, tuple, Counter))
        changes = key.startswith('_') or key in {'params', *_PROGRESS, *scheduled}
        if plain and not changes:
            yield key


def _text(value: Any) -> str:
    return str(sorted(value.elements()) if isinstance(value, Counter) else value)


def require_like(saved: Any, own: Any, where: str, flags: bool = False) -> None:
    """Check that a state has the keys, lengths and types of values of another one.

    Args:
        saved: The state to check.
        own: The state that it must be like.
        where: Name of the state in messages.
        flags: Whether true and false values must be equal. Adam and AdamW, for example,
            differ in nothing else.

    Raises:
        InputError: The states differ; the message names the entry.
    """
    if isinstance(own, Mapping) and isinstance(saved, Mapping):
        if others := sorted(map(str, saved.keys() ^ own.keys())):
            raise InputError(f'{where} differs in {", ".join(others[:3])}')
        for key, value in own.items():
            require_like(saved[key], value, f'{where}.{key}', flags)
    elif isinstance(own, (list, tuple)) and isinstance(saved, (list, tuple)):
        if len(own) != len(saved):
            raise InputError(f'{where} has {len(saved)} entries, not {len(own)}')
        for number, (one, other) in enumerate(zip(saved, own, strict=True)):
            require_like(one, other, f'{where}.{number}', flags)
    elif flags and isinstance(own, bool) and isinstance(saved, bool) and own != saved:
        raise InputError(f'{where} is {saved}, not {own}')
    elif _kind(own) != _kind(saved) and None not in (own, saved):
        raise InputError(f'{where} is a {_kind(saved)}, not a {_kind(own)}')


def _kind(value: Any) -> str:
    return 'number' if isinstance(value, Number) else type(value).__name__
