"""Reads AFLW-19: 19 points of AFLW's faces up to profile.

``AFLWinfo_release.mat`` beside AFLW's images (folders ``0``, ``2``, ``3``). The index base
is not documented; coordinates are taken as 0-based, as in published loaders, which is wrong
by one pixel if they are 1-based. The permutation ``ra`` is 1-based.
Zhu et al., CVPR 2016; http://mmlab.ie.cuhk.edu.hk/projects/compositional.html.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample, ReadReport
from ..common.image_finder import ImageFinder
from ..common.matlab import load_mat
from ..common.points import checked_points

POINTS = 19
TRAIN = 20000  # the first faces in ra; the other 4386 are the test split
FILE = 'AFLWinfo_release.mat'

_SHAPES = {'bbox': 4, 'data': 2 * POINTS, 'mask_new': POINTS}
_IMAGES = ('.', 'images', 'flickr', 'data/flickr', 'aflw/data/flickr')


def read_aflw19(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the faces in the order of ``ra``, the training split first.

    Args:
        root: The folder with ``AFLWinfo_release.mat`` and the images, directly or in
            ``images``, ``flickr`` or ``data/flickr``.
        report: Collects what is left out; without it the first bad face raises an error.

    Returns:
        One sample per face: ``(19, 2)`` points, pixels, NaN where the file has 0, 0;
        ``box``; ``split`` ``'train'`` or ``'test'``; ``extra['occluded']`` ``(19,)`` bool;
        ``extra['frontal']``, whether no point is occluded (the frontal test set);
        ``subject`` the photograph, which faces of one split share.

    Raises:
        InputError: No such file, arrays of another shape than AFLW-19's, or a bad face and
            ``report`` is None.
    """
    root = Path(root)
    mat = load_mat(root / FILE, (*_SHAPES, 'nameList', 'ra'))
    names = [_name(cell) for cell in mat['nameList'].reshape(-1)]
    order = _check(root / FILE, mat, len(names))
    samples: list[LandmarkSample] = []
    seen: dict[str, int] = {}
    images = ImageFinder([[root / folder for folder in _IMAGES]], [root])
    for place, i in enumerate(order):
        name = names[i]
        try:
            sample = _sample(
                images, name, *(mat[key][i].astype(float) for key in _SHAPES)
            )
        except InputError as error:
            if report is None:
                raise
            report.skip(f'face {i + 1} ({name})', str(error))
            continue
        sample.split = 'train' if place < TRAIN else 'test'
        # the official split is by face: a photograph may be in both splits
        sample.subject = f'{sample.split}/{sample.id}'
        nth = seen[sample.id] = seen.get(sample.id, 0) + 1
        sample.id += f'_{nth}' if nth > 1 else ''
        samples.append(sample)
    return samples


def _name(cell: object) -> str:
    parts = np.asarray(cell).reshape(-1)
    return str(parts[0]) if parts.size else ''


def _check(path: Path, mat: dict[str, np.ndarray], n: int) -> np.ndarray:
    """Check the arrays of ``n`` faces; returns ``ra`` as 0-based indices."""
    for key, columns in _SHAPES.items():
        if mat[key].shape != (n, columns) or mat[key].dtype.kind not in 'iufb':
            raise InputError(
                f'{path}: {key} is {mat[key].dtype} {mat[key].shape}, numbers of shape '
                f'({n}, {columns}) are needed, one row per name in nameList'
            )
    ra = mat['ra'].reshape(-1)
    if ra.dtype.kind not in 'iuf' or not np.array_equal(
        np.sort(ra), np.arange(1, n + 1)
    ):
        raise InputError(f'{path}: ra is not a permutation of 1 to {n}')
    return ra.astype(int) - 1


def _sample(
    images: ImageFinder,
    name: str,
    box: np.ndarray,
    flat: np.ndarray,
    visible: np.ndarray,
) -> LandmarkSample:
    image = images.find(name)
    if not np.isfinite(box).all():
        raise InputError(f'{name}: a coordinate of its box is not a finite number')
    points = flat.reshape(2, POINTS).T  # x1..x19, y1..y19
    left, right, top, bottom = box.tolist()
    return LandmarkSample(
        id=name.replace('\\', '/').rsplit('.', 1)[0],
        image=image,
        points=checked_points(
            np.where((points == 0).all(1, keepdims=True), np.nan, points), name
        ),
        box=(left, top, right, bottom),
        extra=dict(occluded=visible == 0, frontal=bool((visible != 0).all())),
    )
