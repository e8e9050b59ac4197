"""What the points are called: the short names of the field, whatever a scheme says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..errors import InputError
from ..schemes import name_key
from ..schemes.ceph_names import POINTS, symbols_of

__all__ = ['FRONT_AND_BACK', 'POINTS', 'full_name', 'refuse_doubles', 'short_names']

#: Pairs of points of which the first lies further towards the face.
FRONT_AND_BACK = (
    *(('N', 'S'), ('Or', 'Po'), ('ANS', 'PNS'), ('Me', 'Go'), ('A', 'S')),
    *(('Prn', 'Sn'), ('Sn', 'Go'), ('Pog', 'Go')),
)

#: The field's short name of each of some names, in any spelling; None for an unknown one.
short_names = symbols_of


def full_name(short: str) -> str:
    """What is shown of a short name: ``'Or'`` is orbitale."""
    return POINTS[short][0]


def refuse_doubles(names: Sequence[str]) -> None:
    """Refuse names of which two are the same point, by a synonym or another spelling.

    Raises:
        InputError: There are such; the line has both names.
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
