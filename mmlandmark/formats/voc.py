"""Pascal VOC's XML with points of faces: one ``<annotation>`` file per image.

VOC itself has boxes only. Two extensions of ``<object>`` are read:

- ``<landmarks>`` with an element per point, ``<l0><x>..</x><y>..</y></l0>``, as in UMDFaces
  converted to VOC; ``l0``, ``l1``, ... count the points, other elements name them. This
  layout is written, with ``name`` of each point as an attribute.
- ``<has_lm>1</has_lm>`` and ``<lm>`` with ``<x1>``, ``<y1>``, ``<x2>``, ..., as in WIDER
  FACE converted to VOC; -1 is a missing point. Its ``<visible>`` and ``<blur>``, of the
  face, are left out.

Index base: points count from 0. Boxes count from 1 in the first layout, as in VOC, and from
0 in the second, as the code that reads each takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from ..structures.sample import LandmarkSample, ReadReport, note
from .common.heads import (
    Head,
    Parsed,
    failed,
    image_named,
    label_files,
    read_heads,
    unnamed,
)
from .common.image_finder import finder_beside
from .common.points import scheme_of
from .common.sizes import displayed_size
from .common.values import shown
from .common.writing import Names, by_image, named_points, stems_of, text_of
from .common.xml_file import parse_xml

_NUMBERED = re.compile(r'l(\d{1,4})')
_CORNERS = ('xmin', 'ymin', 'xmax', 'ymax')


@dataclass
class _Points:
    """The points of an object.

    Attributes:
        names: Their names; None of points that are numbered.
        rows: ``(K, 2)``, NaN where missing.
        base: The first pixel in its box.
    """

    names: list[str] | None
    rows: np.ndarray
    base: int


def read_voc(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the files of a folder, or one file.

    Args:
        src: A ``.xml`` file, or a folder of them, with the images beside them or in
            ``JPEGImages`` or ``images`` beside ``Annotations``.
        scheme: The K points; numbered points are in its order.
        report: Collects the objects that cannot be read, and counts those without points;
            without it the first bad object raises an error.

    Returns:
        One sample per object with points: ``(K, 2)`` points, 0-based pixels; its box.

    Raises:
        InputError: No such file, not a VOC file, or a bad object and ``report`` is None.
    """
    return read_heads(_heads(Path(src), scheme, report), scheme, report)


def voc_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the names of the points; ``point 1``, ... where they are numbered.

    Raises:
        InputError: No such file, not a VOC file, or no points.
    """
    names: dict[str, None] = {}
    for file in label_files(Path(src), '.xml'):
        for item in _root(file).iter('object'):
            points = _points(item)
            if points is not None:
                more = points.names
                names |= dict.fromkeys(
                    unnamed(len(points.rows)) if more is None else more
                )
    return scheme_of(names, name, src)


def write_voc(
    out: Path, samples: Sequence[LandmarkSample], scheme: Scheme, label: str = 'head'
) -> Names:
    """Write ``STEM.xml`` for each image.

    Args:
        out: The folder.
        samples: Samples of image files.
        scheme: Their K points.
        label: The name of the objects.

    Returns:
        Each image and its name beside its file.
    """
    images = by_image(samples)
    names = stems_of(images)
    for path, heads in images.items():
        root = ElementTree.Element('annotation')
        _add(root, 'folder', out.resolve().name)
        _add(root, 'filename', names[path])
        size = _add(root, 'size')
        for key, side in zip(('width', 'height'), displayed_size(path), strict=True):
            _add(size, key, str(side))
        _add(size, 'depth', '3')
        _add(root, 'segmented', '0')
        for sample in heads:
            _add_object(root, sample, scheme, label)
        ElementTree.indent(root, '\t')
        text = ElementTree.tostring(root, 'unicode')
        file = out / f'{Path(names[path]).stem}.xml'
        file.write_text(text + '\n', encoding='utf-8')
    return names


def _add(parent: ElementTree.Element, tag: str, text: str | None = None):
    child = ElementTree.SubElement(parent, tag)
    child.text = text
    return child


def _add_object(
    root: ElementTree.Element, sample: LandmarkSample, scheme: Scheme, label: str
) -> None:
    item = _add(root, 'object')
    for key, text in (('name', label), ('pose', 'Unspecified')):
        _add(item, key, text)
    for key in ('truncated', 'difficult'):
        _add(item, key, '0')
    if sample.box is not None:
        box = _add(item, 'bndbox')
        for key, value in zip(_CORNERS, sample.box, strict=True):
            _add(box, key, text_of(value + 1))
    points = _add(item, 'landmarks')
    place = {name: i for i, name in enumerate(scheme.points)}
    for p in named_points(sample, scheme):
        point = _add(points, f'l{place[p["name"]]}')
        point.set('name', p['name'])
        for axis in 'xy':
            _add(point, axis, text_of(p[axis]))


def _root(file: Path) -> ElementTree.Element:
    root = parse_xml(file)
    if root.tag != 'annotation':
        raise InputError(
            f'{file} is not a file of Pascal VOC: its root is <{root.tag[:40]}>, not '
            '<annotation>'
        )
    return root


def _heads(src: Path, scheme: Scheme, report: ReadReport | None) -> Iterator[Parsed]:
    for file in label_files(src, '.xml'):
        try:
            root = _root(file)
        except InputError as error:
            yield failed(file.name, error)
            continue
        for nth, item in enumerate(root.findall('object'), start=1):
            where = f'{file.name} object {nth}'
            try:
                points = _points(item)
            except InputError as error:
                yield failed(where, error)
                continue
            if points is None:
                note(report, 'objects left out, without points')
            else:
                yield where, partial(_head, file, root, item, points, scheme)


def _head(
    file: Path,
    root: ElementTree.Element,
    item: ElementTree.Element,
    points: _Points,
    scheme: Scheme,
) -> Head:
    names: Sequence[str] | None = points.names
    if names is None:
        if len(points.rows) > len(scheme):
            raise InputError(
                f'{len(points.rows)} numbered points, scheme {scheme.name} has '
                f'{len(scheme)}'
            )
        names = scheme.points[: len(points.rows)]
    found = [
        (name, x, y)
        for name, (x, y) in zip(names, points.rows.tolist(), strict=True)
        if np.isfinite(x)
    ]
    name = (root.findtext('filename') or '').strip()
    path = image_named(finder_beside(file), name or file.stem)
    sides = [
        None if (side := root.find(f'size/{key}')) is None else _number(side)
        for key in ('width', 'height')
    ]
    size = (sides[0], sides[1])
    box = _box(item, points.base)
    return Head(path, name or path.name, found, box=box, size=size)


def _points(item: ElementTree.Element) -> _Points | None:
    """The points of an object; None if it has none.

    Raises:
        InputError: An element is not a point, or a number is missing.
    """
    landmarks, numbered = item.find('landmarks'), item.find('lm')
    if landmarks is not None and len(landmarks):
        rows = [[_number(p.find(axis)) for axis in 'xy'] for p in landmarks]
        places = [_NUMBERED.fullmatch(point.tag) for point in landmarks]
        named = any(point.get('name') for point in landmarks)
        if named or not all(places):
            names = [point.get('name') or point.tag for point in landmarks]
            return _Points(names, np.array(rows), 1)
        numbers = [int(place[1]) for place in places if place]
        if len({*numbers}) < len(numbers):
            raise InputError('two of its points have one number')
        found = np.full((max(numbers) + 1, 2), np.nan)
        found[numbers] = rows
        return _Points(None, found, 1)
    # the files of libfacedetection.train have <visible> and <blur> after the points
    count = 0 if numbered is None else sum(p.tag.startswith('x') for p in numbered)
    if numbered is None or not count:
        return None
    found = np.array(
        [
            [_number(numbered.find(f'{axis}{i}')) for axis in 'xy']
            for i in range(1, count + 1)
        ]
    )
    found[(found == -1).all(axis=1)] = np.nan
    return _Points(None, found, 0) if np.isfinite(found).any() else None


def _number(element: ElementTree.Element | None) -> float:
    text = None if element is None else (element.text or '').strip()
    try:
        value = float(text or '')
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        what = 'a number' if element is None else f'<{element.tag[:20]}>'
        raise InputError(f'{what} of its points, box or size is {shown(text)}')
    return value


def _box(
    item: ElementTree.Element, base: int
) -> tuple[float, float, float, float] | None:
    box = item.find('bndbox')
    if box is None:
        return None
    x1, y1, x2, y2 = (_number(box.find(key)) - base for key in _CORNERS)
    return x1, y1, x2, y2
