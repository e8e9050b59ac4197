"""The device of a model that torch runs."""

from __future__ import annotations

import torch
from torch import nn

from ...errors import InputError


def default_device(device: str | None) -> str:
    """The device that is named; else a GPU if there is one, else the CPU."""
    return device or ('cuda:0' if torch.cuda.is_available() else 'cpu')


def move_to(model: nn.Module, device: str) -> None:
    """Move a model to a device, in channels-last memory format.

    Raises:
        InputError: There is no such device, or torch was built without it.
    """
    try:
        model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f'device {device!r} cannot be used: {reason}') from None
