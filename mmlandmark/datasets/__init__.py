"""MMPose datasets and the transforms it lacks; importing registers them."""

from ..compat import activate as shims  # noqa: F401

# isort: split
from .csv_dataset import CSVKeypointDataset
from .face_dataset import FaceDataset
from .keypoint_dataset import KeypointDataset
from .parts_dataset import FassegDataset, LaPaDataset
from .sample_dataset import SampleDataset
from .transforms.augmentation import BBoxJitter, Cutout, ReduceResolution
from .transforms.depth import DepthDataPreprocessor, LoadDepth
from .transforms.fan import GetReferenceCrop, LabelDepth, LabelGuide
from .transforms.framing import RandomBorder, RandomCollimation
from .transforms.loading import LoadLandmarkImage, PackLandmarkInputs, RandomIntensity
from .transforms.parts import FlipParts, LoadParts, Occlude, ResizePhoto
from .transforms.photographs import RandomBlur, RandomOcclusion
from .transforms.radiographs import RandomCompression, RandomLabels
from .transforms.shapes import PackShape

__all__ = [
    'BBoxJitter',
    'CSVKeypointDataset',
    'Cutout',
    'DepthDataPreprocessor',
    'FaceDataset',
    'FassegDataset',
    'FlipParts',
    'GetReferenceCrop',
    'KeypointDataset',
    'LaPaDataset',
    'LabelDepth',
    'LabelGuide',
    'LoadDepth',
    'LoadLandmarkImage',
    'LoadParts',
    'Occlude',
    'PackLandmarkInputs',
    'PackShape',
    'RandomBlur',
    'RandomBorder',
    'RandomCollimation',
    'RandomCompression',
    'RandomIntensity',
    'RandomLabels',
    'RandomOcclusion',
    'ReduceResolution',
    'ResizePhoto',
    'SampleDataset',
]
