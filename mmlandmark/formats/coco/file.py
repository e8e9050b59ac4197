"""Finds and loads COCO files, and checks their tables and ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...structures.sample import ReadReport, note
from ..common.splits import split_named, splits_named
from ..common.text_file import load_json
from ..common.values import identifier, shown

Id = int | str

TABLES = ('images', 'annotations', 'categories')


@dataclass
class CocoFile:
    """The tables of one file.

    Attributes:
        path: The file.
        src: The data folder in which it was found; None where the user gave the file.
        images: ``images[]`` by id.
        annotations: ``annotations[]`` in the order of the file.
        categories: ``categories[]`` by id.
    """

    path: Path
    src: Path | None
    images: dict[Id, dict]
    annotations: list[dict]
    categories: dict[Id, dict]

    def split(self) -> str | None:
        """The split that the name of the file, or of its folder, contains.

        Raises:
            InputError: The name contains two splits.
        """
        split = split_named(self.path.stem)
        if split is None and self.src is not None:
            folders = self.path.relative_to(self.src).parts[:-1]
            return next((p for f in folders[::-1] if (p := split_named(f))), None)
        return split


def coco_files(src: str | Path, report: ReadReport | None = None) -> list[CocoFile]:
    """The COCO keypoints file at ``src``, or all of those in a folder.

    Args:
        src: A file; or a folder with ``annotations/*.json``, or with ``*.json`` beside the
            images, or with these in one folder per split, such as Roboflow's ``train/``.
        report: Counts the JSON files without points, which are ignored.

    Raises:
        InputError: There is no COCO keypoints file, or one is damaged.
    """
    src = Path(src)
    if not src.is_dir():
        return [load_coco(src)]
    passed: list[tuple[Path, Any]] = []
    for pattern in ('annotations/*.json', '*.json', '*/*.json', '*/annotations/*.json'):
        paths = sorted(src.glob(pattern))
        if pattern.startswith('*/'):  # ignore other data sets below a common folder
            paths = [p for p in paths if splits_named(p.relative_to(src).parts[0])]
        loaded = [(path, load_json(path)) for path in paths]
        found = [
            _tables(path, data, src, TABLES)
            for path, data in loaded
            if _holds_points(data)
        ]
        passed += [(path, data) for path, data in loaded if not _holds_points(data)]
        if found:
            for path, _ in passed:
                name = path.relative_to(src).as_posix()
                note(report, f'file ignored, it has no points: {name}')
            return _without_unions(found, report)
    if passed:
        file = _tables(*passed[0], src, TABLES)
        raise InputError(f"{file.path} has no points: no annotation has 'keypoints'")
    raise InputError(_NO_FILE.format(src))


_NO_FILE = 'no COCO file at {}: give a .json file, or a folder with annotations/*.json'


def load_coco(path: str | Path, needed: Sequence[str] = TABLES) -> CocoFile:
    """Load one file.

    Args:
        path: The file.
        needed: The tables that must exist; others default to empty tables.

    Raises:
        InputError: No such file, a table is missing, or an id occurs twice.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(_NO_FILE.format(path))
    return _tables(path, load_json(path), None, needed)


def _holds_points(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    tables = [data.get('annotations'), data.get('categories')]
    rows = [row for table in tables if isinstance(table, list) for row in table]
    return any(isinstance(row, dict) and row.get('keypoints') for row in rows)


def _without_unions(files: list[CocoFile], report: ReadReport | None) -> list[CocoFile]:
    """Leave out ``trainval.json`` where train and val exist: it is their union."""
    kept = [file for file in files if file.path.stem.lower() != 'trainval']
    if not {'train', 'val'} <= {file.split() for file in kept}:
        return files
    if len(kept) < len(files):
        note(report, 'file ignored, it is the union of train and val: trainval.json')
    return kept


def _tables(path: Path, data: Any, src: Path | None, needed: Sequence[str]) -> CocoFile:
    for name in TABLES:
        table = data.get(name) if isinstance(data, dict) else None
        if table is None and name not in needed and isinstance(data, dict):
            data = {**data, name: []}
        elif not isinstance(table, list) or not all(isinstance(r, dict) for r in table):
            raise InputError(
                f'{path} is not a COCO keypoints file: it has no list of {name}'
            )
    images = _by_id(path, 'image', data['images'], 'file_name')
    categories = _by_id(path, 'category', data['categories'], 'name')
    numbers = [a for a in data['annotations'] if a.get('id') is not None]
    _by_id(path, 'annotation', numbers, 'image_id')
    return CocoFile(path, src, images, data['annotations'], categories)


def _by_id(path: Path, kind: str, rows: list[dict], told_by: str) -> dict[Id, dict]:
    found: dict[Id, dict] = {}
    for nth, row in enumerate(rows, start=1):
        key = row.get('id')
        if type(key) is not int:
            key = identifier(key, f'{path}: the id of {kind} number {nth}')
        other = found.setdefault(key, row)
        if other is not row:
            raise InputError(
                f'{path}: two {_PLURAL[kind]} have id {shown(key)} ({told_by} '
                f'{shown(other.get(told_by))} and {shown(row.get(told_by))}): '
                'give each its own'
            )
    return found


_PLURAL = dict(image='images', category='categories', annotation='annotations')


def referred(table: dict[Id, dict], row: dict, key: str, what: str) -> Id:
    """The id in ``table`` that a row refers to.

    Raises:
        InputError: It refers to nothing.
    """
    wanted = identifier(row.get(key), key)
    if wanted not in table:
        hint = ''
        if any(str(wanted) == str(there) for there in table):
            hint = ', one of which has this id as ' + (
                'a number' if isinstance(wanted, str) else 'text'
            )
        raise InputError(
            f'{key} {shown(wanted)} is not among the {len(table)} {what}{hint}'
        )
    return wanted
