"""Whether torch and MMPose can be used, which mmlandmark-lite does not require."""

from __future__ import annotations

from importlib.util import find_spec

import mmlandmark

from ..errors import InputError

#: The modules without which nothing of the stack works.
STACK = ('torch', 'mmengine', 'mmcv', 'mmpose')


def missing_modules() -> list[str]:
    """The modules of the stack that are not installed."""
    return [name for name in STACK if find_spec(name) is None]


def require_stack(what: str = 'this') -> None:
    """Check that torch and MMPose can be imported.

    Args:
        what: What needs them, for the message.

    Raises:
        InputError: They are not installed, as with mmlandmark-lite, or do not work.
    """
    if missing := missing_modules():
        raise InputError(
            f'{what} needs PyTorch and MMPose, and {missing[0]} is not installed: '
            'pip install mmlandmark'
        )
    if (error := mmlandmark.stack_error) is not None:
        raise InputError(
            f'{what} needs PyTorch and MMPose, which do not work ({error}); '
            'mmlandmark doctor says more'
        )
