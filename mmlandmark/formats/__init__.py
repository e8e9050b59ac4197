"""File formats to lists of :class:`LandmarkSample`; neither torch nor mmpose needed."""

from typing import TYPE_CHECKING

from .aflw19 import read_aflw19
from .coco import read_coco
from .cofw import read_cofw
from .csv_table import CsvTable, read_csv
from .cvat import read_cvat
from .dlib_xml import read_dlib_xml
from .folder300w import read_300w
from .image import read_image
from .isbi2015 import read_isbi2015
from .label_studio import read_label_studio
from .mat300wlp import read_300wlp, read_aflw2000_3d
from .sample import LandmarkSample, ReadReport
from .wflw import read_wflw

if TYPE_CHECKING:
    from .photo_pickle import read_photo_pickle

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
    'read_cvat',
    'read_dlib_xml',
    'read_image',
    'read_isbi2015',
    'read_label_studio',
    'read_photo_pickle',
    'read_wflw',
]


def __getattr__(name: str):
    if name == 'read_photo_pickle':  # pandas takes half a second to import
        from .photo_pickle import read_photo_pickle

        return read_photo_pickle
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
