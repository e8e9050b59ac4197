"""MMPose datasets and the transforms it lacks; importing registers them."""

from .csv_dataset import CSVKeypointDataset
from .depth import DepthDataPreprocessor, LoadDepth
from .face_dataset import FaceDataset
from .landmark_dataset import CephalometricDataset
from .parts_dataset import FassegDataset, LaPaDataset
from .parts_transforms import FlipParts, LoadParts, Occlude, ResizePhoto
from .sample_dataset import SampleDataset
from .shapes import PackShape
from .transforms import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity

__all__ = [
    'CSVKeypointDataset',
    'CephalometricDataset',
    'DepthDataPreprocessor',
    'FaceDataset',
    'FassegDataset',
    'FlipParts',
    'LaPaDataset',
    'LoadDepth',
    'LoadLandmarkImage',
    'LoadParts',
    'Occlude',
    'PackLandmarkInputs',
    'PackShape',
    'RandomIntensity',
    'ResizePhoto',
    'SampleDataset',
]
