"""MMPose datasets and the transforms it lacks; importing registers them."""

from .. import shims  # noqa: F401

# isort: split
from .csv_dataset import CSVKeypointDataset
from .depth import DepthDataPreprocessor, LoadDepth
from .disturbances import HideFace, MoveBox, ReduceResolution
from .face_dataset import FaceDataset
from .landmark_dataset import CephalometricDataset
from .parts_dataset import FassegDataset, LaPaDataset
from .parts_transforms import FlipParts, LoadParts, Occlude, ResizePhoto
from .sample_dataset import SampleDataset
from .shapes import PackShape
from .space import GetReferenceCrop, LabelDepth, LabelGuide
from .transforms import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity

__all__ = [
    'CSVKeypointDataset',
    'CephalometricDataset',
    'DepthDataPreprocessor',
    'FaceDataset',
    'FassegDataset',
    'FlipParts',
    'GetReferenceCrop',
    'HideFace',
    'LaPaDataset',
    'LabelDepth',
    'LabelGuide',
    'LoadDepth',
    'LoadLandmarkImage',
    'LoadParts',
    'MoveBox',
    'Occlude',
    'PackLandmarkInputs',
    'PackShape',
    'RandomIntensity',
    'ReduceResolution',
    'ResizePhoto',
    'SampleDataset',
]
