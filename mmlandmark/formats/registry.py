"""The list of all formats: names, readers, writers, and the data that each represents.

The commands ``prepare``, ``convert`` and ``label`` and the table of the documentation are
made from :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..schemes import (
    AARIZ29,
    AFLW19,
    CLDETECTION38,
    CLDETECTION53,
    COFW29,
    IBUG68,
    ISBI19,
    PHOTO19,
    WFLW98,
    Scheme,
)
from ..structures.sample import LandmarkSample, ReadReport
from .cephalograms import (
    read_aariz,
    read_cepha29,
    read_cldetection2023,
    read_cldetection2024,
)
from .coco import coco_scheme, read_coco
from .coco.samples import write_coco_samples
from .common.records import records_of
from .common.writing import Names, by_image, names_in
from .csv.writer import csv_scheme, read_csv_points, write_csv
from .cvat import cvat_scheme, read_cvat, write_cvat
from .deeplabcut import deeplabcut_scheme, read_deeplabcut, write_deeplabcut
from .faces.aflw19 import read_aflw19
from .faces.cofw import read_cofw
from .faces.dlib_xml import read_dlib_xml
from .faces.ibug300w import read_300w
from .faces.wflw import read_wflw
from .isbi2015 import read_isbi2015
from .label_studio import label_studio_scheme, read_label_studio, write_label_studio
from .labelme import labelme_scheme, read_labelme, write_labelme
from .openpose import openpose_scheme, read_openpose, write_openpose
from .photo_pickle import read_photo_pickle
from .sleap import read_sleap, sleap_scheme, write_sleap
from .slicer import (
    fcsv_scheme,
    read_fcsv,
    read_slicer_json,
    slicer_json_scheme,
    write_fcsv,
    write_slicer_json,
)
from .tps import read_tps, tps_scheme, write_tps
from .via import read_via, via_scheme, write_via
from .voc import read_voc, voc_scheme, write_voc
from .webmorph import read_webmorph, webmorph_scheme, write_webmorph
from .yolo import read_yolo, write_yolo, yolo_scheme

#: Data that a format may represent besides coordinates, and their names in messages about
#: losses.
CAPABILITIES = {
    'names': 'the names of the points',
    'missing': 'missing points',
    'occluded': 'the mark of occluded points',
    'boxes': 'boxes',
    'spacing': 'the pixel spacing',
    'heads': 'heads of an image after its first',
    'annotators': 'the points of each annotator',
    'scores': 'the confidence of points',
    'subjects': 'the patient or person',
    'splits': 'the part train, val or test',
}

Reader = Callable[[Path, Scheme, ReadReport | None], list[LandmarkSample]]
SchemeOf = Callable[..., Scheme]
Writer = Callable[[Path, Sequence[LandmarkSample], Scheme, str], Names]


@dataclass(frozen=True)
class Format:
    """One format of annotations.

    Attributes:
        name: Its name in commands.
        title: What it is.
        ending: The ending of its files, ``''`` for a data set of its own layout.
        base: Its index base, as documented.
        carries: The keys of :data:`CAPABILITIES` that are kept when it is written and read.
        read: Reads it; see the module of the format.
        scheme: Makes the scheme of a file; None where ``fixed`` is its scheme.
        write: Writes it; None if it is only read.
        fixed: The scheme of a data set.
        folder: Whether it is written as a folder, with a file per image.
    """

    name: str
    title: str
    ending: str
    base: str
    carries: frozenset[str]
    read: Reader
    scheme: SchemeOf | None = None
    write: Writer | None = None
    fixed: Scheme | None = None
    folder: bool = False

    def scheme_of(self, src: Path, name: str = 'custom', **more: object) -> Scheme:
        """The scheme of the points in a file."""
        if self.fixed is not None:
            return self.fixed
        assert self.scheme is not None
        return self.scheme(src, name=name, **more)


def _cvat(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str
) -> Names:
    names = names_in(by_image(samples), out.parent)
    texts = {str(path): name for path, name in names.items()}
    write_cvat(out, records_of(samples, scheme), label, texts)
    return names


def _label_studio(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str
) -> Names:
    names = names_in(by_image(samples), out.parent)
    texts = {str(path): name for path, name in names.items()}
    write_label_studio(out, records_of(samples, scheme), label, names=texts)
    return names


def _set(read: Callable) -> Reader:
    """The reader of a data set, which has a scheme of its own."""
    return lambda src, scheme, report: read(src, report)


_ALL = frozenset(CAPABILITIES)


def _but(*lost: str) -> frozenset[str]:
    return _ALL - {*lost}


def _only(*kept: str) -> frozenset[str]:
    assert {*kept} <= _ALL
    return frozenset(kept)


#: Every format, in the order of the documentation.
FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            'coco', 'COCO keypoints', '.json', '0', _but('splits'), read_coco,
            coco_scheme, write_coco_samples,
        ),
        Format(
            'cvat', 'CVAT for images 1.1', '.xml', 'corner',
            _only('names', 'missing', 'occluded', 'heads', 'splits'), read_cvat,
            cvat_scheme, _cvat,
        ),
        Format(
            'label-studio', 'Label Studio JSON', '.json', 'corner',
            _but('occluded', 'annotators', 'scores'), read_label_studio,
            label_studio_scheme, _label_studio,
        ),
        Format(
            'csv', 'a table of points', '.csv', '0',
            _only('names', 'missing', 'heads', 'subjects', 'splits'), read_csv_points,
            csv_scheme, write_csv,
        ),
        Format(
            'deeplabcut', 'DeepLabCut CSV; its `.h5` is read too', '.csv', '0',
            _only('names', 'missing', 'heads', 'scores'), read_deeplabcut,
            deeplabcut_scheme, write_deeplabcut,
        ),
        Format(
            'sleap', 'SLEAP labels', '.slp', '0',
            _only('names', 'missing', 'heads', 'scores'), read_sleap, sleap_scheme,
            write_sleap,
        ),
        Format(
            'yolo', 'YOLO pose (Ultralytics)', '.yaml', '0, divided by the sides',
            _only('names', 'missing', 'occluded', 'boxes', 'heads', 'splits'), read_yolo,
            yolo_scheme, write_yolo, folder=True,
        ),
        Format(
            'labelme', 'LabelMe JSON', '.json', 'corner',
            _only('names', 'missing', 'occluded', 'boxes', 'heads'), read_labelme,
            labelme_scheme, write_labelme, folder=True,
        ),
        Format(
            'via', 'VGG Image Annotator 1 and 2, JSON or CSV', '.json', 'corner',
            _only('names', 'missing', 'boxes', 'heads'), read_via, via_scheme, write_via,
        ),
        Format(
            'voc', 'Pascal VOC XML of faces', '.xml', '0, boxes from 1',
            _only('names', 'missing', 'boxes', 'heads'), read_voc, voc_scheme, write_voc,
            folder=True,
        ),
        Format(
            'tps', 'TPS (tpsDig)', '.tps', '0, y upwards',
            _only('missing', 'spacing', 'heads'), read_tps, tps_scheme, write_tps,
        ),
        Format(
            'slicer', '3D Slicer markups', '.mrk.json', '0, LPS or RAS',
            _only('names', 'missing', 'heads'), read_slicer_json, slicer_json_scheme,
            write_slicer_json, folder=True,
        ),
        Format(
            'fcsv', '3D Slicer fiducials', '.fcsv', '0, LPS or RAS',
            _only('names', 'missing'), read_fcsv, fcsv_scheme, write_fcsv, folder=True,
        ),
        Format(
            'webmorph', 'WebMorph templates', '.tem', '0', _only(), read_webmorph,
            webmorph_scheme, write_webmorph, folder=True,
        ),
        Format(
            'openpose', 'OpenPose JSON, faces and bodies', '_keypoints.json', '0',
            _only('names', 'missing', 'heads', 'scores'), read_openpose, openpose_scheme,
            write_openpose, folder=True,
        ),
        Format(
            'photo-pickle', 'lateral photographs, a pickled DataFrame', '.pkl', '0',
            _only('names', 'missing', 'subjects', 'splits'), _set(read_photo_pickle),
            fixed=PHOTO19,
        ),
        Format(
            'isbi2015', 'ISBI 2015 radiographs', '', '0',
            _only('names', 'spacing', 'annotators', 'subjects', 'splits'),
            _set(read_isbi2015), fixed=ISBI19,
        ),
        Format(
            'aariz', 'Aariz radiographs', '', '0',
            _only('names', 'spacing', 'annotators', 'subjects', 'splits'),
            _set(read_aariz), fixed=AARIZ29,
        ),
        Format(
            'cepha29', 'CEPHA29 radiographs (ISBI 2023)', '', '0',
            _only('names', 'spacing', 'annotators', 'subjects', 'splits'),
            _set(read_cepha29), fixed=AARIZ29,
        ),
        Format(
            'cl-detection-2023', 'CL-Detection 2023 radiographs', '', '0',
            _only('names', 'missing', 'spacing', 'subjects'), _set(read_cldetection2023),
            fixed=CLDETECTION38,
        ),
        Format(
            'cl-detection-2024', 'CL-Detection 2024 radiographs', '', '0',
            _only('missing', 'spacing', 'subjects'), _set(read_cldetection2024),
            fixed=CLDETECTION53,
        ),
        Format(
            '300w', '300-W, .pts files', '', '1', _only('names', 'splits'),
            _set(read_300w), fixed=IBUG68,
        ),
        Format(
            'dlib', "dlib's XML", '.xml', '0',
            _only('names', 'missing', 'boxes', 'heads', 'splits', 'subjects'),
            _set(read_dlib_xml), fixed=IBUG68,
        ),
        Format(
            'wflw', 'WFLW', '', '0', _only('names', 'boxes', 'heads', 'splits', 'subjects'),
            _set(read_wflw), fixed=WFLW98,
        ),
        Format(
            'cofw', 'COFW', '', '1', _only('names', 'boxes', 'splits'), _set(read_cofw),
            fixed=COFW29,
        ),
        Format(
            'aflw19', 'AFLW-19', '', '0', _only('names', 'missing', 'boxes', 'splits'),
            _set(read_aflw19), fixed=AFLW19,
        ),
    )
}  # fmt: skip


def get_format(name: str) -> Format:
    """A format by its name.

    Raises:
        InputError: There is no format of this name.
    """
    if name not in FORMATS:
        raise InputError(f'no format {name!r}: there are {", ".join(FORMATS)}')
    return FORMATS[name]


def table() -> str:
    """The table of formats and the data that they represent, as Markdown."""
    head = ['format', 'files', 'counts from', 'writes', *CAPABILITIES]
    rows = [head, ['---', '---', '---', *([':-:'] * (len(head) - 3))]]
    for f in FORMATS.values():
        marks = ['yes' if key in f.carries else '' for key in CAPABILITIES]
        files = f'{f.title}' + (f', `{f.ending}`' if f.ending else '')
        rows.append([f'`{f.name}`', files, f.base, 'yes' if f.write else '', *marks])
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows) + '\n'


__all__ = [
    'CAPABILITIES',
    'FORMATS',
    'Format',
    'get_format',
    'table',
]
