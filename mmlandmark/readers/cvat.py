"""CVAT's own format, "CVAT for images 1.1": skeletons, or single points, in one XML file.

An ``<image>`` holds a ``<skeleton label>`` a head with a ``<points label points="x,y">`` a
point; or ``<points>`` straight away, each of one place and labelled with its name.
Coordinates count from the outer corner of the first pixel, so 0.5 is taken off; CVAT
writes two decimals. ``outside="1"`` is not in the picture: missing.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ..errors import InputError
from ..schemes import Scheme
from .coco import PART_OF_STEM, image_beside
from .labelled import ordered, scheme_of
from .sample import LandmarkSample, ReadReport
from .xml_file import parse_xml


def read_cvat(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read ``annotations.xml``; points are matched by name.

    Args:
        src: The file, with the images beside it or in ``images/``, or their folder.
        scheme: The points wanted. :func:`cvat_scheme` makes one from the file itself.
        report: Told of the heads left out, and how many images have none; without it the
            first bad head is an error.

    Returns:
        One sample a head: ``(K, 2)`` points, 0-based pixel centres.

    Raises:
        InputError: No such file, no CVAT for images, or a bad head.
    """
    file = annotations_file(src)
    samples: list[LandmarkSample] = []
    for image in _images(file):
        heads = _heads(image)
        if not heads and report is not None:
            report.count('images without points')
        for nth, head in enumerate(heads, start=1):
            try:
                samples.append(_sample(file, image, head, nth, scheme))
            except InputError as error:
                where = f'{file.name} image {image.get("name", "?")}'
                if report is None:
                    raise InputError(f'{where}: {error}') from None
                report.skip(where, str(error))
    return samples


def cvat_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of the points a file declares: those of its skeleton, or all single ones.

    Raises:
        InputError: No such file, no CVAT for images, or more than one skeleton.
    """
    file = annotations_file(src)
    images = _images(file)
    labels = parse_xml(file).iter('label')
    declared = [
        (label.findtext('parent'), label.findtext('name', ''))
        for label in labels
        if label.findtext('type') == 'points'
    ]
    parents = {parent for parent, _ in declared if parent}
    if len(parents) > 1:
        raise InputError(
            f'{file} has {len(parents)} skeletons ({", ".join(sorted(parents))}): '
            'name the points by --scheme'
        )
    names = [point for parent, point in declared if parent or not parents]
    if not names:
        heads = (head for image in images for head in _heads(image))
        names = [shape.get('label', '') for head in heads for shape in head]
    return scheme_of(names, name, file)


def annotations_file(src: str | Path) -> Path:
    """``annotations.xml`` of a folder, or the file itself."""
    src = Path(src)
    return src / 'annotations.xml' if src.is_dir() else src


def _images(file: Path) -> list[ElementTree.Element]:
    root = parse_xml(file)
    if root.tag != 'annotations' or root.find('track') is not None:
        raise InputError(
            f'{file} is no "CVAT for images 1.1": export the task in that format'
        )
    return root.findall('image')


def _heads(image: ElementTree.Element) -> list[list[ElementTree.Element]]:
    """The ``<points>`` of each head of an image."""
    heads = [skeleton.findall('points') for skeleton in image.findall('skeleton')]
    single = image.findall('points')
    return heads + ([single] if single else [])


def _sample(
    file: Path,
    image: ElementTree.Element,
    head: list[ElementTree.Element],
    nth: int,
    scheme: Scheme,
) -> LandmarkSample:
    name = Path(image.get('name', ''))
    seen = [shape for shape in head if shape.get('outside', '0') != '1']
    points = ordered(((s.get('label', ''), *_place(s)) for s in seen), scheme)
    return LandmarkSample(
        id='_'.join(name.with_suffix('').parts) + (f'_{nth}' if nth > 1 else ''),
        image=image_beside(file, name),
        points=points,
        split=PART_OF_STEM.get(image.get('subset', '').lower()),
        subject=name.as_posix(),
    )


def _place(shape: ElementTree.Element) -> tuple[float, float]:
    text = shape.get('points', '')
    try:
        x, y = (float(value) - 0.5 for value in text.split(','))
        if not np.isfinite([x, y]).all():
            raise ValueError
    except ValueError:
        raise InputError(
            f'point {shape.get("label")!r} has points={text[:40]!r}, x,y is needed'
        ) from None
    return x, y
