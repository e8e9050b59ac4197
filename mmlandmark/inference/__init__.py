"""From an image to points, or to face parts."""

from .detector import LandmarkDetector
from .parser import FaceParser, PartEnsemble
from .part_mask import PartMask
from .prediction import Prediction

__all__ = [
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
    'PartMask',
    'Prediction',
]
