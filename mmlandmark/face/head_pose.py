"""Which way a head is turned, from the 68 points of its face.

Angles are those of ``Pose_Para`` in 300W-LP and AFLW2000-3D: pitch is positive where the
head looks up, yaw where it turns to its own right, roll where it leans to its own left.
Seen from the front all three are 0.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..schemes import IBUG68

#: The camera's distance in sizes of the face, far enough to show it without perspective.
_DISTANCE = 10.0


@cache
def mean_face() -> np.ndarray:
    """The mean face in space, ``(68, 3)``: x right in the picture, y up, z to the viewer.

    Centred, its norm 1, symmetric. Computed from AFLW2000-3D by :func:`mean_shape`.
    """
    text = (files('mmlandmark.face') / 'mean_face68.csv').read_text()
    return np.loadtxt(text.splitlines(), delimiter=',', skiprows=1)


def head_pose(points: np.ndarray, z: np.ndarray | None = None) -> np.ndarray:
    """Pitch, yaw and roll of a face.

    With depth the rotation that carries the mean face nearest to the points (Kabsch, Acta
    Cryst. A 1976). Without, the one whose picture is nearest (OpenCV's SQPnP: Terzakis &
    Lourakis, ECCV 2020) from a camera far away: a face with an expression, or one whose
    far cheek is not where it is annotated, is off by some degrees.

    Args:
        points: ``(68, 2)`` x right, y down, pixels.
        z: ``(68,)`` towards the viewer, in the same pixels, from any zero.

    Returns:
        ``(3,)`` degrees; NaN where a point is missing or all are one.

    Raises:
        InputError: They are not 68 points.
    """
    points = np.asarray(points, float)
    if points.shape != (len(IBUG68), 2):
        raise InputError(
            f"a head's pose is found from {len(IBUG68)} points, not from {points.shape}"
        )
    flat = _centred(points) if z is None else _centred(np.column_stack([points, z]))
    if not np.isfinite(flat).all():
        return np.full(3, np.nan)
    return angles(_seen(flat) if z is None else _turned(flat * (1, -1, 1)))


def _centred(points: np.ndarray) -> np.ndarray:
    """Of mean 0 and norm 1; not finite where that cannot be."""
    points = points - points.mean(axis=0)
    size = np.linalg.norm(points)
    return points / size if size > 0 else points * np.nan


def _turned(face: np.ndarray) -> np.ndarray:
    """The rotation of the mean face to a face of y up."""
    rotation, _ = Rotation.align_vectors(face, mean_face())
    return rotation.as_matrix()


def _seen(points: np.ndarray) -> np.ndarray:
    """The rotation of the mean face whose picture is nearest."""
    flip = np.diag([1.0, -1, -1])  # OpenCV looks along z, y down
    camera = np.diag([_DISTANCE, _DISTANCE, 1])
    found, vector, _ = cv2.solvePnP(
        mean_face() @ flip, points, camera, None, flags=cv2.SOLVEPNP_SQPNP
    )
    if not found:
        return np.full((3, 3), np.nan)
    return flip @ cv2.Rodrigues(vector)[0] @ flip


def rotation_matrix(pose: np.ndarray) -> np.ndarray:
    """What turns a face from the front to a pose: ``Rx(pitch) Ry(yaw) Rz(roll)``.

    Of 3DDFA (Zhu et al., CVPR 2016), whose angles turn against the usual direction.

    Args:
        pose: ``(3,)`` degrees.
    """
    # its matrices are the transposed of scipy's
    return Rotation.from_euler('XYZ', -np.asarray(pose), degrees=True).as_matrix()


def angles(matrix: np.ndarray) -> np.ndarray:
    """The inverse of :func:`rotation_matrix`, ``(3,)`` degrees, yaw within 90."""
    if not np.isfinite(matrix).all():
        return np.full(3, np.nan)
    return -Rotation.from_matrix(matrix).as_euler('XYZ', degrees=True)


def mean_shape(faces: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """The mean of faces turned to the front, made symmetric.

    Args:
        faces: ``(N, 68, 3)`` x right, y down, z to the viewer.
        poses: ``(N, 3)`` degrees.

    Returns:
        ``(68, 3)`` as :func:`mean_face`.
    """
    fronts = [
        _centred(face * (1, -1, 1)) @ rotation_matrix(pose)
        for face, pose in zip(faces, poses, strict=True)
    ]
    mean = np.mean(fronts, axis=0)
    partner = np.arange(len(mean))
    for a, b in IBUG68.flip_pairs:
        partner[[a, b]] = b, a
    return _centred(mean + mean[partner] * (-1, 1, 1))
