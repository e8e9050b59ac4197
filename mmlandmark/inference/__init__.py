"""From an image to points."""

from .detector import LandmarkDetector
from .prediction import Prediction

__all__ = ['LandmarkDetector', 'Prediction']
