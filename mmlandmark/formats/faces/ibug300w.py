"""Reads 300-W: photographs beside ``.pts`` files of 68 points, with the official splits.

``.pts`` files count pixels from 1 (MATLAB); 1 is subtracted.
Sagonas et al., ICCVW 2013; https://ibug.doc.ic.ac.uk/resources/300-W/.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...io.pillow_files import IMAGE_SUFFIXES
from ...structures.sample import LandmarkSample, ReadReport, read_each
from ..common.points import checked_points
from ..common.text_file import read_text

POINTS = 68

#: Folder names to official splits: training set, common and challenging subset, and the
#: test set of the competition.
_SPLITS = {
    'trainset': 'train',
    'testset': 'common',
    'afw': 'train',
    'ibug': 'challenging',
    '01_indoor': 'test',
    '02_outdoor': 'test',
}


def read_300w(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read all ``.pts`` files below a folder, each with a photograph beside it.

    Args:
        root: The folder that holds ``afw``, ``helen/trainset``, ``lfpw/testset``, ...
        report: Collects what is left out; without it the first bad file raises an error.

    Returns:
        One sample per face: ``(68, 2)`` points, 0-based pixel centres; ``split``
        ``'train'``, ``'common'``, ``'challenging'`` or ``'test'``, or None for all if no
        folder has an official name; ``subject`` the photograph, which several faces share.

    Raises:
        InputError: No such folder, no ``.pts`` file below it, or a bad file and ``report``
            is None.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f'no folder {root}: give the one that holds the .pts files')
    paths = sorted(p for p in root.rglob('*') if p.suffix.lower() == '.pts')
    if not paths:
        raise InputError(f'{root} and the folders below it hold no .pts file')
    splits = [_split(path, root) for path in paths]
    if None in splits and any(splits):
        stray = paths[splits.index(None)].parent
        raise InputError(
            f'{stray} is not a folder of 300-W (afw, ibug, trainset, testset, 01_Indoor, '
            '02_Outdoor), but others here are: read them separately'
        )
    split_of = dict(zip(paths, splits, strict=True))
    return read_each(paths, lambda p: _read_face(p, root, split_of[p]), report)


def _split(path: Path, root: Path) -> str | None:
    # the root itself may be lfpw/testset; the innermost name counts, because the folder
    # of the whole data set may be named ibug
    folders = (root.resolve().name, *path.relative_to(root).parts[:-1])
    names = [folder.lower() for folder in reversed(folders)]
    return next((_SPLITS[name] for name in names if name in _SPLITS), None)


def _read_face(path: Path, root: Path, split: str | None) -> LandmarkSample:
    points = read_pts(path)
    if len(points) != POINTS:
        raise InputError(f'{path} has {len(points)} points, 300-W has {POINTS}')
    relative = path.relative_to(root).with_suffix('')
    return LandmarkSample(
        id=relative.as_posix(),
        image=_photograph(path),
        points=points,
        split=split,
        # AFW and HELEN number the faces of a photograph: 4351876664_1, 4351876664_2
        subject=re.sub(r'(\d{5,})_\d+$', r'\1', relative.as_posix()),
    )


def _photograph(path: Path) -> Path:
    """The image of the same name, with a suffix in any case."""
    for spelled in (str.lower, str.upper, str.title):
        for suffix in IMAGE_SUFFIXES:
            image = path.with_suffix(spelled(suffix))
            if image.is_file():
                return image
    raise InputError(f'{path} has no image of the same name beside it')


def read_pts(path: str | Path) -> np.ndarray:
    """Read one ``.pts`` file.

    Returns:
        ``(K, 2)`` x, y, 0-based pixel centres; NaN where the file has ``nan nan``.

    Raises:
        InputError: No such file, another format, or the number of points differs from
            ``n_points``.
    """
    path = Path(path)
    text = read_text(path).removeprefix('\ufeff')
    header, _, rest = text.partition('{')
    body, closed, _ = rest.partition('}')
    declared = re.search(r'n_points\s*:\s*(\d+)', header)
    if not declared or not closed:
        raise InputError(
            f'{path} is not a .pts file: n_points: N, then {{, N lines x y, }}'
        )
    lines = [line.split() for line in body.splitlines() if line.strip()]
    for number, words in enumerate(lines, 1):
        if len(words) != 2 or not all(map(_is_number, words)):
            raise InputError(
                f'{path}: point {number} is {" ".join(words)!r}, not two numbers'
            )
    if len(lines) != int(declared[1]):
        raise InputError(
            f'{path} has {len(lines)} points but declares n_points: {declared[1]}'
        )
    return checked_points(np.array(lines, float).reshape(-1, 2), path) - 1


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
