"""Reads dlib's XML image lists (imglab), such as the iBUG 300-W lists that dlib publishes.

``labels_ibug_300W_train.xml`` and ``labels_ibug_300W_test.xml``: ``<image>`` elements with
one ``<box>`` per face and one ``<part name='00' x='..' y='..'/>`` per point. Coordinates
are 0-based integer pixels. Every photograph is listed a second time as
``NAME_mirror.jpg``, with its points in the order of a mirrored face.
Published at http://dlib.net/files/data/; written by dlib's tool imglab.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample, ReadReport
from ..common.image_finder import ImageFinder
from ..common.image_names import numbered
from ..common.points import checked_points
from ..common.sizes import claimed_size, fitted
from ..common.splits import split_named
from ..common.xml_file import parse_xml

POINTS = 68

# AFW and HELEN number the faces of a photograph: 4351876664_1, 4351876664_2
_FACE = re.compile(r'(?<=\d) ?_\d{1,2}$')


def read_dlib_xml(
    file: str | Path, report: ReadReport | None = None, count: int = POINTS
) -> list[LandmarkSample]:
    """Read one image list; image paths are relative to it.

    Args:
        file: The ``.xml`` file. The word train, val or test in its name gives the split.
        report: Collects what is left out, and counts the boxes marked ``ignore``; without
            it the first bad box raises an error.
        count: Number of parts per box. A box may lack parts, which imglab does not write
            if they are not set.

    Returns:
        One sample per box: ``(count, 2)`` points in the order of the part numbers, 0-based
        pixels, NaN where not set; ``box`` as in the file; ``subject`` the photograph, which
        its faces and its mirrored copy share.

    Raises:
        InputError: No such file, not an image list of dlib, other parts, or a bad box and
            ``report`` is None.
    """
    file = Path(file)
    images = _images(file)
    _check_parts(file, images, count)
    finder = ImageFinder([[file.parent]])
    names = [_name(image) for image in images]
    split = split_named(file.stem)
    samples: list[LandmarkSample] = []
    for image, name in zip(images, names, strict=True):
        for nth, box in enumerate(image.findall('box'), start=1):
            if box.get('ignore') == '1':
                if report is not None:
                    report.count('boxes marked ignore')
                continue
            where = f'{name} box {nth}'
            try:
                sample = LandmarkSample(
                    id=_whole(name) + (f'_box{nth}' if nth > 1 else ''),
                    image=finder.find(name),
                    points=_points(box, count, where),
                    split=split,
                    subject=_subject(name),
                    box=_box(box, where),
                )
                samples.append(fitted(sample, _size(image), report))
            except InputError as error:
                if report is None:
                    named = str(error).startswith(where)
                    raise InputError(
                        str(error) if named else f'{where}: {error}'
                    ) from None
                report.skip(where, str(error))
    for sample, identity in zip(samples, numbered(s.id for s in samples), strict=True):
        sample.id = identity
    return samples


def _name(image: ElementTree.Element) -> str:
    return image.get('file', '').replace('\\', '/')


def _whole(name: str) -> str:
    return PurePosixPath(name).with_suffix('').as_posix() if name else ''


def _subject(name: str) -> str:
    return _FACE.sub('', _whole(name).removesuffix('_mirror'))


def _size(image: ElementTree.Element) -> tuple[int, int] | None:
    texts = (image.get(key) for key in ('width', 'height'))
    return claimed_size(*(int(t) if t and t.isdecimal() else t for t in texts))


def _check_parts(file: Path, images: list[ElementTree.Element], count: int) -> None:
    """Refuse a file of fewer parts: one of 5 also has the first numbers of 68."""
    parts = (part.get('name', '') for image in images for part in image.iter('part'))
    named = set(parts)
    numbers = {int(name) for name in named if _is_number(name)}
    if numbers and max(numbers) < count - 1:
        raise InputError(
            f'{file} has parts up to {max(numbers):02d}, {count} are needed, named 00 to '
            f'{count - 1:02d}'
        )


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 6


def _images(file: Path) -> list[ElementTree.Element]:
    root = parse_xml(file)
    images = root.find('images') if root.tag == 'dataset' else None
    if images is None:
        raise InputError(
            f'{file} is not an image list of dlib: it needs <dataset><images>'
        )
    return images.findall('image')


def _box(box: ElementTree.Element, where: str) -> tuple[float, float, float, float]:
    left, top, width, height = _numbers(box, ('left', 'top', 'width', 'height'), where)
    if not np.isfinite([left, top, width, height]).all():
        raise InputError(
            f'{where}: its left, top, width and height are not all numbers'
        )
    return left, top, left + width, top + height


def _points(box: ElementTree.Element, count: int, where: str) -> np.ndarray:
    points = np.full((count, 2), np.nan)
    seen: dict[int, str] = {}
    for part in box.findall('part'):
        name = part.get('name', '')
        number = int(name) if _is_number(name) else count
        if number >= count:
            raise InputError(
                f'{where} has a part {name[:40]!r}, {count} are needed, named 00 to '
                f'{count - 1:02d}'
            )
        if number in seen:
            raise InputError(
                f'{where} has parts {seen[number]!r} and {name!r}: remove one of them'
            )
        seen[number] = name
        points[number] = _numbers(part, ('x', 'y'), where)
    return checked_points(points, where)


def _numbers(
    element: ElementTree.Element, names: tuple[str, ...], where: str
) -> list[float]:
    texts = [element.get(name, '') for name in names]
    try:
        return [float(text) for text in texts]
    except ValueError:
        text = ' '.join(f'{n}={t[:20]!r}' for n, t in zip(names, texts, strict=True))
        raise InputError(
            f'{where}: <{element.tag} {text}> is not all numbers'
        ) from None
