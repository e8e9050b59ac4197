"""MMPose datasets and the transforms it lacks; importing registers them."""

from .landmark_dataset import CephalometricDataset
from .transforms import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity

__all__ = [
    'CephalometricDataset',
    'LoadLandmarkImage',
    'PackLandmarkInputs',
    'RandomIntensity',
]
