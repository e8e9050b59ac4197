"""Whether torch and MMPose can be used, which mmlandmark-lite does not require."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from ..errors import InputError

#: The modules without which nothing of the stack works.
STACK = ('torch', 'mmengine', 'mmcv', 'mmpose')

#: All modules that mmlandmark requires and mmlandmark-lite does not.
NOT_IN_LITE = frozenset(
    {
        *STACK,
        *('torchvision', 'mmdet', 'xtcocotools', 'pycocotools', 'onnx', 'onnxscript'),
        *('scipy', 'h5py', 'pandas'),
    }
)


def missing_modules() -> list[str]:
    """The modules of the stack that are not installed, or that a program has blocked."""
    return [name for name in STACK if not _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def missing_of_lite(error: ModuleNotFoundError) -> str | None:
    """The module that mmlandmark-lite does not require, if the error is of one."""
    module = (error.name or '').split('.')[0]
    return module if module in NOT_IN_LITE else None


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
    # by name, as the package itself imports what lies above this module
    if (error := import_module('mmlandmark').stack_error) is not None:
        raise InputError(
            f'{what} needs PyTorch and MMPose, which do not work ({error}); '
            'run mmlandmark doctor for details'
        )
