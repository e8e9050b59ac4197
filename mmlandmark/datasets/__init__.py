"""MMPose datasets and the transforms it lacks; importing registers them."""

from .csv_dataset import CSVKeypointDataset
from .depth import DepthDataPreprocessor, LoadDepth
from .disturbances import HideFace, MoveBox, ReduceResolution
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
    'HideFace',
    'LabelDepth',
    'LabelGuide',
    'LoadDepth',
    'LoadLandmarkImage',
    'MoveBox',
    'PackLandmarkInputs',
    'PackShape',
    'RandomIntensity',
    'ReduceResolution',
    'SampleDataset',
]
