"""Import this module to register mmsegmentation for the configs of face parts.

These configs have ``default_scope = 'mmseg'``. The datasets, transforms, SegNet and the
metric of this package are in MMEngine's registries, so they import without mmsegmentation.
"""

import warnings
from importlib import import_module
from importlib.util import find_spec

from ..errors import InputError
from . import shims as compat

_MISSING = 'face parts need mmsegmentation: pip install "mmlandmark[parts]"'

if find_spec('mmseg') is None:
    raise InputError(_MISSING)
try:
    compat.mmseg_without_mmcv_ops()
except ModuleNotFoundError as error:  # ftfy or regex, which it does not require
    raise InputError(f'{_MISSING} ({error})') from None
except (ImportError, AssertionError) as error:
    reason = str(error).splitlines()[0]
    raise InputError(f'mmsegmentation does not import ({reason}): {_MISSING}') from None

# registers MMPose's ExpMomentumEMA under this scope too
import_module('mmpose.engine')

# a parser and a detector in one process each set their scope before building
warnings.filterwarnings('ignore', message='The current default scope')
