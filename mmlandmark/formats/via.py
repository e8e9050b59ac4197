"""VGG Image Annotator, versions 1 and 2: its JSON, a project or an export, and its CSV.

A landmark is a region of shape ``point``, and an attribute of the region is its name. Where
regions have several attributes, ``name``, ``landmark``, ``label``, ``point`` and
``keypoint`` are preferred in this order. Points of which none has an attribute are read in
the order of the regions. An attribute ``head`` numbers the heads of an image, whose box is
a region of shape ``rect``. Other regions are left out and counted.

Index base: VIA counts from the outer corner of the first pixel, whose centre is 0.5, and
rounds to whole numbers; written files keep the fraction.
Layout: ``via-2.x`` (``via_src``), Dutta and Zisserman, ACM Multimedia 2019.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..schemes import Scheme, name_key
from ..structures.sample import LandmarkSample, ReadReport, note
from ..utils.spreadsheet import original_cell, safe_cell
from .common.heads import Head, Parsed, in_order, read_heads, unnamed
from .common.image_finder import ImageFinder, finder_beside
from .common.points import scheme_of
from .common.text_file import load_json, read_text
from .common.values import number, shown
from .common.writing import Names, by_image, named_points, names_in, write_json

COLUMNS = (
    *('filename', 'file_size', 'file_attributes', 'region_count', 'region_id'),
    *('region_shape_attributes', 'region_attributes'),
)
_NAMES = ('name', 'landmark', 'label', 'point', 'keypoint')
_HEAD = 'head'

# file name and regions of an image
_Image = tuple[str, list[dict]]


def read_via(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read a ``.json`` or ``.csv`` file; points are matched by name.

    Args:
        src: The file, with the images beside it or in ``images/``.
        scheme: The K points. :func:`via_scheme` makes one from the file.
        report: Collects the heads that cannot be read, and counts other regions; without
            it the first bad head raises an error.

    Returns:
        One sample per head: ``(K, 2)`` points, 0-based pixel centres; the box of its
        ``rect``.

    Raises:
        InputError: No such file, not a file of VIA, or a bad head and ``report`` is None.
    """
    file = Path(src)
    images = _images(file)
    key = _name_attribute(images, file)
    heads = _heads(images, key, scheme, finder_beside(file), report)
    return read_heads(heads, scheme, report)


def via_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the names of points, in the order of their first use.

    Points without attributes are ``point 1``, ``point 2``, ..., as many as the first image
    with points has.

    Raises:
        InputError: No such file, not a file of VIA, or no points.
    """
    file = Path(src)
    images = _images(file)
    key = _name_attribute(images, file)
    if key is None:
        counts = (sum(map(_is_point, regions)) for _, regions in images)
        return scheme_of(unnamed(next(filter(None, counts), 0)), name, file)
    names = [_text(r, key) for _, regions in images for r in regions if _is_point(r)]
    return scheme_of(names, name, file)


def write_via(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write a ``.csv``, or else a JSON export that VIA 2 imports ("Import annotations").

    Args:
        out: The file.
        samples: Samples of image files.
        scheme: Their K points.
        label: Not used.

    Returns:
        Each image and its name in the file.
    """
    images = by_image(samples)
    names = names_in(images, out.parent)
    entries = {
        f'{names[path]}{path.stat().st_size}': dict(
            filename=names[path],
            size=path.stat().st_size,
            regions=[r for n, s in enumerate(heads, 1) for r in _regions(s, scheme, n)],
            file_attributes={},
        )
        for path, heads in images.items()
    }
    if out.suffix.lower() == '.csv':
        out.write_text(_csv_text(list(entries.values())), encoding='utf-8')
    else:
        write_json(out, entries)
    return names


def _regions(sample: LandmarkSample, scheme: Scheme, head: int) -> list[dict]:
    number_ = {_HEAD: str(head)}
    found = [
        dict(
            shape_attributes=dict(name='point', cx=p['x'] + 0.5, cy=p['y'] + 0.5),
            region_attributes=dict(name=p['name'], **number_),
        )
        for p in named_points(sample, scheme)
    ]
    if sample.box is not None:
        x1, y1, x2, y2 = map(float, sample.box)
        rect = dict(name='rect', x=x1 + 0.5, y=y1 + 0.5, width=x2 - x1, height=y2 - y1)
        found.append(dict(shape_attributes=rect, region_attributes=number_))
    return found


def _csv_text(entries: list[dict]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator='\n')
    table.writerow(['#' + COLUMNS[0], *COLUMNS[1:]])
    for entry in entries:
        about = [
            safe_cell(entry['filename']),
            entry['size'],
            '{}',
            len(entry['regions']),
        ]
        for i, region in enumerate(entry['regions']):
            cells = (region['shape_attributes'], region['region_attributes'])
            table.writerow([*about, i, *(json.dumps(c) for c in cells)])
    return text.getvalue()


def _images(file: Path) -> list[_Image]:
    try:
        return _csv(file) if file.suffix.lower() == '.csv' else _json(file)
    except (ValueError, RecursionError) as error:
        text = ' '.join(str(error).split())[:200]
        named = text.startswith(str(file))
        raise InputError(text if named else f'{file}: {text}') from None


def _json(file: Path) -> list[_Image]:
    data = load_json(file)
    if isinstance(data, dict) and '_via_img_metadata' in data:
        data = data['_via_img_metadata']
    rows = list(data.values()) if isinstance(data, dict) else []
    whole = all(
        isinstance(row, dict) and {'filename', 'regions'} <= {*row} for row in rows
    )
    if not rows or not whole:
        raise InputError(
            f'{file} is not JSON of VIA 1 or 2: export the annotations as JSON or CSV'
        )
    return [(row['filename'], _dicts(row['regions'])) for row in rows]


def _dicts(regions: Any) -> list[dict]:
    """The regions of an image: a list, or a dict by number as VIA 1 writes it."""
    rows = list(regions.values()) if isinstance(regions, dict) else regions
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f'regions are {shown(regions)}, a list of objects is needed')
    return rows


def _csv(file: Path) -> list[_Image]:
    text = read_text(file).removeprefix('\ufeff')
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise InputError(f'{file} is not a CSV file: {error}') from None
    header = [cell.strip().lstrip('#') for cell in rows[0]] if rows else []
    if tuple(header) != COLUMNS:
        raise InputError(f'{file} is not CSV of VIA: its columns are {shown(header)}')
    found: dict[str, list[dict]] = {}
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS):
            raise InputError(
                f'{file}, row {line} has {len(row)} cells, {len(COLUMNS)} are needed'
            )
        regions = found.setdefault(original_cell(row[0]), [])
        shape = json.loads(row[5] or '{}')
        if shape:  # an image without regions has one empty row
            regions.append(
                dict(
                    shape_attributes=shape, region_attributes=json.loads(row[6] or '{}')
                )
            )
    return list(found.items())


def _is_point(region: dict) -> bool:
    shape = region.get('shape_attributes')
    return isinstance(shape, dict) and shape.get('name') == 'point'


def _attributes(region: dict) -> dict:
    found = region.get('region_attributes')
    return found if isinstance(found, dict) else {}


def _name_attribute(images: list[_Image], file: Path) -> str | None:
    """The attribute that names the points; None if no point has an attribute."""
    points = [r for _, regions in images for r in regions if _is_point(r)]
    keys = dict.fromkeys(key for r in points for key in _attributes(r))
    own = {name_key(str(key)): key for key in reversed(keys)}
    for wanted in _NAMES:
        if wanted in own:
            return own[wanted]
    if not keys:
        return None
    others = [key for key in keys if name_key(str(key)) != _HEAD]
    if len(others) != 1:
        what = f'have {len(others)} attributes' if others else 'have no attribute'
        raise InputError(
            f'{file}: its points {what}, one that names them is needed: call it "name"'
        )
    return others[0]


def _text(region: dict, key: str) -> str:
    name = _attributes(region).get(key)
    if not isinstance(name, str) or not name.strip():
        raise InputError(f'the {key} of a point is {shown(name)}: name each point')
    return name


def _heads(
    images: list[_Image],
    key: str | None,
    scheme: Scheme,
    finder: ImageFinder,
    report: ReadReport | None,
) -> Iterator[Parsed]:
    for name, regions in images:
        groups: dict[str, list[dict]] = {}
        for region in regions:
            shape = region.get('shape_attributes')
            kind = shape.get('name') if isinstance(shape, dict) else None
            if kind not in ('point', 'rect'):
                note(report, f'regions left out, of shape {shown(kind)}')
                continue
            groups.setdefault(str(_attributes(region).get(_HEAD, '')), []).append(
                region
            )
        pointed = {k: v for k, v in groups.items() if any(map(_is_point, v))}
        if report is not None and not pointed:
            report.count('images without points')
        for head, found in pointed.items():
            where = f'{name} head {head}' if head else f'{name}'
            yield where, partial(_head, name, found, key, scheme, finder)


def _head(
    name: Any, regions: list[dict], key: str | None, scheme: Scheme, finder: ImageFinder
) -> Head:
    path = finder.find(name)
    names, places, boxes = [], [], []
    for region in regions:
        shape = region['shape_attributes']
        if _is_point(region):
            places.append([_number(shape, k) - 0.5 for k in ('cx', 'cy')])
            if key is not None:
                names.append(_text(region, key))
        else:
            x, y, w, h = (_number(shape, k) for k in ('x', 'y', 'width', 'height'))
            boxes.append((x - 0.5, y - 0.5, x - 0.5 + w, y - 0.5 + h))
    if key is None:
        points = in_order(scheme, np.array(places))
    else:
        points = [(n, x, y) for n, (x, y) in zip(names, places, strict=True)]
    return Head(path, name, points, box=boxes[0] if len(boxes) == 1 else None)


def _number(shape: dict, key: str) -> float:
    value = number(shape.get(key), key)
    if np.isnan(value):
        raise InputError(f'a region has no {key}')
    return value
