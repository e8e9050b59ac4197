"""Reads WFLW: faces with 98 points and six attributes.

``WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_{train,test}.txt``
have one line per face: 196 coordinates, a box ``x1 y1 x2 y2``, 6 attributes and the name of
the image in ``WFLW_images``. Coordinates are 0-based pixels.
Wu et al., CVPR 2018; https://wywu.github.io/projects/LAB/WFLW.html.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample, ReadReport
from ..common.image_finder import ImageFinder
from ..common.points import checked_points
from ..common.text_file import read_text

POINTS = 98
ATTRIBUTES = ('pose', 'expression', 'illumination', 'makeup', 'occlusion', 'blur')

_COLUMNS = 2 * POINTS + 4 + len(ATTRIBUTES) + 1
_LIST = 'list_98pt_rect_attr_'
# WFLW_images is beside WFLW_annotations, two folders above the lists, or nearer
_CLIMB = 4


def read_wflw(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the training and the test list, or one of them.

    Args:
        root: The folder that holds ``WFLW_annotations`` and ``WFLW_images``, or one of the
            two lists.
        report: Collects what is left out; without it the first bad line raises an error.

    Returns:
        One sample per face: ``(98, 2)`` points and ``box``, 0-based pixels; ``split``
        ``'train'`` or ``'test'``; ``extra['attributes']`` six named Booleans;
        ``subject`` the photograph, which faces of one split share.

    Raises:
        InputError: No list, no ``WFLW_images``, or a bad line and ``report`` is None.
    """
    samples: list[LandmarkSample] = []
    seen: dict[str, int] = {}
    for path in _lists(Path(root)):
        images = ImageFinder([[_image_folder(path)]])
        split = path.stem.removeprefix(_LIST)
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            try:
                sample = _read_face(line, images, split)
            except InputError as error:
                where = f'{path.name} line {number}'
                if report is None:
                    raise InputError(f'{where}: {error}') from None
                report.skip(where, str(error))
                continue
            nth = seen[sample.id] = seen.get(sample.id, 0) + 1
            sample.id += f'_{nth}' if nth > 1 else ''  # several faces per photograph
            samples.append(sample)
    return samples


def _lists(root: Path) -> list[Path]:
    if root.is_file():
        if root.stem not in (f'{_LIST}train', f'{_LIST}test'):
            raise InputError(
                f'{root} is not {_LIST}train.txt or {_LIST}test.txt of WFLW'
            )
        return [root]
    found = [sorted(root.rglob(f'{_LIST}{split}.txt')) for split in ('train', 'test')]
    if not any(found):
        raise InputError(
            f'{root} and the folders below it hold no {_LIST}train.txt or '
            f'{_LIST}test.txt: give the folder with WFLW_annotations and WFLW_images'
        )
    return [paths[0] for paths in found if paths]


def _image_folder(path: Path) -> Path:
    for above in path.resolve().parents[:_CLIMB]:
        if (above / 'WFLW_images').is_dir():
            return above / 'WFLW_images'
    raise InputError(f'no WFLW_images beside or above {path}: unpack the images there')


def _lines(path: Path) -> list[str]:
    return read_text(path).removeprefix('\ufeff').splitlines()


def _read_face(line: str, images: ImageFinder, split: str) -> LandmarkSample:
    words = line.split()
    if len(words) != _COLUMNS:
        raise InputError(
            f'it has {len(words)} columns, {_COLUMNS} are needed: {2 * POINTS} '
            f'coordinates, 4 of a box, {len(ATTRIBUTES)} attributes, a name'
        )
    numbers = _numbers(words[: 2 * POINTS + 4])
    photograph = words[-1].replace('\\', '/').rsplit('.', 1)[0]
    x1, y1, x2, y2 = numbers[2 * POINTS :].tolist()
    return LandmarkSample(
        id=photograph,
        image=images.find(words[-1]),
        points=checked_points(numbers[: 2 * POINTS].reshape(-1, 2)),
        split=split,
        # the official split is by face: a photograph may be in both splits
        subject=f'{split}/{photograph}',
        box=(x1, y1, x2, y2),
        extra=dict(attributes=_attributes(words[2 * POINTS + 4 : -1])),
    )


def _numbers(words: list[str]) -> np.ndarray:
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError as error:
        raise InputError(str(error)) from None
    if not np.isfinite(numbers[2 * POINTS :]).all():
        raise InputError('a coordinate of its box is not a finite number')
    return numbers


def _attributes(words: list[str]) -> dict[str, bool]:
    if not set(words) <= {'0', '1'}:
        raise InputError(f'its attributes are {" ".join(words)}, not each 0 or 1')
    return {name: word == '1' for name, word in zip(ATTRIBUTES, words, strict=True)}
