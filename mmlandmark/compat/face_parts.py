"""Importing this registers what the configs of face parts need besides MMPose.

They run under ``default_scope = 'mmseg'``; datasets, transforms, SegNet and the metric are
this package's own and stand in MMEngine's registries, so they import without the extra.
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
except ModuleNotFoundError as error:  # ftfy or regex, which it does not ask for
    raise InputError(f'{_MISSING} ({error})') from None
except (ImportError, AssertionError) as error:
    reason = str(error).splitlines()[0]
    raise InputError(f'mmsegmentation does not import ({reason}): {_MISSING}') from None

# registers MMPose's ExpMomentumEMA, which nothing else does under another scope
import_module('mmpose.engine')

# a parser beside a detector: each names its own scope before it builds anything
warnings.filterwarnings('ignore', message='The current default scope')
