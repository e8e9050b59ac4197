"""From an image to points, or to face parts; importing it loads no torch."""

from typing import TYPE_CHECKING

from .detector import LandmarkDetector
from .part_mask import PartMask
from .prediction import Prediction

if TYPE_CHECKING:
    from .parser import FaceParser as FaceParser
    from .parser import PartEnsemble as PartEnsemble

__all__ = [
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
    'PartMask',
    'Prediction',
]


def __getattr__(name: str):
    if name in ('FaceParser', 'PartEnsemble'):
        from . import parser  # which needs torch

        return getattr(parser, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
