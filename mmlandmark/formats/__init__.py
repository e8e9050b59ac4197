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
:mod:`.deeplabcut`                0          DeepLabCut CSV
:mod:`.yolo`                      0          YOLO pose folders
:mod:`.labelme`                   corner     LabelMe JSON
:mod:`.via`                       corner     VGG Image Annotator, JSON and CSV
:mod:`.webmorph`                  0          WebMorph templates
:mod:`.openpose`                  0          OpenPose JSON
:mod:`.cephalograms`              0          Aariz and CL-Detection 2023 (read)
:mod:`.isbi2015`                  0          ISBI 2015 cephalometric challenge
:mod:`.photo_pickle`              0          lateral profile photographs
:mod:`.faces.ibug300w`            1          300-W, ``.pts`` files
:mod:`.faces.dlib_xml`            0          dlib's ``imglab`` XML
:mod:`.faces.mat300wlp`           1          300W-LP and AFLW2000-3D
:mod:`.faces.wflw`                0          WFLW
:mod:`.faces.cofw`                1          COFW
:mod:`.faces.aflw19`              0          AFLW-19
:mod:`.parts`                     0          LaPa and FASSEG, label images of face parts
================================  =========  ============================================

:mod:`.registry` lists all formats with what they can carry; :mod:`.convert` converts.

"corner": coordinates count from the outer corner of the first pixel, whose centre is 0.5.
"""

from ..structures.sample import LandmarkSample, ReadReport
from .cephalograms import read_aariz, read_cldetection2023
from .coco import coco_images, coco_scheme, read_coco
from .csv import CsvTable, read_csv
from .cvat import cvat_scheme, read_cvat, write_cvat
from .faces.aflw19 import read_aflw19
from .faces.cofw import read_cofw
from .faces.dlib_xml import read_dlib_xml
from .faces.ibug300w import read_300w
from .faces.mat300wlp import read_300wlp, read_aflw2000_3d
from .faces.wflw import read_wflw
from .isbi2015 import read_isbi2015
from .label_studio import label_studio_scheme, read_label_studio, write_label_studio
from .photo_pickle import read_photo_pickle

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
    'read_cldetection2023',
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
