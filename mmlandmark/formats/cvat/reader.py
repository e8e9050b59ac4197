"""Reads "CVAT for images 1.1"; see :mod:`mmlandmark.formats.cvat` for the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ...errors import InputError
from ...io.pillow_files import READABLE_SUFFIXES
from ...schemes import Scheme, name_key
from ...structures.sample import LandmarkSample, ReadReport
from ..common.image_finder import ImageFinder, finder_beside
from ..common.image_names import image_id_of, numbered
from ..common.points import ordered, scheme_of
from ..common.sizes import claimed_size, fitted
from ..common.splits import split_named
from ..common.xml_file import parse_xml


@dataclass
class _Labels:
    """The content of a file; ``positions`` is the number of positions per label."""

    file: Path
    declared: list[ElementTree.Element]
    images: list[ElementTree.Element]
    positions: dict[str, int]


def read_cvat(
    src: str | Path, scheme: Scheme, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read ``annotations.xml``; points are matched by name.

    Args:
        src: The file, with the images beside it or in ``images/``, or its folder.
        scheme: The points to read. :func:`cvat_scheme` makes one from the file itself.
        report: Collects the heads left out, and counts the images without points; without
            it the first bad head raises an error.

    Returns:
        One sample per head: ``(K, 2)`` points, 0-based pixel centres, NaN where missing.

    Raises:
        InputError: No such file, not "CVAT for images", an image listed twice, or a bad
            head and ``report`` is None.
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
    """The scheme of the points in a file: those of its skeleton, or all single points.

    Points are in the order in which the file declares them, followed by those that it uses
    without declaring them as points, such as shapes of a label of type "any".

    Args:
        src: As for :func:`read_cvat`.
        name: The name of the scheme.

    Raises:
        InputError: No such file, not "CVAT for images", or more than one skeleton.
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
            f'{file} is not "CVAT for images 1.1": export the task in that format'
        )
    images = root.findall('image')
    counts: dict[str, Counter[int]] = {}
    for head in (head for image in images for head in _heads(image)):
        for shape in head:
            of_label = counts.setdefault(shape.get('label', ''), Counter())
            of_label[len(_texts(shape))] += 1
    positions = {label: _most_frequent(of_label) for label, of_label in counts.items()}
    return _Labels(file, list(root.iter('label')), images, positions)


def _most_frequent(counts: Counter[int]) -> int:
    """The most frequent number: one wrong shape must not rename the others."""
    return max(sorted(counts), key=lambda number: counts[number])


def _names(labels: _Labels) -> list[str]:
    """The name of each image, below its subset where two subsets have the same name."""
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
    hidden = [shape for shape in seen if shape.get('occluded', '0') == '1']
    sample = LandmarkSample(
        id=image_id_of(name),
        image=_found(finder, image.get('name', '')),
        points=points,
        occluded=_occluded(labels, hidden, scheme),
        split=split_named(image.get('subset', '')),
        subject=name,
    )
    claimed = claimed_size(*(_whole(image.get(key)) for key in ('width', 'height')))
    return fitted(sample, claimed, report)


def _occluded(
    labels: _Labels, hidden: list[ElementTree.Element], scheme: Scheme
) -> np.ndarray:
    """``(K,)`` bool of the points of shapes that are marked as occluded."""
    place = scheme.places()
    found = np.zeros(len(scheme), bool)
    for shape in hidden:
        for name in _point_names(labels, shape.get('label', '')):
            if (i := place.get(name_key(name))) is not None:
                found[i] = True
    return found


def _whole(text: str | None) -> int | str | None:
    return int(text) if text and text.isdecimal() else text


def _found(finder: ImageFinder, name: str) -> Path:
    """The image of a name; CVAT names frames of a video without a suffix."""
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
    count = labels.positions.get(label, 1)
    return [label] if count < 2 else [f'{label} {i}' for i in range(1, count + 1)]


def _points(
    labels: _Labels, shape: ElementTree.Element
) -> Iterator[tuple[str, float, float]]:
    """Each position of a shape with the name of its point."""
    label, texts = shape.get('label', ''), _texts(shape)
    names = _point_names(labels, label)
    if len(names) != len(texts):
        raise InputError(
            f'label {label!r} has {len(texts)} points here and {len(names)} elsewhere, so '
            'they cannot be matched: set all of them, or give each a label'
        )
    for name, text in zip(names, texts, strict=True):
        yield (name, *_position(label, text))


def _position(label: str, text: str) -> tuple[float, float]:
    try:
        x, y = (float(value) - 0.5 for value in text.split(','))
        if not np.isfinite([x, y]).all():
            raise ValueError
    except ValueError:
        raise InputError(f'point {label!r} has points={text[:40]!r}, not x,y') from None
    return x, y
