"""Prediction of points and face parts; importing this package does not load torch."""

from .detector import LandmarkDetector
from .parser import FaceParser, PartEnsemble

__all__ = [
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
]
