"""Prediction of points and face parts; importing this package does not load torch."""

from typing import TYPE_CHECKING

from .detector import LandmarkDetector

if TYPE_CHECKING:
    from .parser import FaceParser as FaceParser
    from .parser import PartEnsemble as PartEnsemble

__all__ = [
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
]


def __getattr__(name: str):
    if name in ('FaceParser', 'PartEnsemble'):
        try:
            from . import parser  # which needs torch
        except ImportError as error:
            raise ImportError(
                f'{name} needs torch and MMPose, which do not import ({error}); '
                'run mmlandmark doctor for details'
            ) from None
        return getattr(parser, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
