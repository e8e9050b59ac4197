"""Schemes of lateral heads. They have no flip pairs: images must not be mirrored."""

from .ceph_names import synonyms_of
from .scheme import Scheme

_ISBI = (
    'Sella',
    'Nasion',
    'Orbitale',
    'Porion',
    'Subspinale',
    'Supramentale',
    'Pogonion',
    'Menton',
    'Gnathion',
    'Gonion',
    'Lower incisor tip',
    'Upper incisor tip',
    'Upper lip',
    'Lower lip',
    'Subnasale',
    'Soft-tissue pogonion',
    'PNS',
    'ANS',
    'Articulare',
)
ISBI19 = Scheme(
    name='isbi19',
    points=_ISBI,
    labels=(
        *('S', 'N', 'Or', 'Po', 'A', 'B', 'Pog', 'Me', 'Gn', 'Go'),
        *('L1', 'U1', 'Ls', 'Li', 'Sn', "Pog'", 'PNS', 'ANS', 'Ar'),
    ),
    # S-N, palate, Ar-Go-Me, symphysis, FH, incisors, soft-tissue profile
    skeleton=(
        *((0, 1), (16, 17), (18, 9), (9, 7), (7, 8), (8, 6), (3, 2)),
        *((14, 12), (12, 13), (13, 15)),
    ),
    synonyms=synonyms_of(_ISBI),
)

_PHOTO = (
    'sella',
    'nasion',
    'A point',
    'B point',
    'upper 1 tip',
    'upper 1 apex',
    'lower 1 tip',
    'lower 1 apex',
    'ANS',
    'PNS',
    'Gonion',
    'Menton',
    'ST Nasion',
    'Tip of the nose',
    'Subnasal',
    'Upper lip',
    'Lower lip',
    'ST Pogonion',
    'gnathion',
)
PHOTO19 = Scheme(
    name='photo19',
    points=_PHOTO,
    labels=(
        *('S', 'N', 'A', 'B', 'U1', 'U1a', 'L1', 'L1a', 'ANS', 'PNS'),
        *('Go', 'Me', "N'", 'Prn', 'Sn', 'Ls', 'Li', "Pog'", 'Gn'),
    ),
    skeleton=(
        *((0, 1), (9, 8), (10, 11), (11, 18), (4, 5), (6, 7)),
        *((12, 13), (13, 14), (14, 15), (15, 16), (16, 17)),
    ),
    synonyms=synonyms_of(_PHOTO),
)
