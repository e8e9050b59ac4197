"""Reads 300W-LP and AFLW2000-3D: faces up to profile with a fitted 3D face model.

Both were written by MATLAB and count pixels from 1; 1 is subtracted from x and y. (The
authors' code maps y to ``height + 1 - y``, and 3DDFA_V2 subtracts 1 "for Python
compatibility".) ``roi`` refers to the photographs before the crop to 450x450 and is not
read. Zhu et al., CVPR 2016; http://www.cbsr.ia.ac.cn/users/xiangyuzhu/projects/3DDFA/main.htm.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...io.load import load_image
from ...schemes import IBUG68
from ...structures.sample import LandmarkSample, ReadReport, read_each
from ..common.matlab import load_mat
from ..common.points import checked_points
from ..common.text_file import read_text

POINTS = len(IBUG68)
SETS = ('AFW', 'HELEN', 'IBUG', 'LFPW')
KEYS = {'2d': 'pts_2d', '3d': 'pts_3d'}

# HELEN_100032540_1_0: the pose is last, after the face where a photograph has several
_POSE = re.compile(r'_\d{1,2}$')
_FACE = re.compile(r'(?<=\d) ?_\d{1,2}$')


def read_300wlp(
    root: str | Path, report: ReadReport | None = None, points: str = '2d'
) -> list[LandmarkSample]:
    """Read 300W-LP: photographs rendered in many poses, and their mirror images.

    300W-LP has no splits; ``subject``, the photograph, is the same for all its poses, faces
    and mirror images. It contains test images of 300-W (IBUG, ``LFPW_image_test_*`` and
    some of HELEN): leave them out for a test on 300-W.

    Args:
        root: The folder with ``AFW``, ``HELEN``, ``IBUG``, ``LFPW``, their ``*_Flip`` and
            ``landmarks``. A mirror image without a landmark file gets the mirrored points
            of its original.
        report: Collects what is left out, and counts the images without a pose; without it
            the first bad image raises an error.
        points: ``'2d'``: points on the visible outline. ``'3d'``: projected points of the
            fitted 3D face, also on the occluded side.

    Returns:
        One sample per image: ``(68, 2)`` points, 0-based pixel centres; ``extra['pose']``
        pitch, yaw and roll in radians; with ``'3d'``, ``extra['points_2d']`` the 2D points.

    Raises:
        InputError: Not such a folder, an unknown value of ``points``, or a bad image and
            ``report`` is None.
    """
    root = Path(root)
    if points not in KEYS:
        raise InputError(f"points is {points!r}, not '2d' or '3d'")
    folders = [f'{name}{flip}' for name in SETS for flip in ('', '_Flip')]
    images = [image for f in folders for image in sorted((root / f).glob('*.jpg'))]
    if not images or not (root / 'landmarks').is_dir():
        raise InputError(
            f'{root} must hold landmarks and photographs in {", ".join(SETS)}'
        )
    return _read_posed(images, lambda image: _lp_face(root, image, points), report)


def _read_posed(images, read, report: ReadReport | None) -> list[LandmarkSample]:
    samples = read_each(images, read, report)
    if report is not None:
        without = sum('pose' not in sample.extra for sample in samples)
        report.count('images without a pose', without)
    return samples


def _lp_face(root: Path, image: Path, kind: str) -> LandmarkSample:
    beside = image.with_suffix('.mat')
    extra: dict = {}
    if beside.is_file():
        extra['pose'] = _pose(beside, load_mat(beside, ('Pose_Para',)))
    if kind == '3d':
        extra['points_2d'] = _lp_points(root, image, KEYS['2d'])
    return LandmarkSample(
        id=f'{image.parent.name}/{image.stem}',
        image=image,
        points=_lp_points(root, image, KEYS[kind]),
        subject=_FACE.sub('', _POSE.sub('', image.stem)),
        extra=extra,
    )


def _lp_points(root: Path, image: Path, key: str) -> np.ndarray:
    folder = image.parent.name
    path = root / 'landmarks' / folder / f'{image.stem}_pts.mat'
    original = path.parent.with_name(folder.removesuffix('_Flip')) / path.name
    if path.is_file() or path == original:
        return _checked(path, load_mat(path, (key,))[key], (POINTS, 2)) - 1
    points = _checked(original, load_mat(original, (key,))[key], (POINTS, 2)) - 1
    return mirrored(points, load_image(image).pixels.shape[1])


def mirrored(points: np.ndarray, width: int) -> np.ndarray:
    """Mirror ``(68, 2)`` points, 0-based, of an image of this width in pixels."""
    return points[IBUG68.flip_indices()] * (-1, 1) + (width - 1, 0)


def read_aflw2000_3d(
    root: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read AFLW2000-3D in its original layout, or as re-cropped images.

    Args:
        root: The folder with ``NAME.jpg`` and ``NAME.mat`` (original; ``split`` is
            ``'test'``), or with ``names.txt`` and ``points68_3d.npy`` ``(N, 68, 3)``
            (re-cropped; no split and no pose), or a folder of such folders (no split; a
            face in several folders is read once, preferably with pose). The points of
            re-cropped images were scaled as if 0-based, so subtracting 1 leaves an error of
            some tenths of a pixel.
        report: Collects what is left out, and counts the images without a pose; without it
            the first bad image raises an error.

    Returns:
        One sample per image: ``(68, 2)`` points, 0-based pixel centres;
        ``extra['points_z']`` ``(68,)`` depth in pixels with an arbitrary zero;
        ``extra['pose']`` pitch, yaw and roll in radians, not valid above 99 degrees.

    Raises:
        InputError: Neither layout, or a bad image and ``report`` is None.
    """
    root = Path(root)
    if _is_recropped(root):
        cut = _recropped(root)
        return _read_posed(cut, lambda p: _face_3d(p, cut[p], {}), report)
    if images := _originals(root):
        return _read_posed(images, _face_2000, report)
    folders = [f for f in sorted(root.glob('*/')) if _is_recropped(f) or _originals(f)]
    if not folders:
        raise InputError(
            f'{root} must hold NAME.jpg with NAME.mat, or names.txt and points68_3d.npy'
        )
    return _once([s for folder in folders for s in read_aflw2000_3d(folder, report)])


def _is_recropped(root: Path) -> bool:
    return (root / 'names.txt').is_file()


def _originals(root: Path) -> list[Path]:
    return [path.with_suffix('.jpg') for path in sorted(root.glob('*.mat'))]


def _once(samples: list[LandmarkSample]) -> list[LandmarkSample]:
    posed_last = sorted(samples, key=lambda s: 'pose' in s.extra)
    faces = {s.subject: replace(s, split=None) for s in posed_last}
    return sorted(faces.values(), key=lambda s: s.id)


def _recropped(root: Path) -> dict[Path, np.ndarray]:
    """Image path to its ``(68, 3)`` points."""
    path = root / 'points68_3d.npy'
    try:
        names = read_text(root / 'names.txt').removeprefix('\ufeff').split()
        points = np.load(path, allow_pickle=False)
    except InputError:
        raise
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise InputError(f'{path} and names.txt cannot be read: {error}') from None
    if points.shape != (len(names), POINTS, 3):
        raise InputError(
            f'{path} is {points.shape} but names.txt has {len(names)} names'
        )
    if len(set(names)) != len(names):
        raise InputError(f'{root / "names.txt"} has a name twice')
    outside = [name for name in names if '..' in Path(name).parts or Path(name).anchor]
    if outside:
        raise InputError(
            f'{root / "names.txt"} names {outside[0]!r}, and nothing outside {root} is read'
        )
    return {root / name: rows for name, rows in zip(names, points, strict=True)}


def _face_2000(image: Path) -> LandmarkSample:
    path = image.with_suffix('.mat')
    mat = load_mat(path, ('pt3d_68', 'Pose_Para'))
    sample = _face_3d(image, mat['pt3d_68'].T, dict(pose=_pose(path, mat)))
    sample.split = 'test'
    return sample


def _face_3d(image: Path, points: np.ndarray, extra: dict) -> LandmarkSample:
    if not image.is_file():
        raise InputError(f'no image at {image}')
    points = _checked(image, points, (POINTS, 3))
    return LandmarkSample(
        id=image.stem,
        image=image,
        points=points[:, :2] - 1,
        subject=image.stem,
        extra=dict(points_z=points[:, 2], **extra),
    )


def _pose(path: Path, mat: dict[str, np.ndarray]) -> tuple[float, ...]:
    return tuple(_checked(path, mat['Pose_Para'], (1, 7))[0, :3].tolist())


def _checked(path: Path, array: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if array.shape != shape or array.dtype.kind not in 'iuf':
        raise InputError(
            f'{path}: {array.dtype} of shape {array.shape}, numbers {shape} are needed'
        )
    if shape[0] == POINTS:
        return checked_points(array, path)
    if not np.isfinite(array).all():
        raise InputError(f'{path}: a number is not finite')
    return array.astype(float)
