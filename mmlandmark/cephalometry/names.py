"""What the points are called: the short names of the field, whatever a scheme says."""

from __future__ import annotations

from collections.abc import Sequence

from ..schemes import spelling_key

#: Short names to the full ones, the first of which is shown, and other spellings. Incisor
#: tips are U1T and L1T: ``L1`` alone is Sella where points are numbered.
POINTS: dict[str, tuple[str, ...]] = {
    'S': ('sella',),
    'N': ('nasion',),
    'Or': ('orbitale',),
    'Po': ('porion',),
    'A': ('A point', 'subspinale', 'point A', 'A point subspinale'),
    'B': ('B point', 'supramentale', 'point B', 'B point supramentale'),
    'Pog': ('pogonion',),
    'Me': ('menton',),
    'Gn': ('gnathion',),
    'Go': ('gonion',),
    'U1T': ('upper incisor tip', 'upper 1 tip', 'incision superius', 'U1 tip', 'UIT'),
    'U1A': ('upper incisor apex', 'upper 1 apex', 'U1 apex', 'UIA'),
    'L1T': ('lower incisor tip', 'lower 1 tip', 'incision inferius', 'L1 tip', 'LIT'),
    'L1A': ('lower incisor apex', 'lower 1 apex', 'L1 apex', 'LIA'),
    'U6T': ('upper molar cusp tip', 'upper 6 tip', 'upper molar', 'UMT'),
    'L6T': ('lower molar cusp tip', 'lower 6 tip', 'lower molar', 'LMT'),
    'U5T': ('upper premolar cusp tip', 'upper 5 tip', 'upper 2nd PM cusp tip', 'UPM'),
    'L5T': ('lower premolar cusp tip', 'lower 5 tip', 'lower 2nd PM cusp tip', 'LPM'),
    'Ls': ('upper lip', 'labrale superius'),
    'Li': ('lower lip', 'labrale inferius'),
    'Sn': ('subnasale', 'subnasal'),
    "Pog'": ('soft-tissue pogonion', 'ST pogonion', 'soft pogonion'),
    "N'": ('soft-tissue nasion', 'ST nasion', 'soft nasion'),
    'Prn': ('tip of the nose', 'pronasale', 'nose tip', 'pronasal'),
    'Cm': ('columella',),
    'PNS': ('posterior nasal spine', 'PNS'),
    'ANS': ('anterior nasal spine', 'ANS'),
    'Ar': ('articulare',),
    'Co': ('condylion',),
    'Ba': ('basion',),
    'Pt': ('pterygoid point', 'Pt point'),
    'Xi': ('Xi point',),
    'PM': ('protuberance menti', 'suprapogonion'),
}

#: Pairs of points of which the first lies further towards the face.
FRONT_AND_BACK = (
    *(('N', 'S'), ('Or', 'Po'), ('ANS', 'PNS'), ('Me', 'Go'), ('A', 'S')),
    *(('Prn', 'Sn'), ('Sn', 'Go'), ('Pog', 'Go')),
)


def _key(name: str) -> str:
    # the prime of soft tissue is all that tells Pog' from Pog
    return spelling_key(name.replace('\u2019', "'").replace("'", ' prime'))


_SHORT = {
    _key(name): short
    for short, names in POINTS.items()
    for name in (short, *names, *(f'{n} {short}' for n in names))
}


def short_names(names: Sequence[str]) -> tuple[str | None, ...]:
    """The field's short name of each point; None for one it has none for.

    Args:
        names: As a scheme or a table of points calls them, in any spelling.
    """
    return tuple(_SHORT.get(_key(name)) for name in names)


def full_name(short: str) -> str:
    """What is shown of a short name: ``'Or'`` is orbitale."""
    return POINTS[short][0]
