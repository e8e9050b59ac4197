"""MMPose datasets and the transforms it lacks; importing registers them."""

from .csv_dataset import CSVKeypointDataset
from .depth import DepthDataPreprocessor, LoadDepth
from .face_dataset import FaceDataset
from .landmark_dataset import CephalometricDataset
from .sample_dataset import SampleDataset
from .shapes import PackShape
from .space import GetReferenceCrop, LabelDepth, LabelGuide
from .transforms import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity

__all__ = [
    'CSVKeypointDataset',
    'CephalometricDataset',
    'DepthDataPreprocessor',
    'FaceDataset',
    'GetReferenceCrop',
    'LabelDepth',
    'LabelGuide',
    'LoadDepth',
    'LoadLandmarkImage',
    'PackLandmarkInputs',
    'PackShape',
    'RandomIntensity',
    'SampleDataset',
]
