"""Depth of the 68 points of a face, by a 3D shape model that is fitted to them.

The shape model is a point distribution model under a scaled orthographic projection
(Saragih, Lucey & Cohn, IJCV 2011, section 2): a 3D mean face plus a sum of modes of
variation, each with a coefficient of mean 0 and variance 1.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from ..errors import InputError
from ..schemes import IBUG68

#: Standard deviation of the points about the shape model, in sizes of the face (norms of
#: the centred points). Chosen with the number of modes on the validation faces.
NOISE = 0.006
#: Alternations of pose and coefficients; further ones change no depth by 0.1 % of a face.
_ROUNDS = 10


@cache
def face_modes() -> np.ndarray:
    """Mean and modes ``(1 + M, 68, 3)``: x right, y up, z towards the viewer, centred.

    The mean has norm 1. Computed by :func:`shape_modes` from the training part of
    AFLW2000-3D.
    """
    text = (files('mmlandmark.face') / 'face_modes68.csv').read_text()
    table = np.loadtxt(text.splitlines(), delimiter=',', skiprows=1)
    return table.reshape(len(IBUG68), -1, 3).transpose(1, 0, 2)


def face_depth(points: np.ndarray) -> np.ndarray:
    """Depth of each point of a face, from the points alone.

    The points are those of a 3D face where they lie in the image, also if they are hidden.
    With points of the visible outline, the depth of the far cheek is wrong.

    Args:
        points: ``(68, 2)`` x right, y down, pixels.

    Returns:
        ``(68,)`` towards the viewer, pixels, with mean 0; NaN if a point is missing or all
        points coincide.

    Raises:
        InputError: There are not 68 points.
    """
    points = np.asarray(points, float)
    if points.shape != (len(IBUG68), 2):
        raise InputError(
            f'the depth of a face needs {len(IBUG68)} points, not {points.shape}'
        )
    flat = (points - points.mean(axis=0)) * (1, -1)
    size = np.linalg.norm(flat)
    if not np.isfinite(size) or size == 0:
        return np.full(len(points), np.nan)
    mean, *modes = face_modes()
    depth = size * _fitted_depth(flat / size, mean, np.array(modes))
    return depth - depth.mean()


def _fitted_depth(flat: np.ndarray, mean: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """Depth ``(K,)`` of the shape model fitted to centred points ``(K, 2)`` of norm 1."""
    coefficients = np.zeros(len(modes))
    for _ in range(_ROUNDS):
        shape = mean + np.tensordot(coefficients, modes, 1)
        scale, rotation = _projection(shape, flat)
        seen = scale * modes @ rotation[:2].T
        residual = flat - scale * mean @ rotation[:2].T
        # the mean of the posterior of the coefficients, given the pose
        design = seen.reshape(len(modes), -1).T
        precision = design.T @ design + NOISE**2 * np.eye(len(modes))
        coefficients = np.linalg.solve(precision, design.T @ residual.ravel())
    shape = mean + np.tensordot(coefficients, modes, 1)
    return scale * shape @ rotation[2]


def _projection(shape: np.ndarray, flat: np.ndarray) -> tuple[float, np.ndarray]:
    """Scale and rotation ``(3, 3)`` whose projection of a shape is close to the points.

    The affine projection of least squares, replaced by the closest one with two
    perpendicular rows of one length.
    """
    affine, *_ = np.linalg.lstsq(shape, flat, rcond=None)
    left, values, right = np.linalg.svd(affine.T, full_matrices=False)
    rows = left @ right
    return float(values.mean()), np.vstack([rows, np.cross(*rows)])


def shape_modes(faces: np.ndarray, mean: np.ndarray, count: int) -> np.ndarray:
    """Mean and modes of variation of 3D faces and their mirror images.

    The faces are aligned by generalised Procrustes analysis (Gower, Psychometrika 1975),
    started from ``mean``, which also gives the frontal view.

    Args:
        faces: ``(N, 68, 3)`` x right, y down, z to the viewer.
        mean: ``(68, 3)``, see :func:`.head_pose.mean_face`.
        count: Number of modes M, in the order of their variances.

    Returns:
        ``(1 + M, 68, 3)``, see :func:`face_modes`.

    Raises:
        InputError: There are too few faces for so many modes.
    """
    if count >= 2 * len(faces):
        raise InputError(
            f'{len(faces)} faces and their mirror images have fewer than {count} modes: '
            'give more faces'
        )
    faces = faces * (1, -1, 1)
    partner = IBUG68.flip_indices()
    faces = np.concatenate([faces, faces[:, partner] * (-1, 1, 1)])
    faces = faces - faces.mean(axis=1, keepdims=True)
    for _ in range(5):
        aligned = np.array([_aligned(face, mean) for face in faces])
        mean = aligned.mean(axis=0)
        mean = mean / np.linalg.norm(mean)
    residuals = (aligned - aligned.mean(axis=0)).reshape(len(faces), -1)
    _, values, modes = np.linalg.svd(residuals, full_matrices=False)
    spread = values[:count, None] / np.sqrt(len(faces))
    return np.concatenate(
        [mean[None], (spread * modes[:count]).reshape(-1, *mean.shape)]
    )


def _aligned(face: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A centred face rotated and scaled to the mean face (Kabsch, Acta Cryst. A 1976)."""
    # SciPy is not a requirement of mmlandmark-lite, which only computes depths
    from scipy.spatial.transform import Rotation

    rotation, _ = Rotation.align_vectors(mean, face)
    turned = rotation.apply(face)
    return turned * (turned * mean).sum() / (turned * turned).sum()
