"""Point lists of 3D Slicer on 2D images: ``.mrk.json`` (Markups) and ``.fcsv``.

A file belongs to the image of the same stem: ``a.mrk.json`` to ``a.png``. Each markup, or
``.fcsv`` file, is one head.

Index base: Slicer places an image without a spacing at the origin with 1 mm per pixel, in
LPS (x to the left, y to the back): its first pixel's centre is (0, 0, 0), so LPS
x and y are 0-based pixels; RAS has both signs changed. DICOM and MHA images have a position
and spacing of their own and are refused.

Schema: Slicer's ``markups-schema-v1.0.3.json``; ``.fcsv`` as Slicer 4.11 writes it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..io.pillow_files import IMAGE_SUFFIXES
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport
from .common.heads import Head, Point, failed, image_beside, label_files, read_heads
from .common.image_finder import finder_beside
from .common.points import scheme_of
from .common.text_file import load_json, read_text
from .common.values import number, shown
from .common.writing import Names, by_image, named_points, stems_of, text_of, write_json

SCHEMA = (
    'https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/'
    'Resources/Schema/markups-schema-v1.0.3.json#'
)
# multiplies x and y of a coordinate system to give LPS
_SIGNS = {'LPS': 1, '1': 1, 'RAS': -1, '0': -1}
_COLUMNS = 'id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID'
#: How far from the image plane a point may be, in mm.
_IN_PLANE = 0.5


def read_slicer_json(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read ``.mrk.json`` files; points are matched by their labels.

    Args:
        src: A file, or the folder of files, with the images beside them.
        scheme: The K points. :func:`slicer_json_scheme` makes one from the files.
        report: Collects the files that cannot be read; without it the first raises.

    Returns:
        One sample per markup of type Fiducial: ``(K, 2)`` points, 0-based pixels.

    Raises:
        InputError: No such file, another format, or a bad file and ``report`` is None.
    """
    return _read(Path(src), '.mrk.json', _markups, scheme, report)


def read_fcsv(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read ``.fcsv`` files; see :func:`read_slicer_json`."""
    return _read(Path(src), '.fcsv', _fcsv, scheme, report)


def slicer_json_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the labels in the first file.

    Raises:
        InputError: No such file, another format, or no labels.
    """
    file = label_files(Path(src), '.mrk.json')[0]
    return scheme_of((p[0] for points in _markups(file) for p in points), name, file)


def fcsv_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """Like :func:`slicer_json_scheme`, for ``.fcsv`` files."""
    file = label_files(Path(src), '.fcsv')[0]
    return scheme_of((p[0] for points in _fcsv(file) for p in points), name, file)


def write_slicer_json(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM.mrk.json`` for each image, one markup per head, in LPS.

    Args:
        out: The folder.
        samples: Samples of image files; DICOM and MHA are refused.
        scheme: Their K points.
        label: The name of the markups.

    Returns:
        Each image and the name by which its file finds it.

    Raises:
        InputError: An image is a DICOM or MHA file.
    """
    images = by_image(samples)
    names = stems_of(images)
    for path, heads in images.items():
        _require_plain(path)
        markups = [_markup(sample, scheme, label) for sample in heads]
        file = out / f'{Path(names[path]).stem}.mrk.json'
        write_json(file, {'@schema': SCHEMA, 'markups': markups}, indent=4)
    return names


def write_fcsv(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM.fcsv`` for the first head of each image, in LPS.

    Arguments, result and errors are those of :func:`write_slicer_json`.
    """
    images = by_image(samples)
    names = stems_of(images)
    for path, heads in images.items():
        _require_plain(path)
        text = io.StringIO()
        text.write('# Markups fiducial file version = 4.11\n')
        text.write(f'# CoordinateSystem = LPS\n# columns = {_COLUMNS}\n')
        table = csv.writer(text, lineterminator='\n')
        for i, p in enumerate(named_points(heads[0], scheme), start=1):
            place = [text_of(p['x']), text_of(p['y']), '0', '0', '0', '0', '1']
            table.writerow([i, *place, 1, 1, 0, p['name'], '', ''])
        file = out / f'{Path(names[path]).stem}.fcsv'
        file.write_text(text.getvalue(), encoding='utf-8')
    return names


def _read(
    src: Path, ending: str, parse: Any, scheme: Scheme, report: ReadReport | None
) -> list[LandmarkSample]:
    def heads() -> Iterator[tuple[str, Any]]:
        for file in label_files(src, ending):
            try:
                found = list(parse(file))
            except InputError as error:
                yield failed(file.name, error)
                continue
            for points in found:
                yield file.name, partial(_head, file, ending, points)

    return read_heads(heads(), scheme, report)


def _head(file: Path, ending: str, points: list[Point]) -> Head:
    stem = file.name[: -len(ending)] if file.name.endswith(ending) else file.stem
    path = image_beside(finder_beside(file), stem)
    _require_plain(path)
    return Head(path, path.name, points)


def _require_plain(path: Path) -> None:
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(
            f'{path.name} has a position in space of its own, which is not read: convert '
            'it to PNG before placing the points'
        )


def _markups(file: Path) -> Iterator[list[Point]]:
    data = load_json(file)
    markups = data.get('markups') if isinstance(data, dict) else None
    if not isinstance(markups, list) or not all(isinstance(m, dict) for m in markups):
        raise InputError(f"{file} is not a markups file of 3D Slicer: no 'markups'")
    lists = [m for m in markups if m.get('type') in ('Fiducial', 'PointList')]
    if not lists:
        raise InputError(f'{file} has no markup of type Fiducial')
    for markup in lists:
        sign = _sign(markup.get('coordinateSystem', 'LPS'))
        points = markup.get('controlPoints') or []
        if not isinstance(points, list) or not all(isinstance(p, dict) for p in points):
            raise InputError(f'{file}: its controlPoints are not a list of objects')
        yield [
            _point(p.get('label'), p.get('position'), sign)
            for p in points
            if p.get('positionStatus', 'defined') == 'defined'
        ]


def _point(label: Any, position: Any, sign: int) -> Point:
    if not isinstance(label, str) or not label.strip():
        raise InputError(f'the label of a point is {shown(label)}: name each point')
    if not isinstance(position, list) or len(position) != 3:
        raise InputError(f'point {shown(label)} is {shown(position)}, not x, y, z')
    x, y, z = (number(v, f'a coordinate of {shown(label)}') for v in position)
    if not np.isfinite([x, y, z]).all():
        raise InputError(f'point {shown(label)} lacks a coordinate')
    if abs(z) > _IN_PLANE:
        raise InputError(
            f'point {shown(label)} is {z:g} mm from the image: place it on the image'
        )
    return label, sign * x, sign * y


def _sign(system: Any) -> int:
    if str(system) not in _SIGNS:
        raise InputError(f'coordinate system {shown(system)} is not LPS or RAS')
    return _SIGNS[str(system)]


def _markup(sample: LandmarkSample, scheme: Scheme, label: str) -> dict:
    points = named_points(sample, scheme)
    return dict(
        type='Fiducial',
        coordinateSystem='LPS',
        coordinateUnits='mm',
        locked=False,
        fixedNumberOfControlPoints=False,
        labelFormat='%N-%d',
        lastUsedControlPointNumber=len(points),
        name=label,
        controlPoints=[
            dict(
                id=str(i),
                label=p['name'],
                description='',
                associatedNodeID='',
                position=[p['x'], p['y'], 0.0],
                orientation=[-1.0, -0.0, -0.0, -0.0, -1.0, -0.0, 0.0, 0.0, 1.0],
                selected=True,
                locked=False,
                visibility=True,
                positionStatus='defined',
            )
            for i, p in enumerate(points, start=1)
        ],
    )


def _fcsv(file: Path) -> Iterator[list[Point]]:
    lines = read_text(file).removeprefix('\ufeff').splitlines()
    head: dict[str, str] = {}
    for line in lines:
        if line.startswith('#') and '=' in line:
            key, _, value = line.lstrip('# ').partition('=')
            head[key.strip()] = value.strip()
    if 'Markups fiducial file version' not in head:
        raise InputError(f'{file} is not a fiducial file of 3D Slicer')
    # 0 (RAS) is what Slicer assumes where the line is missing
    sign = _sign(head.get('CoordinateSystem', '0').strip(', '))
    columns = [c.strip() for c in head.get('columns', _COLUMNS).split(',')]
    if not {'x', 'y', 'z', 'label'} <= {*columns}:
        raise InputError(f'{file}: its columns are {shown(",".join(columns))}')
    body = [line for line in lines if line.strip() and not line.startswith('#')]
    try:
        rows = list(csv.reader(body, strict=True))
    except csv.Error as error:
        raise InputError(
            f'{file} is not a fiducial file of 3D Slicer: {error}'
        ) from None
    points = []
    for row in rows:
        cells = dict(zip(columns, row, strict=False))
        if not {'x', 'y', 'z', 'label'} <= cells.keys():
            raise InputError(
                f'{file}: a row has {len(row)} cells, {_COLUMNS} are needed'
            )
        place = [_number(cells[axis]) for axis in 'xyz']
        points.append(_point(cells['label'], place, sign))
    yield points


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f'{shown(text)} is not a coordinate') from None
