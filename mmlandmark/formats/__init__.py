"""File formats to lists of :class:`LandmarkSample`; neither torch nor mmpose needed."""

from typing import TYPE_CHECKING

from ..structures.sample import LandmarkSample, ReadReport
from .coco.reader import read_coco
from .csv.table import CsvTable, read_csv
from .cvat.reader import read_cvat
from .cvat.writer import write_cvat
from .faces.aflw19 import read_aflw19
from .faces.cofw import read_cofw
from .faces.dlib_xml import read_dlib_xml
from .faces.ibug300w import read_300w
from .faces.mat300wlp import read_300wlp, read_aflw2000_3d
from .faces.wflw import read_wflw
from .isbi2015 import read_isbi2015
from .label_studio.reader import read_label_studio
from .label_studio.writer import write_label_studio

if TYPE_CHECKING:
    from .photo_pickle.reader import read_photo_pickle

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
    'read_isbi2015',
    'read_label_studio',
    'read_photo_pickle',
    'read_wflw',
    'write_cvat',
    'write_label_studio',
]


def __getattr__(name: str):
    if name == 'read_photo_pickle':  # pandas takes half a second to import
        from .photo_pickle.reader import read_photo_pickle

        return read_photo_pickle
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
