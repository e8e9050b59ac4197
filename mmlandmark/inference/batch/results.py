"""Writes the results of a run as a CSV table or a COCO file, one record at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import InputError
from ...formats.coco import writer as coco
from ...formats.points_csv import columns_of, point_rows, write_rows
from ...schemes import Scheme
from ...structures.coco import image_entry
from ...structures.prediction import Prediction
from .records import read_records, replaced

SUFFIXES = ('.jsonl', '.csv', '.json')


def checked_results(path: Path) -> Path:
    """The path itself; raises :class:`InputError` for an unknown suffix."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f'{path.name}: the results are .jsonl, .csv or .json (COCO keypoints)'
        )
    return path


def write_results(journal: Path, out: Path, scheme: Scheme) -> None:
    """Write the results in the format of the suffix of ``out``.

    Image paths are written relative to the folder of ``out``, where readers expect them.

    Args:
        journal: The ``.jsonl`` of a run.
        out: ``.csv``, one row per point; ``.json``, COCO keypoints; ``.jsonl``: unchanged.
        scheme: The scheme of the points, for the category of a COCO file.
    """
    write: dict[str, Callable] = {'.csv': write_csv, '.json': write_coco}
    if out.suffix.lower() in write:
        with replaced(out) as partial:
            write[out.suffix.lower()](journal, partial, scheme)


def write_csv(journal: Path, out: Path, scheme: Scheme) -> None:
    """Write one row per point: ``image, face, landmark, x, y, score`` and more columns.

    ``face`` numbers the predictions of an image from 1; the column is omitted if every
    image has one prediction at most. x and y are in pixels, 0-based. The other columns are
    those of :func:`.points_csv.points_csv`.
    """
    faces, columns = 1, dict[str, None]()
    for record in read_records(journal):
        faces = max(faces, len(record['predictions']))
        for row in point_rows(_predictions(record)):
            columns |= dict.fromkeys(row)
    names = columns_of([columns], ['image'], faces)
    with out.open('w', newline='', encoding='utf-8') as file:
        write_rows(file, names, _csv_rows(journal, out))


def _csv_rows(journal: Path, out: Path) -> Iterator[dict]:
    for record in read_records(journal):
        image = _relative(record['image'], out)
        for row in point_rows(_predictions(record)):
            yield dict(row, image=image)


def write_coco(journal: Path, out: Path, scheme: Scheme) -> None:
    """Write COCO keypoints, readable by :func:`mmlandmark.formats.read_coco`."""
    with out.open('w', encoding='utf-8') as file:
        coco.write_coco(
            file,
            _images(journal, out),
            _annotations(journal),
            [coco.scheme_category(scheme)],
        )


def _images(journal: Path, out: Path) -> Iterator[dict]:
    for number, record in enumerate(read_records(journal), start=1):
        spacings = [found.spacing for found in _predictions(record) if found.spacing]
        yield image_entry(
            number,
            _relative(record['image'], out),
            (record['width'], record['height']),
            spacings[0] if spacings else None,
        )


def _annotations(journal: Path) -> Iterator[dict]:
    count = 0
    for number, record in enumerate(read_records(journal), start=1):
        for found in _predictions(record):
            count += 1
            yield found.coco_annotation(count, number)


def _predictions(record: dict) -> list[Prediction]:
    return [Prediction.from_dict(values) for values in record['predictions']]


def _relative(image: str, out: Path) -> str:
    try:
        return Path(os.path.relpath(image, out.parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(image).absolute().as_posix()
