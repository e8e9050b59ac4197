"""dlib's image lists in XML, as the iBUG 300-W set comes with dlib.

``labels_ibug_300W_train.xml`` and ``labels_ibug_300W_test.xml``: ``<image>`` elements with
a ``<box>`` a face and ``<part name='00' x='..' y='..'/>`` a point. Coordinates are whole
pixels counted from 0, so nothing is taken off them. Every photograph stands there a second
time as ``NAME_mirror.jpg``, its points already in a mirrored face's order.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np

from ..errors import InputError
from .sample import LandmarkSample, ReadReport
from .xml_file import parse_xml

POINTS = 68

# AFW and HELEN number the faces of a photograph: 4351876664_1, 4351876664_2
_FACE = re.compile(r'(?<=\d) ?_\d{1,2}$')


def read_dlib_xml(
    file: str | Path, report: ReadReport | None = None, count: int = POINTS
) -> list[LandmarkSample]:
    """Read one image list; images lie relative to it.

    Args:
        file: The ``.xml``. The word train or test in its name is the split.
        report: Told what is left out; without it the first bad box ends the reading.
            Counts the boxes that the file itself marks ``ignore``.
        count: How many parts a box has.

    Returns:
        One sample a box: ``(count, 2)`` points in the order of the parts' numbers,
        0-based pixels; ``box`` as drawn; ``subject`` the photograph, which its faces and
        its mirrored copy share.

    Raises:
        InputError: No such file, no image list of dlib, or a bad box.
    """
    file = Path(file)
    words = re.split('[^a-z]+', file.stem.lower())
    split = next((part for part in ('train', 'test') if part in words), None)
    samples: list[LandmarkSample] = []
    for image in _images(file):
        name = image.get('file', '').replace('\\', '/')
        for nth, box in enumerate(image.findall('box'), start=1):
            if box.get('ignore') == '1':
                if report is not None:
                    report.count('boxes marked ignore')
                continue
            try:
                samples.append(_read_box(file, name, nth, box, count, split))
            except InputError as error:
                if report is None:
                    raise
                report.skip(f'{name} box {nth}', str(error))
    return samples


def _images(file: Path) -> list[ElementTree.Element]:
    root = parse_xml(file)
    images = root.find('images') if root.tag == 'dataset' else None
    if images is None:
        raise InputError(
            f"{file} is no image list of dlib: it needs <dataset><images>, as imglab's"
        )
    return images.findall('image')


def _read_box(
    file: Path,
    name: str,
    nth: int,
    box: ElementTree.Element,
    count: int,
    split: str | None,
) -> LandmarkSample:
    where = f'{name} box {nth}'
    path = file.parent / name
    if not name or not path.is_file():
        raise InputError(f'{where}: no image at {path}')
    left, top, width, height = _numbers(box, ('left', 'top', 'width', 'height'), where)
    whole = PurePosixPath(name).with_suffix('').as_posix()
    return LandmarkSample(
        id=whole + (f'_box{nth}' if nth > 1 else ''),
        image=path,
        points=_points(box, count, where),
        split=split,
        subject=_FACE.sub('', whole.removesuffix('_mirror')),
        box=(left, top, left + width, top + height),
    )


def _points(box: ElementTree.Element, count: int, where: str) -> np.ndarray:
    parts = box.findall('part')
    names = sorted(part.get('name', '') for part in parts)
    wanted = {f'{i:02d}': i for i in range(count)}
    if names != sorted(wanted):
        raise InputError(
            f'{where} has {len(parts)} parts, {count} are needed, named 00 to '
            f'{count - 1:02d}'
        )
    points = np.empty((count, 2))
    for part in parts:
        points[wanted[part.get('name', '')]] = _numbers(part, ('x', 'y'), where)
    return points


def _numbers(
    element: ElementTree.Element, names: tuple[str, ...], where: str
) -> list[float]:
    texts = [element.get(name, '') for name in names]
    try:
        values = [float(text) for text in texts]
    except ValueError:
        values = [np.nan]
    if not np.isfinite(values).all():
        said = ' '.join(f'{n}={t[:20]!r}' for n, t in zip(names, texts, strict=True))
        raise InputError(f'{where}: <{element.tag} {said}> is not all numbers')
    return values
