"""MMPose datasets and the transforms it lacks; importing registers them."""

from .depth import DepthDataPreprocessor, LoadDepth
from .landmark_dataset import CephalometricDataset
from .shapes import PackShape
from .transforms import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity

__all__ = [
    'CephalometricDataset',
    'DepthDataPreprocessor',
    'LoadDepth',
    'LoadLandmarkImage',
    'PackLandmarkInputs',
    'PackShape',
    'RandomIntensity',
]
