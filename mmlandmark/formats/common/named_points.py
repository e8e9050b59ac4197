"""What the readers of labelling tools share: names of points to the order of a scheme."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...errors import InputError
from ...schemes import Scheme, name_key, scheme_from_names
from ...structures.sample import ReadReport, say
from .values import shown


def ordered(
    points: Iterable[tuple[str, float, float]],
    scheme: Scheme,
    report: ReadReport | None = None,
) -> np.ndarray:
    """Named points in the order of the scheme; NaN where one is not there.

    Args:
        points: Name, x and y, 0-based pixel centres; NaN where not set.
        scheme: Its names and synonyms are known.
        report: Told of the names that are no point of the scheme, which are left out.

    Raises:
        InputError: A name stands twice, or none is of the scheme.
    """
    place = scheme.places()
    found = np.full((len(scheme), 2), np.nan)
    for name, x, y in points:
        i = place.get(name_key(name))
        if i is None:
            say(report, f'points left out, scheme {scheme.name} has no {shown(name)}')
            continue
        if np.isfinite(found[i, 0]):
            raise InputError(f'{name!r} is set twice in one head: group each head')
        found[i] = x, y
    if not np.isfinite(found).any():
        raise InputError(f'no point of scheme {scheme.name} is set')
    return found


def scheme_of(names: Iterable[str], name: str, source: object) -> Scheme:
    """A scheme of the names that a file declares or uses, in their order.

    Raises:
        InputError: There are none, or two labels are spellings of one name: only the
            person who labelled knows whether they are one point.
    """
    unique: dict[str, str] = {}
    for point in names:
        known = unique.setdefault(name_key(point), point)
        if known != point:
            raise InputError(
                f'{source}: the labels {known!r} and {point!r} are spellings of one name: '
                'rename one of them, or give a scheme that names the points',
                scheme=None,
            )
    points = list(unique.values())
    if not points:
        raise InputError(f'{source}: no point is labelled')
    return scheme_from_names(name, points)
