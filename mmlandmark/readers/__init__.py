"""File formats to lists of :class:`LandmarkSample`; neither torch nor mmpose needed."""

from .coco import read_coco
from .image import read_image
from .isbi2015 import read_isbi2015
from .photo_pickle import read_photo_pickle
from .sample import LandmarkSample, ReadReport

__all__ = [
    'LandmarkSample',
    'ReadReport',
    'read_coco',
    'read_image',
    'read_isbi2015',
    'read_photo_pickle',
]
