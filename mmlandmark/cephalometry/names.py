"""Symbols of cephalometric points (S, N, A, ...) for names in any spelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..schemes import name_key
from ..schemes.ceph_names import POINTS, symbols_of
from ..structures.prediction import Prediction

__all__ = [
    'CLOCKWISE',
    'FRONT_AND_BACK',
    'POINTS',
    'field_labels',
    'full_name',
    'named_points',
    'refuse_doubles',
    'short_names',
]

#: Pairs of points of which the first is the anterior one.
FRONT_AND_BACK = (
    *(('N', 'S'), ('Or', 'Po'), ('ANS', 'PNS'), ('Me', 'Go'), ('A', 'S')),
    *(('Prn', 'Sn'), ('Sn', 'Go'), ('Pog', 'Go')),
)

#: Triangles of points in clockwise order in the image of an upright head that faces right.
CLOCKWISE = (
    *(('S', 'N', 'A'), ('S', 'N', 'B'), ('S', 'N', 'Me'), ('S', 'N', 'Go')),
    *(('Po', 'Or', 'A'), ('Po', 'Or', 'Me'), ('PNS', 'ANS', 'Me')),
    *(('Go', 'B', 'Me'), ('Go', 'Pog', 'Me'), ("N'", 'Prn', 'Sn')),
)

#: Names in any spelling to their symbols; None for an unknown name.
short_names = symbols_of


def full_name(short: str) -> str:
    """The full name of a symbol: ``'Or'`` is orbitale."""
    return POINTS[short][0]


def named_points(prediction: Prediction) -> dict[str, np.ndarray]:
    """The cephalometric symbols of the points of a prediction to their ``(2,)`` pixels."""
    rows = zip(short_names(prediction.names), prediction.points, strict=True)
    return {short: point for short, point in rows if short}


def field_labels(names: Sequence[str]) -> tuple[str, ...]:
    """The cephalometric symbol of each name, or the name itself if it has none."""
    pairs = zip(names, short_names(names), strict=True)
    return tuple(short or name for name, short in pairs)


def refuse_doubles(names: Sequence[str]) -> None:
    """Check that no two names are the same point, as synonyms or spellings.

    Raises:
        InputError: Two names are the same point; the message has both.
    """
    keys = [
        short or name_key(name)
        for name, short in zip(names, short_names(names), strict=True)
    ]
    for key, count in Counter(keys).items():
        if count > 1:
            alike = [name for name, k in zip(names, keys, strict=True) if k == key]
            raise InputError(
                f'{" and ".join(map(repr, alike))} are the same point: keep one of them'
            )
