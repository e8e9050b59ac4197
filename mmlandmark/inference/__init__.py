"""From an image to points, or to face parts; importing it loads no torch."""

from .detector import LandmarkDetector
from .parser import FaceParser, PartEnsemble

__all__ = [
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
]
