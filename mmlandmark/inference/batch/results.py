"""Results of a run as a CSV table or a COCO file, written a record at a time."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from ...errors import InputError
from ...schemes import Scheme
from ...structures.prediction import coco_annotation
from ...utils.plain_text import printable
from ...utils.spreadsheet import safe_cell
from .records import read_records, replaced

SUFFIXES = ('.jsonl', '.csv', '.json')


def checked_results(path: Path) -> Path:
    """The path itself; raises :class:`InputError` where its suffix names no form."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f'{path.name}: the results are .jsonl, .csv or .json (COCO keypoints)'
        )
    return path


def export(journal: Path, out: Path, scheme: Scheme) -> None:
    """Write the results in the form that the suffix of ``out`` names.

    Names of images become relative to the folder of ``out``, as readers look for them.

    Args:
        journal: The ``.jsonl`` of a run.
        out: ``.csv``, a row a point; ``.json``, COCO keypoints; ``.jsonl``, nothing to do.
        scheme: Of the points; COCO names them.
    """
    write: dict[str, Callable] = {'.csv': write_csv, '.json': write_coco}
    if out.suffix.lower() in write:
        with replaced(out) as partial:
            write[out.suffix.lower()](journal, partial, scheme)


def write_csv(journal: Path, out: Path, scheme: Scheme) -> None:
    """A row a point: ``image, face, landmark, x, y, score`` and what else is known.

    ``face`` counts the predictions of an image from 1; it is left out where no image has
    two. x and y are pixels, 0-based.
    """
    faces, more = 1, dict[str, None]()
    for record in read_records(journal):
        faces = max(faces, len(record['predictions']))
        for row in _rows(record):
            more |= dict.fromkeys(row)
    names = ['image', *(['face'] if faces > 1 else []), 'landmark', 'x', 'y', 'score']
    names += [name for name in more if name not in {*names, 'face'}]
    with out.open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, names, extrasaction='ignore')
        writer.writerow({name: cell(name) for name in names})
        for record in read_records(journal):
            image = _relative(record['image'], out)
            for row in _rows(record):
                values = {**row, 'image': image}
                writer.writerow({key: cell(value) for key, value in values.items()})


def cell(value: object) -> object:
    """What a cell of a CSV file holds of a value: text is valid, and never a formula."""
    return safe_cell(printable(value)) if isinstance(value, str) else value


def _rows(record: dict) -> Iterator[dict]:
    for face, prediction in enumerate(record['predictions'], start=1):
        for point in prediction['points']:
            row = dict(face=face, **point)
            row['landmark'] = row.pop('name')
            yield row


def write_coco(journal: Path, out: Path, scheme: Scheme) -> None:
    """COCO keypoints, as :func:`mmlandmark.formats.read_coco` reads them; an image once."""
    with out.open('w', encoding='utf-8') as file:
        file.write('{"info": {"description": "0-based pixel centres"},\n')
        _write_list(file, 'images', _images(journal, out))
        _write_list(file, 'annotations', _annotations(journal))
        category = dict(scheme.coco_category(), supercategory='')
        file.write(f'"categories": [{json.dumps(category)}]}}\n')


def _write_list(file: IO[str], name: str, values: Iterable[dict]) -> None:
    file.write(f'"{name}": [')
    for number, value in enumerate(values):
        file.write(('\n' if number == 0 else ',\n') + json.dumps(value))
    file.write('],\n')


def _images(journal: Path, out: Path) -> Iterator[dict]:
    for number, record in enumerate(read_records(journal), start=1):
        image = dict(id=number, file_name=_relative(record['image'], out))
        image |= dict(width=record['width'], height=record['height'])
        spacings = [p['spacing'] for p in record['predictions'] if p['spacing']]
        yield image | (dict(pixel_spacing=spacings[0]) if spacings else {})


def _annotations(journal: Path) -> Iterator[dict]:
    count = 0
    for number, record in enumerate(read_records(journal), start=1):
        for prediction in record['predictions']:
            count += 1
            yield coco_annotation(prediction, count, number)


def _relative(image: str, out: Path) -> str:
    try:
        return Path(os.path.relpath(image, out.parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(image).absolute().as_posix()
