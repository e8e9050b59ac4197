"""Recognises the format of a file or folder by its names and the beginning of its text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import InputError
from .common.text_file import load_json, read_text
from .registry import FORMATS, Format

_FOLDERS = (
    ('yolo', '*.yaml'),
    ('webmorph', '**/*.tem'),
    ('slicer', '**/*.mrk.json'),
    ('fcsv', '**/*.fcsv'),
    ('openpose', '**/*_keypoints.json'),
    ('cvat', 'annotations.xml'),
    ('isbi2015', 'RawImage'),
    ('aariz', 'cephalogram_machine_mappings.csv'),
    ('cepha29', '*/Cephalograms'),
    ('cl-detection-2023', 'train-gt.json'),
    ('cl-detection-2024', 'Training Set/labels.csv'),
    ('wflw', 'WFLW_annotations'),
    ('cofw', 'COFW_*_color.mat'),
    ('aflw19', 'AFLWinfo_release.mat'),
    ('300w', '**/*.pts'),
)


def detect(src: str | Path) -> Format:
    """The format of a file or folder.

    Raises:
        InputError: There is no such file, or its format is not recognised.
    """
    path = Path(src)
    if not path.exists():
        raise InputError(f'no file or folder {path}')
    name = _of_folder(path) if path.is_dir() else _of_file(path)
    if name is None:
        raise InputError(
            f'the format of {path} is not recognised: name it', source=None
        )
    return FORMATS[name]


def _of_folder(path: Path) -> str | None:
    for name, pattern in _FOLDERS:
        if next(path.glob(pattern), None) is not None:
            return name
    labels = path / 'labels.csv'
    if labels.is_file() and read_text(labels).lower().startswith('image file,spacing'):
        return 'cl-detection-2024'
    for file in sorted([*path.glob('*.json'), *path.glob('*/*.json')]):
        found = _of_json(load_json(file))
        if found is not None:
            return found
    first = next(iter(sorted(path.rglob('*.xml'))), None)
    return 'voc' if first is not None and _of_file(first) == 'voc' else None


def _of_file(path: Path) -> str | None:
    ends = path.name.lower()
    for ending, name in (
        ('.mrk.json', 'slicer'),
        ('_keypoints.json', 'openpose'),
        ('.fcsv', 'fcsv'),
        ('.tem', 'webmorph'),
        ('.tps', 'tps'),
        ('.yaml', 'yolo'),
        ('.yml', 'yolo'),
        ('.pkl', 'photo-pickle'),
        ('.slp', 'sleap'),
        ('.h5', 'deeplabcut'),
    ):
        if ends.endswith(ending):
            return name
    if ends.endswith('.json'):
        return _of_json(load_json(path))
    if ends.endswith('.xml'):
        return _of_xml(read_text(path)[:4000])
    return _of_csv(read_text(path)) if ends.endswith('.csv') else None


def _of_xml(text: str) -> str:
    if '<dataset' in text:
        return 'dlib'
    return 'voc' if re.search(r'<annotation[\s>]', text) else 'cvat'


def _of_csv(text: str) -> str:
    first = text.removeprefix('\ufeff').split('\n', 1)[0].lower().lstrip('#')
    if first.startswith('scorer'):
        return 'deeplabcut'
    return 'via' if first.startswith('filename,file_size,') else 'csv'


def _of_json(data: Any) -> str | None:
    if isinstance(data, list):
        first = data[0] if data and isinstance(data[0], dict) else {}
        return 'label-studio' if 'data' in first else None
    if not isinstance(data, dict):
        return None
    for name, keys in (
        ('coco', {'images', 'annotations'}),
        ('labelme', {'shapes', 'imagePath'}),
        ('openpose', {'people'}),
        ('slicer', {'markups'}),
        ('via', {'_via_img_metadata'}),
        ('photo-pickle', {'patient_id', 'Image'}),
    ):
        if keys <= data.keys():
            return name
    first = next(iter(data.values()), {})
    return 'via' if isinstance(first, dict) and 'regions' in first else None
