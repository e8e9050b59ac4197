"""Plane geometry of a lateral head: angles, distances and projections, over images.

Every point is an array ``(..., 2)``, x forward and y down, as in an image of a head that
faces right. A missing point is NaN, and so are the values computed from it. Angles are in
degrees, distances in the unit of the points.
"""

from __future__ import annotations

import numpy as np

Points = np.ndarray


def cross(u: Points, v: Points) -> np.ndarray:
    """``u_x v_y - u_y v_x``: positive where v is rotated clockwise from u in the image."""
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def dot(u: Points, v: Points) -> np.ndarray:
    """The scalar product."""
    return (u * v).sum(axis=-1)


def length(u: Points) -> np.ndarray:
    """The Euclidean length."""
    return np.hypot(u[..., 0], u[..., 1])


def distance(a: Points, b: Points) -> np.ndarray:
    """The Euclidean distance of two points."""
    return length(b - a)


def turn(u: Points, v: Points) -> np.ndarray:
    """The signed angle from direction u to v, -180 to 180; NaN for a zero vector.

    Positive is clockwise in the image of a head that faces right: the anterior end of a
    line that runs forward moves down.
    """
    angle = np.degrees(np.arctan2(cross(u, v), dot(u, v)))
    return np.where((length(u) > 0) & (length(v) > 0), angle, np.nan)


def between(u: Points, v: Points) -> np.ndarray:
    """The unsigned angle between two directions, 0 to 180."""
    return np.abs(turn(u, v))


def line_angle(a: Points, b: Points, c: Points, d: Points) -> np.ndarray:
    """The signed angle from the line a to b to the line c to d; see :func:`turn`."""
    return turn(b - a, d - c)


def angle_at(a: Points, vertex: Points, b: Points) -> np.ndarray:
    """The unsigned angle a-vertex-b, 0 to 180."""
    return between(a - vertex, b - vertex)


def inner_angle(a: Points, vertex: Points, b: Points) -> np.ndarray:
    """The angle from a to b around the vertex, clockwise, 0 to 360.

    For angles that may exceed 180 degrees, such as S-Ar-Go.
    """
    return turn(a - vertex, b - vertex) % 360


def signed_distance(point: Points, top: Points, bottom: Points) -> np.ndarray:
    """Distance of a point from a line that runs down; positive anterior to it."""
    down = bottom - top
    with np.errstate(invalid='ignore', divide='ignore'):
        reach = -cross(down, point - top) / length(down)
    return np.where(length(down) > 0, reach, np.nan)


def along(start: Points, end: Points, a: Points, b: Points) -> np.ndarray:
    """Length of start-end projected onto the direction a-b; negative if opposite."""
    direction = b - a
    with np.errstate(invalid='ignore', divide='ignore'):
        reach = dot(end - start, direction) / length(direction)
    return np.where(length(direction) > 0, reach, np.nan)


def below(start: Points, end: Points, a: Points, b: Points) -> np.ndarray:
    """Length of start-end projected downward, perpendicular to the forward line a-b."""
    forward = b - a
    downward = np.stack([-forward[..., 1], forward[..., 0]], axis=-1)
    return along(start, end, np.zeros_like(downward), downward)


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a / b``; NaN where b is zero."""
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.where(b != 0, a / b, np.nan)
