"""Names of cephalometric points: symbols, full names and synonyms."""

from __future__ import annotations

from collections.abc import Sequence

from .scheme import name_key

#: Symbol to its full name, which is shown, and its synonyms. Incisor tips are U1T and L1T,
#: because ``L1`` is Sella in data with numbered points.
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
    'Prn': ('tip of the nose', 'pronasale', 'nose tip', 'pronasal', 'Pn'),
    'Cm': ('columella',),
    'PNS': ('posterior nasal spine', 'PNS'),
    'ANS': ('anterior nasal spine', 'ANS'),
    'Ar': ('articulare',),
    'Co': ('condylion',),
    'Ba': ('basion',),
    'Pt': ('pterygoid point', 'Pt point'),
    'R': ('ramus', 'ramus point'),
    'Xi': ('Xi point',),
    'PM': ('protuberance menti', 'suprapogonion'),
    'D': ('D point', 'point D'),
    'Ptm': ('pterygomaxillary fissure', 'pterygomaxillare'),
    'Bo': ('Bolton point',),
    # not the most anterior points of the lips, which are Ls and Li
    "UL'": ('upper lip border',),
    "LL'": ('lower lip border',),
    "Gn'": ('soft-tissue gnathion', 'ST gnathion', 'soft gnathion'),
    "Me'": ('soft-tissue menton', 'ST menton', 'soft menton'),
    'G': ('glabella',),
    'C': ('cervical point',),
    # not the tips of the cusps, which are U6T and L6T
    'U6M': ('upper molar mesial contact point',),
    'L6M': ('lower molar mesial contact point',),
}


def symbols_of(names: Sequence[str]) -> tuple[str | None, ...]:
    """The cephalometric symbol of each point; None for an unknown name.

    Args:
        names: Names, synonyms or symbols, in any spelling.
    """
    return tuple(_SYMBOLS.get(name_key(name)) for name in names)


def synonyms_of(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The symbol and all other names of each point, for ``Scheme.synonyms``.

    Args:
        names: Names of points; an unknown name has no synonyms.
    """
    return tuple(
        tuple(
            other
            for other in (_all_names(symbol) if symbol else ())
            if name_key(other) != name_key(name)
        )
        for name, symbol in zip(names, symbols_of(names), strict=True)
    )


def _all_names(symbol: str) -> tuple[str, ...]:
    names = POINTS[symbol]
    both = (f'{name} {symbol}' for name in names if name != symbol)
    return tuple(dict.fromkeys((symbol, *names, *both)))


_SYMBOLS = {name_key(name): symbol for symbol in POINTS for name in _all_names(symbol)}
