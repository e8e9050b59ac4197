"""mmlandmark: landmark detection on MMPose.

Importing the package alone loads neither torch nor MMPose: an exported model runs without
them. :mod:`mmlandmark.engine.register` makes MMPose run on current PyTorch and registers
every dataset, model, transform and metric; a config needs only
``custom_imports = dict(imports=['mmlandmark.engine.register'])``.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from .compat import no_telemetry  # noqa: F401  # before anything that would send
from .errors import InputError
from .version import __version__

if TYPE_CHECKING:
    from .engine.model_zoo import list_models as list_models
    from .inference import FaceParser, LandmarkDetector, PartEnsemble
    from .io.load import load_image
    from .structures.part_mask import PartMask
    from .structures.pixel_spacing import PixelSpacing
    from .structures.prediction import Prediction
    from .visualization.prediction import draw_prediction

#: Modules of the public names, imported at the first access.
_PUBLIC = {
    'FaceParser': '.inference',
    'LandmarkDetector': '.inference',
    'PartEnsemble': '.inference',
    'PartMask': '.structures.part_mask',
    'PixelSpacing': '.structures.pixel_spacing',
    'Prediction': '.structures.prediction',
    'draw_prediction': '.visualization.prediction',
    'list_models': '.engine.model_zoo',
    'load_image': '.io.load',
}

__all__ = [
    'FaceParser',
    'InputError',
    'LandmarkDetector',
    'PartEnsemble',
    'PartMask',
    'PixelSpacing',
    'Prediction',
    '__version__',
    'draw_prediction',
    'list_models',
    'load_image',
]

if 'mmengine' in sys.modules:
    # for configs whose custom_imports name this package
    try:
        from .engine import register  # noqa: F401
    except Exception as error:  # an exported model does not need it
        warnings.warn(
            f'mmlandmark is not registered with MMPose ({type(error).__name__}: {error}); '
            'run mmlandmark doctor for details',
            stacklevel=2,
        )


def __getattr__(name: str):
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name], __name__), name)
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
