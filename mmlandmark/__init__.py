"""mmlandmark: landmark detection on MMPose.

Importing the package alone loads neither torch nor MMPose: an exported model runs without
them. :mod:`mmlandmark.engine.register` makes MMPose run on current PyTorch and registers
every dataset, model, transform and metric; a config needs only
``custom_imports = dict(imports=['mmlandmark.engine.register'])``.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

from .compat import no_telemetry  # noqa: F401  # before anything that would send
from .errors import InputError
from .version import __version__

if TYPE_CHECKING:
    from .inference import FaceParser as FaceParser
    from .inference import LandmarkDetector as LandmarkDetector
    from .inference import PartEnsemble as PartEnsemble
    from .inference import PartMask as PartMask
    from .inference import Prediction as Prediction

#: What :mod:`mmlandmark.inference` has, imported when it is first asked for.
_INFERENCE = (
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
    'PartMask',
    'Prediction',
)

__all__ = ['InputError', '__version__', *_INFERENCE]

if 'mmengine' in sys.modules:
    # named by a config's custom_imports, where this once was what registers
    try:
        from .engine import register  # noqa: F401
    except Exception as error:  # an exported model needs nothing of it
        warnings.warn(
            f'mmlandmark is not registered with MMPose ({type(error).__name__}: {error}); '
            'mmlandmark doctor says more',
            stacklevel=2,
        )


def __getattr__(name: str):
    if name in _INFERENCE:
        from . import inference

        return getattr(inference, name)
    if name == 'stack_error':
        return _stack_error()
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def _stack_error() -> Exception | None:
    """Why the training stack cannot be imported; None when it can.

    ``mmlandmark doctor`` must be able to run then, so it is returned.
    """
    try:
        from .engine import register  # noqa: F401
    except Exception as error:
        return error
    return None
