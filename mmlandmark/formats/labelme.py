"""LabelMe's JSON: one file per image, with a shape of type ``point`` for each landmark.

The points of one head, and its ``rectangle``, share a ``group_id``; without it all points
are one head. Other shapes are left out and counted. ``flags.occluded`` of a shape, which is
this package's, marks an occluded point.

Index base: LabelMe counts from the outer corner of the first pixel, whose centre is 0.5.
Layout: ``labelme/_label_file.py`` of LabelMe 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.heads import Head, Parsed, failed, label_files, read_heads
from .common.image_finder import finder_beside
from .common.points import scheme_of
from .common.sizes import displayed_size
from .common.text_file import load_json
from .common.values import number, shown
from .common.writing import Names, by_image, named_points, stems_of, write_json

VERSION = '6.3.1'  # version of the layout


def read_labelme(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the files of a folder, or one file; points are matched by their labels.

    Args:
        src: A ``.json`` file, or a folder of them.
        scheme: The K points. :func:`labelme_scheme` makes one from the files.
        report: Collects the heads that cannot be read, and counts other shapes; without it
            the first bad head raises an error.

    Returns:
        One sample per group of points: ``(K, 2)`` points, 0-based pixel centres; the box of
        its rectangle.

    Raises:
        InputError: No such file, not a file of LabelMe, or a bad head and ``report`` is
            None.
    """

    def heads() -> Iterator[Parsed]:
        for file in label_files(Path(src), '.json'):
            try:
                data = _load(file)
                groups = _groups(data, report)
            except InputError as error:
                yield failed(file.name, error)
                continue
            for key, shapes in groups.items():
                where = file.name if key is None else f'{file.name} group {shown(key)}'
                yield where, partial(_head, file, data, shapes)

    return read_heads(heads(), scheme, report)


def labelme_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the labels of points, in the order of their first use.

    Raises:
        InputError: No such file, not a file of LabelMe, or no points.
    """
    labels = [
        _label(shape)
        for file in label_files(Path(src), '.json')
        for shape in _shapes(_load(file))
        if shape.get('shape_type') == 'point'
    ]
    return scheme_of(labels, name, src)


def write_labelme(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM.json`` for each image.

    Args:
        out: The folder.
        samples: Samples of image files.
        scheme: Their K points.
        label: The label of the rectangles.

    Returns:
        Each image and its name beside its file.
    """
    images = by_image(samples)
    names = stems_of(images)
    for path, heads in images.items():
        grouped = len(heads) > 1
        width, height = displayed_size(path)
        shapes: list[dict] = []
        for number_, sample in enumerate(heads, start=1):
            group = number_ if grouped or sample.box is not None else None
            if sample.box is not None:
                corners = (np.reshape(sample.box, (2, 2)) + 0.5).tolist()
                shapes.append(_shape(label, corners, 'rectangle', group, False))
            shapes += [
                _shape(
                    p['name'],
                    [[p['x'] + 0.5, p['y'] + 0.5]],
                    'point',
                    group,
                    p['occluded'],
                )
                for p in named_points(sample, scheme)
            ]
        values: dict[str, Any] = dict(
            version=VERSION,
            flags={},
            shapes=shapes,
            imagePath=names[path],
            imageData=None,
            imageHeight=height,
            imageWidth=width,
        )
        write_json(out / f'{Path(names[path]).stem}.json', values)
    return names


def _shape(
    label: str, points: list, kind: str, group: int | None, occluded: bool
) -> dict:
    return dict(
        label=label,
        points=points,
        group_id=group,
        description='',
        shape_type=kind,
        flags=dict(occluded=True) if occluded else {},
        mask=None,
    )


def _load(file: Path) -> dict:
    data = load_json(file)
    if not isinstance(data, dict) or not {'shapes', 'imagePath'} <= data.keys():
        raise InputError(f"{file} is not a file of LabelMe: it has no 'shapes'")
    return data


def _shapes(data: dict) -> list[dict]:
    shapes = data['shapes']
    if not isinstance(shapes, list) or not all(isinstance(s, dict) for s in shapes):
        raise InputError(f'its shapes are {shown(shapes)}, a list is needed')
    return shapes


def _groups(data: dict, report: ReadReport | None) -> dict[Any, list[dict]]:
    """The points and rectangles of each head."""
    groups: dict[Any, list[dict]] = {}
    for shape in _shapes(data):
        kind, key = shape.get('shape_type'), shape.get('group_id')
        if kind not in ('point', 'rectangle'):
            note(report, f'shapes left out, of type {shown(kind)}')
        elif key is not None and (
            isinstance(key, bool) or not isinstance(key, (int, str))
        ):
            raise InputError(f'a group_id is {shown(key)}, a number is needed')
        else:
            groups.setdefault(key, []).append(shape)
    pointed = {
        key: shapes
        for key, shapes in groups.items()
        if any(s['shape_type'] == 'point' for s in shapes)
    }
    if not pointed:
        note(report, 'images without points')
    return pointed


def _head(file: Path, data: dict, shapes: list[dict]) -> Head:
    name = data['imagePath']
    path = finder_beside(file).find(name)
    points, hidden, boxes = [], set(), []
    for shape in shapes:
        corners = _corners(shape)
        if shape['shape_type'] == 'rectangle':
            (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
            boxes.append((float(x1), float(y1), float(x2), float(y2)))
            continue
        label = _label(shape)
        points.append((label, float(corners[0, 0]), float(corners[0, 1])))
        flags = shape.get('flags')
        if isinstance(flags, dict) and flags.get('occluded') is True:
            hidden.add(label)
    box = boxes[0] if len(boxes) == 1 else None
    size = (data.get('imageWidth'), data.get('imageHeight'))
    text = PurePosixPath(name.replace('\\', '/')).as_posix()
    return Head(path, text, points, hidden, box=box, size=size)


def _label(shape: dict) -> str:
    label = shape.get('label')
    if not isinstance(label, str) or not label.strip():
        raise InputError(f'the label of a point is {shown(label)}: name each point')
    return label


def _corners(shape: dict) -> np.ndarray:
    """The positions of a shape, 0-based pixel centres: one of a point, two of a box."""
    wanted = 1 if shape['shape_type'] == 'point' else 2
    rows: Any = shape.get('points')
    whole = isinstance(rows, list) and all(
        isinstance(row, list) and len(row) == 2 for row in rows
    )
    if not whole or len(rows) != wanted:
        raise InputError(
            f'the points of a shape are {shown(rows)}, {wanted} are needed'
        )
    values = np.asarray(
        [[number(v, 'a coordinate') for v in row] for row in rows], np.float64
    )
    if not np.isfinite(values).all():
        raise InputError('a shape lacks a coordinate')
    return values - 0.5
