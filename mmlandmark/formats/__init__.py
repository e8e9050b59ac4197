"""Reads and writes annotation files; imports neither torch nor MMPose.

Every reader returns a list of :class:`LandmarkSample` with 0-based pixel centres. The
table gives the index base of the files.

================================  =========  ============================================
module                            index base data
================================  =========  ============================================
:mod:`.coco`                      0          COCO keypoints JSON
:mod:`.cvat`                      corner     CVAT for images 1.1 (read and write)
:mod:`.label_studio`              corner     Label Studio JSON, in percent (read and write)
:mod:`.csv`                       0 or 1     tables of points
:mod:`.tps`                       0          tpsDig (read and write), as all of the next
:mod:`.slicer`                    0          3D Slicer, ``.mrk.json`` and ``.fcsv``
:mod:`.deeplabcut`                0          DeepLabCut CSV (``.h5`` is read too)
:mod:`.sleap`                     0          SLEAP labels
:mod:`.yolo`                      0          YOLO pose folders
:mod:`.labelme`                   corner     LabelMe JSON
:mod:`.via`                       corner     VGG Image Annotator, JSON and CSV
:mod:`.voc`                       0          Pascal VOC XML of faces
:mod:`.webmorph`                  0          WebMorph templates
:mod:`.openpose`                  0          OpenPose JSON
:mod:`.cephalograms`              0          Aariz, CEPHA29, CL-Detection 2023, 2024 (read)
:mod:`.isbi2015`                  0          ISBI 2015 cephalometric challenge
:mod:`.photo_pickle`              0          lateral profile photographs
:mod:`.faces.ibug300w`            1          300-W, ``.pts`` files
:mod:`.faces.dlib_xml`            0          dlib's ``imglab`` XML
:mod:`.faces.mat300wlp`           1          300W-LP and AFLW2000-3D
:mod:`.faces.wflw`                0          WFLW
:mod:`.faces.cofw`                1          COFW
:mod:`.faces.aflw19`              0          AFLW-19
:mod:`.faces.webmorph_sets`       0          the face sets of webmorphR.stim
:mod:`.parts`                     0          LaPa and FASSEG, label images of face parts
================================  =========  ============================================

:mod:`.registry` lists all formats with what they can carry; :mod:`.convert` converts.

"corner": coordinates count from the outer corner of the first pixel, whose centre is 0.5.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..structures.sample import LandmarkSample as LandmarkSample
    from ..structures.sample import ReadReport as ReadReport
    from .cephalograms import read_aariz as read_aariz
    from .cephalograms import read_cepha29 as read_cepha29
    from .cephalograms import read_cldetection2023 as read_cldetection2023
    from .cephalograms import read_cldetection2024 as read_cldetection2024
    from .coco import coco_images as coco_images
    from .coco import coco_scheme as coco_scheme
    from .coco import read_coco as read_coco
    from .csv import CsvTable as CsvTable
    from .csv import read_csv as read_csv
    from .cvat import cvat_scheme as cvat_scheme
    from .cvat import read_cvat as read_cvat
    from .cvat import write_cvat as write_cvat
    from .faces.aflw19 import read_aflw19 as read_aflw19
    from .faces.cofw import read_cofw as read_cofw
    from .faces.dlib_xml import read_dlib_xml as read_dlib_xml
    from .faces.ibug300w import read_300w as read_300w
    from .faces.mat300wlp import read_300wlp as read_300wlp
    from .faces.mat300wlp import read_aflw2000_3d as read_aflw2000_3d
    from .faces.webmorph_sets import read_webmorph_sets as read_webmorph_sets
    from .faces.wflw import read_wflw as read_wflw
    from .isbi2015 import read_isbi2015 as read_isbi2015
    from .label_studio import label_studio_scheme as label_studio_scheme
    from .label_studio import read_label_studio as read_label_studio
    from .label_studio import write_label_studio as write_label_studio
    from .photo_pickle import read_photo_pickle as read_photo_pickle

#: The modules that names are imported from when they are first asked for: writing a table
#: of points needs no reader.
_PUBLIC = {
    'CsvTable': '.csv',
    'LandmarkSample': '..structures.sample',
    'ReadReport': '..structures.sample',
    'coco_images': '.coco',
    'coco_scheme': '.coco',
    'cvat_scheme': '.cvat',
    'label_studio_scheme': '.label_studio',
    'read_300w': '.faces.ibug300w',
    'read_300wlp': '.faces.mat300wlp',
    'read_aariz': '.cephalograms',
    'read_aflw19': '.faces.aflw19',
    'read_aflw2000_3d': '.faces.mat300wlp',
    'read_cepha29': '.cephalograms',
    'read_cldetection2023': '.cephalograms',
    'read_cldetection2024': '.cephalograms',
    'read_coco': '.coco',
    'read_cofw': '.faces.cofw',
    'read_csv': '.csv',
    'read_cvat': '.cvat',
    'read_dlib_xml': '.faces.dlib_xml',
    'read_isbi2015': '.isbi2015',
    'read_label_studio': '.label_studio',
    'read_photo_pickle': '.photo_pickle',
    'read_webmorph_sets': '.faces.webmorph_sets',
    'read_wflw': '.faces.wflw',
    'write_cvat': '.cvat',
    'write_label_studio': '.label_studio',
}

__all__ = [
    'CsvTable',
    'LandmarkSample',
    'ReadReport',
    'coco_images',
    'coco_scheme',
    'cvat_scheme',
    'label_studio_scheme',
    'read_300w',
    'read_300wlp',
    'read_aariz',
    'read_aflw19',
    'read_aflw2000_3d',
    'read_cepha29',
    'read_cldetection2023',
    'read_cldetection2024',
    'read_coco',
    'read_cofw',
    'read_csv',
    'read_cvat',
    'read_dlib_xml',
    'read_isbi2015',
    'read_label_studio',
    'read_photo_pickle',
    'read_webmorph_sets',
    'read_wflw',
    'write_cvat',
    'write_label_studio',
]


def __getattr__(name: str):
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name], __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
