"""Estimate the pose of a head from the 68 points of its face.

Angles follow ``Pose_Para`` in 300W-LP and AFLW2000-3D: pitch is positive if the head looks
up, yaw if it turns to its own right, roll if it leans to its own left. All are 0 in a
frontal view.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..schemes import IBUG68

#: Distance of the camera in sizes of the face, large enough to avoid perspective.
_DISTANCE = 10.0


@cache
def mean_face() -> np.ndarray:
    """The 3D mean face ``(68, 3)``: x right in the picture, y up, z towards the viewer.

    Centred, symmetric, with norm 1; computed from AFLW2000-3D by :func:`mean_shape`.
    """
    text = (files('mmlandmark.face') / 'mean_face68.csv').read_text()
    return np.loadtxt(text.splitlines(), delimiter=',', skiprows=1)


def head_pose(points: np.ndarray, z: np.ndarray | None = None) -> np.ndarray:
    """Pitch, yaw and roll of a face.

    With depth, the rotation aligns the mean face with the points (Kabsch, Acta Cryst. A
    1976). Without depth, it minimises the reprojection error for a distant camera (SQPnP
    in OpenCV: Terzakis & Lourakis, ECCV 2020). Facial expressions, and annotations of the
    visible outline instead of the far cheek, cause errors of some degrees.

    Args:
        points: ``(68, 2)`` x right, y down, pixels.
        z: ``(68,)`` depth towards the viewer, pixels, relative to any origin.

    Returns:
        ``(3,)`` degrees; NaN if a point is missing or all points coincide.

    Raises:
        InputError: There are not 68 points.
    """
    points = np.asarray(points, float)
    if points.shape != (len(IBUG68), 2):
        raise InputError(
            f"a head's pose is found from {len(IBUG68)} points, not from {points.shape}"
        )
    flat = _centred(points) if z is None else _centred(np.column_stack([points, z]))
    if not np.isfinite(flat).all():
        return np.full(3, np.nan)
    rotation = _projected(flat) if z is None else _aligned(flat * (1, -1, 1))
    return angles(rotation)


def _centred(points: np.ndarray) -> np.ndarray:
    """Normalise to mean 0 and norm 1; not finite if all points coincide."""
    points = points - points.mean(axis=0)
    size = np.linalg.norm(points)
    return points / size if size > 0 else points * np.nan


def _aligned(face: np.ndarray) -> np.ndarray:
    """Rotation that aligns the mean face with a 3D face, y up."""
    rotation, _ = Rotation.align_vectors(face, mean_face())
    return rotation.as_matrix()


def _projected(points: np.ndarray) -> np.ndarray:
    """Rotation whose projection of the mean face is closest to the points."""
    flip = np.diag([1.0, -1, -1])  # OpenCV's camera looks along z, with y down
    camera = np.diag([_DISTANCE, _DISTANCE, 1])
    found, vector, _ = cv2.solvePnP(
        mean_face() @ flip, points, camera, None, flags=cv2.SOLVEPNP_SQPNP
    )
    if not found:
        return np.full((3, 3), np.nan)
    return flip @ cv2.Rodrigues(vector)[0] @ flip


def rotation_matrix(pose: np.ndarray) -> np.ndarray:
    """Rotation of a frontal face to a pose: ``Rx(pitch) Ry(yaw) Rz(roll)``.

    After 3DDFA (Zhu et al., CVPR 2016), whose angles are negative rotations in the
    right-handed convention.

    Args:
        pose: ``(3,)`` degrees.
    """
    # its matrices are the transposes of SciPy's
    return Rotation.from_euler('XYZ', -np.asarray(pose), degrees=True).as_matrix()


def angles(matrix: np.ndarray) -> np.ndarray:
    """The inverse of :func:`rotation_matrix`, ``(3,)`` degrees, yaw within 90."""
    if not np.isfinite(matrix).all():
        return np.full(3, np.nan)
    return -Rotation.from_matrix(matrix).as_euler('XYZ', degrees=True)


def mean_shape(faces: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """The symmetric mean of faces rotated to a frontal view.

    Args:
        faces: ``(N, 68, 3)`` x right, y down, z to the viewer.
        poses: ``(N, 3)`` degrees.

    Returns:
        ``(68, 3)``, see :func:`mean_face`.
    """
    fronts = [
        _centred(face * (1, -1, 1)) @ rotation_matrix(pose)
        for face, pose in zip(faces, poses, strict=True)
    ]
    mean = np.mean(fronts, axis=0)
    return _centred(mean + mean[IBUG68.flip_indices()] * (-1, 1, 1))
