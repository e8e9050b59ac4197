"""Reads COFW: faces with 29 points and their occlusion.

``COFW_train_color.mat`` and ``COFW_test_color.mat``, MATLAB v7.3, which contain the images.
Points and boxes count pixels from 1 (MATLAB); 1 is subtracted.
Burgos-Artizzu et al., ICCV 2013.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...structures.sample import LandmarkSample, ReadReport
from ..common.hdf5 import opened_hdf5
from ..common.points import checked_points

POINTS = 29

#: Split, file and suffix of the variable names.
_PARTS = (
    ('train', 'COFW_train_color.mat', 'Tr'),
    ('test', 'COFW_test_color.mat', 'T'),
)


def read_cofw(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the training and the test file, or one of them.

    Args:
        root: The folder that holds the files, or one of the files.
        report: Collects what is left out; without it the first bad face raises an error.

    Returns:
        One sample per face: ``image`` an ``(H, W)`` or ``(H, W, 3)`` RGB uint8 array;
        ``(29, 2)`` points and ``box``, 0-based pixels; ``split`` ``'train'`` or
        ``'test'``; ``extra['occluded']`` ``(29,)`` bool. Occluded points are annotated too.
        There is no subject.

    Raises:
        InputError: Neither file exists, it is not MATLAB v7.3, a variable is missing or has
            another shape, a bad face and ``report`` is None, or h5py is not installed.
    """
    root = Path(root)
    files = {part[1]: root / part[1] for part in _PARTS}
    if root.is_file():
        files = {root.name: root}
    present = [part for part in _PARTS if part[1] in files and files[part[1]].is_file()]
    if not present:
        names = ' or '.join(name for _, name, _ in _PARTS)
        raise InputError(f'no {names} at {root}: give the folder that holds them')
    samples: list[LandmarkSample] = []
    for split, name, ending in present:
        samples += _read_part(files[name], split, ending, report)
    return samples


def _read_part(
    path: Path, split: str, ending: str, report: ReadReport | None
) -> list[LandmarkSample]:
    samples = []
    with opened_hdf5(path, 'MATLAB v7.3 (HDF5), as COFW comes') as mat:
        images, phis, boxes = _variables(mat, ending)
        for i in range(len(phis)):
            try:
                image = _image(mat, images[i])
                samples.append(_sample(image, phis[i], boxes[i], split, i))
            except InputError as error:
                if report is None:
                    raise InputError(f'face {i + 1}: {error}') from None
                report.skip(f'{path.name} face {i + 1}', str(error))
    return samples


def _variables(mat: Any, ending: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """References to the images ``(N,)``, points ``(N, 87)``, boxes ``(N, 4)``."""
    names = [f'{stem}{ending}' for stem in ('Is', 'phis', 'bboxes')]
    absent = [name for name in names if name not in mat]
    if absent:
        raise InputError(f'it lacks {", ".join(absent)}; is it the file from COFW?')
    # MATLAB stores column by column, so HDF5 holds every array transposed
    images, phis, boxes = (np.asarray(mat[name]).T for name in names)
    n = images.size
    if phis.shape != (n, 3 * POINTS) or boxes.shape != (n, 4):
        raise InputError(
            f'{n} images, {names[1]} {phis.shape}, {names[2]} {boxes.shape}: '
            f'(N, {3 * POINTS}) and (N, 4) are needed'
        )
    return images.reshape(-1), phis.astype(float), boxes.astype(float)


def _image(mat: Any, reference: Any) -> np.ndarray:
    try:
        image = np.asarray(mat[reference]).T
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f'its image is not in the file: {error}') from None
    gray, colour = image.ndim == 2, image.ndim == 3 and image.shape[2] == 3
    if not (gray or colour) or image.dtype != np.uint8 or min(image.shape) < 2:
        raise InputError(f'its image is {image.dtype} of shape {image.shape}')
    return np.ascontiguousarray(image)


def _sample(
    image: np.ndarray, phi: np.ndarray, box: np.ndarray, split: str, i: int
) -> LandmarkSample:
    if not np.isfinite(box).all():
        raise InputError('a coordinate of its box is not a finite number')
    x, y, occluded = phi.reshape(3, POINTS)
    left, top, width, height = (box - (1, 1, 0, 0)).tolist()
    return LandmarkSample(
        id=f'{split}_{i + 1:04d}',
        image=image,
        points=checked_points(np.column_stack([x, y])) - 1,
        split=split,
        box=(left, top, left + width, top + height),
        extra=dict(occluded=occluded > 0),
    )
