"""Points of a label file: checked, and in the order of a scheme."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ...errors import InputError
from ...schemes import Scheme, name_key, scheme_from_names
from ...structures.sample import ReadReport, note
from .values import shown


def checked_points(points: np.ndarray, where: object = '') -> np.ndarray:
    """Check points: all coordinates of a point are finite, or all are NaN (missing).

    Args:
        points: ``(K, 2)`` or ``(K, 3)`` numbers.
        where: Prefix of error messages.

    Returns:
        The points as float64.

    Raises:
        InputError: A coordinate is infinite, a point lacks one of its coordinates, or no
            point is set.
    """
    points = np.asarray(points, float)
    before = f'{where}: ' if where else ''
    missing = np.isnan(points)
    for k in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1))[:1]:
        raise InputError(
            f'{before}point {k + 1} lacks a coordinate: give all of them, or none'
        )
    for k in np.flatnonzero(np.isinf(points).any(axis=1))[:1]:
        raise InputError(f'{before}point {k + 1} has a coordinate that is not finite')
    if missing.all():
        raise InputError(f'{before}no point is set')
    return points


def ordered(
    points: Iterable[tuple[str, float, float]],
    scheme: Scheme,
    report: ReadReport | None = None,
) -> np.ndarray:
    """Sort named points into the order of a scheme.

    Args:
        points: Name, x and y of each point, 0-based pixels; NaN where not set.
        scheme: The K points; names are matched with its names and synonyms.
        report: Counts the names that are not in the scheme, whose points are left out.

    Returns:
        ``(K, 2)``, NaN where a point is missing.

    Raises:
        InputError: A name occurs twice, or no name is in the scheme.
    """
    place = scheme.places()
    found = [(math.nan, math.nan)] * len(scheme)  # faster than writing to an array
    for name, x, y in points:
        i = place.get(name_key(name))
        if i is None:
            note(report, f'points left out, scheme {scheme.name} has no {shown(name)}')
            continue
        if math.isfinite(found[i][0]):
            raise InputError(f'{name!r} is set twice in one head: group each head')
        found[i] = x, y
    rows = np.array(found, float)
    if not np.isfinite(rows).any():
        raise InputError(f'no point of scheme {scheme.name} is set')
    return rows


def scheme_of(names: Iterable[str], name: str, source: object) -> Scheme:
    """A scheme of the point names in a file, in their order.

    Args:
        names: The names; repetitions are ignored.
        name: The name of the scheme.
        source: The file, for messages.

    Raises:
        InputError: There are no names, or two names differ in spelling only, so that it
            is unknown whether they are one point.
    """
    unique: dict[str, str] = {}
    for point in names:
        known = unique.setdefault(name_key(point), point)
        if known != point:
            raise InputError(
                f'{source}: the labels {known!r} and {point!r} are spellings of one name: '
                'rename one of them, or give a scheme'
            )
    points = list(unique.values())
    if not points:
        raise InputError(f'{source}: no point is labelled')
    return scheme_from_names(name, points)
