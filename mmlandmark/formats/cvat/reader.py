"""CVAT's own format, "CVAT for images 1.1": skeletons, or single points, in one XML file.

An ``<image>`` holds a ``<skeleton label>`` a head with a ``<points label points="x,y">`` a
point; or ``<points>`` straight away, labelled with its name. ``<points>`` of several
places, ``x,y;x,y``, are points of their own: those of label ``a`` are ``a 1``, ``a 2``, ...
Coordinates count from the outer corner of the first pixel, so 0.5 is taken off; CVAT
writes two decimals. ``outside="1"`` is not in the picture: missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ...errors import InputError
from ...io.pillow_files import READABLE_SUFFIXES
from ...schemes import Scheme
from ...structures.sample import LandmarkSample, ReadReport
from ..common.lookup import (
    ImageFinder,
    finder_beside,
    image_id_of,
    numbered,
    part_named,
)
from ..common.named_points import ordered, scheme_of
from ..common.sizes import claimed_size, fitted
from ..common.xml_file import parse_xml


@dataclass
class _Labels:
    """What an XML file holds: its images, and how many places a label's points have."""

    file: Path
    declared: list[ElementTree.Element]
    images: list[ElementTree.Element]
    places: dict[str, int]


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
        InputError: No such file, no CVAT for images, an image listed twice, or a bad head.
    """
    labels = _labels(annotations_file(src))
    names = _names(labels)
    finders: dict[str, ImageFinder] = {}
    samples: list[LandmarkSample] = []
    for image, name in zip(labels.images, names, strict=True):
        heads = _heads(image)
        if not heads and report is not None:
            report.count('images without points')
        subset = image.get('subset', '')
        if subset not in finders:
            finders[subset] = finder_beside(labels.file)
            finders[subset].label = subset
        for head in heads:
            finder = finders[subset]
            try:
                samples.append(
                    _sample(labels, image, name, head, finder, scheme, report)
                )
            except InputError as error:
                where = f'{labels.file.name} image {image.get("name", "?")}'
                if report is None:
                    raise InputError(f'{where}: {error}') from None
                report.skip(where, str(error))
    for sample, identity in zip(
        samples, numbered([s.id for s in samples]), strict=True
    ):
        sample.id = identity
    return samples


def cvat_scheme(src: str | Path, name: str = 'custom') -> Scheme:
    """The scheme of a file's points: those of its skeleton, or all single ones.

    They are in the order in which the file declares them; then come those that it uses
    and does not declare as points, such as shapes of a label of type "any".

    Raises:
        InputError: No such file, no CVAT for images, or more than one skeleton.
    """
    labels = _labels(annotations_file(src))
    declared = [
        (label.findtext('parent'), label.findtext('name', ''))
        for label in labels.declared
        if label.findtext('type') == 'points'
    ]
    parents = {parent for parent, _ in declared if parent}
    if len(parents) > 1:
        raise InputError(
            f'{labels.file} has {len(parents)} skeletons ({", ".join(sorted(parents))}): '
            'give a scheme that names the points',
            scheme=None,
        )
    names = [point for parent, point in declared if parent or not parents]
    if not parents:
        heads = (head for image in labels.images for head in _heads(image))
        names += [shape.get('label', '') for head in heads for shape in head]
    unique = dict.fromkeys(names)
    points = [point for label in unique for point in _point_names(labels, label)]
    return scheme_of(points, name, labels.file)


def annotations_file(src: str | Path) -> Path:
    """``annotations.xml`` of a folder, or the file itself."""
    src = Path(src)
    return src / 'annotations.xml' if src.is_dir() else src


def _labels(file: Path) -> _Labels:
    root = parse_xml(file)
    if root.tag != 'annotations' or root.find('track') is not None:
        raise InputError(
            f'{file} is no "CVAT for images 1.1": export the task in that format'
        )
    images = root.findall('image')
    counts: dict[str, Counter[int]] = {}
    for head in (head for image in images for head in _heads(image)):
        for shape in head:
            of_label = counts.setdefault(shape.get('label', ''), Counter())
            of_label[len(_texts(shape))] += 1
    places = {label: _most_frequent(of_label) for label, of_label in counts.items()}
    return _Labels(file, list(root.iter('label')), images, places)


def _most_frequent(counts: Counter[int]) -> int:
    """Of several the smallest; the most frequent, so that one slip renames no others."""
    return max(sorted(counts), key=lambda number: counts[number])


def _names(labels: _Labels) -> list[str]:
    """A name an image: CVAT's, below its subset where two subsets have the same."""
    shared = Counter(image.get('name', '') for image in labels.images)
    names = []
    for image in labels.images:
        name, subset = image.get('name', ''), image.get('subset', '')
        names.append(f'{subset}/{name}' if shared[name] > 1 and subset else name)
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(
                f'{labels.file} lists image {name!r} {count} times: export one task at a '
                'time, or give the images distinct names'
            )
    return names


def _heads(image: ElementTree.Element) -> list[list[ElementTree.Element]]:
    """The ``<points>`` of each head of an image."""
    heads = [skeleton.findall('points') for skeleton in image.findall('skeleton')]
    single = image.findall('points')
    return heads + ([single] if single else [])


def _sample(
    labels: _Labels,
    image: ElementTree.Element,
    name: str,
    head: list[ElementTree.Element],
    finder: ImageFinder,
    scheme: Scheme,
    report: ReadReport | None,
) -> LandmarkSample:
    seen = [shape for shape in head if shape.get('outside', '0') != '1']
    named = [point for shape in seen for point in _points(labels, shape)]
    points = ordered(named, scheme, report)
    sample = LandmarkSample(
        id=image_id_of(name),
        image=_found(finder, image.get('name', '')),
        points=points,
        split=part_named(image.get('subset', '')),
        subject=name,
    )
    claimed = claimed_size(*(_whole(image.get(key)) for key in ('width', 'height')))
    return fitted(sample, claimed, report)


def _whole(text: str | None) -> int | str | None:
    return int(text) if text and text.isdecimal() else text


def _found(finder: ImageFinder, name: str) -> Path:
    """The image of a name; frames of a video are named without a suffix."""
    try:
        return finder.find(name)
    except InputError:
        there = [s for s in READABLE_SUFFIXES if _is_found(finder, name + s)]
        if len(there) != 1:
            raise
        return finder.find(name + there[0])


def _is_found(finder: ImageFinder, name: str) -> bool:
    try:
        return finder.find(name).is_file()
    except InputError:
        return False


def _texts(shape: ElementTree.Element) -> list[str]:
    return shape.get('points', '').split(';')


def _point_names(labels: _Labels, label: str) -> list[str]:
    count = labels.places.get(label, 1)
    return [label] if count < 2 else [f'{label} {i}' for i in range(1, count + 1)]


def _points(
    labels: _Labels, shape: ElementTree.Element
) -> Iterator[tuple[str, float, float]]:
    """Each place of a shape with its name."""
    label, texts = shape.get('label', ''), _texts(shape)
    names = _point_names(labels, label)
    if len(names) != len(texts):
        raise InputError(
            f'label {label!r} has {len(texts)} places here and {len(names)} elsewhere, so '
            'which is which is not known: set all of them, or give each a label'
        )
    for name, text in zip(names, texts, strict=True):
        yield (name, *_place(label, text))


def _place(label: str, text: str) -> tuple[float, float]:
    try:
        x, y = (float(value) - 0.5 for value in text.split(','))
        if not np.isfinite([x, y]).all():
            raise ValueError
    except ValueError:
        raise InputError(
            f'point {label!r} has points={text[:40]!r}, x,y is needed'
        ) from None
    return x, y
