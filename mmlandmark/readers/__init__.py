"""File formats to lists of :class:`LandmarkSample`; neither torch nor mmpose needed."""

from .aflw19 import read_aflw19
from .coco import read_coco
from .cofw import read_cofw
from .csv_table import CsvTable, read_csv
from .dlib_xml import read_dlib_xml
from .folder300w import read_300w
from .image import read_image
from .isbi2015 import read_isbi2015
from .mat300wlp import read_300wlp, read_aflw2000_3d
from .photo_pickle import read_photo_pickle
from .sample import LandmarkSample, ReadReport
from .wflw import read_wflw

__all__ = [
    'CsvTable',
    'LandmarkSample',
    'ReadReport',
    'read_300w',
    'read_300wlp',
    'read_aflw19',
    'read_aflw2000_3d',
    'read_coco',
    'read_cofw',
    'read_csv',
    'read_dlib_xml',
    'read_image',
    'read_isbi2015',
    'read_photo_pickle',
    'read_wflw',
]
