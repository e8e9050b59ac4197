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

# the titles and symbols of Aariz (Khalid et al. 2025), which is also CEPHA29
_AARIZ = (
    *('A-point', 'Anterior Nasal Spine', 'B-point', 'Menton', 'Nasion', 'Orbitale'),
    *('Pogonion', 'Posterior Nasal Spine', 'Pronasale', 'Ramus', 'Sella', 'Articulare'),
    *('Condylion', 'Gnathion', 'Gonion', 'Porion', 'Lower 2nd PM Cusp Tip'),
    *('Lower Incisor Tip', 'Lower Molar Cusp Tip', 'Upper 2nd PM Cusp Tip'),
    *('Upper Incisor Apex', 'Upper Incisor Tip', 'Upper Molar Cusp Tip'),
    *('Lower Incisor Apex', 'Labrale inferius', 'Labrale superius'),
    *('Soft Tissue Nasion', 'Soft Tissue Pogonion', 'Subnasale'),
)
AARIZ29 = Scheme(
    name='aariz29',
    points=_AARIZ,
    labels=(
        *('A', 'ANS', 'B', 'Me', 'N', 'Or', 'Pog', 'PNS', 'Pn', 'R', 'S', 'Ar', 'Co'),
        *('Gn', 'Go', 'Po', 'LPM', 'LIT', 'LMT', 'UPM', 'UIA', 'UIT', 'UMT', 'LIA'),
        *('Li', 'Ls', "N'", "Pog'", 'Sn'),
    ),
    # S-N, palate, Ar-Go-Me, symphysis, FH, incisors, soft-tissue profile
    skeleton=(
        *((10, 4), (7, 1), (11, 14), (14, 3), (3, 13), (13, 6), (15, 5)),
        *((21, 20), (17, 23), (26, 8), (8, 28), (28, 25), (25, 24), (24, 27)),
    ),
    synonyms=synonyms_of(_AARIZ),
)

# CL-Detection 2023 numbers its points in its files. The organisers name and define them, in
# this order, in the README of github.com/cwwang1979/CL-detection2023, and their places in
# the output of the baseline (github.com/szuboy/CL-Detection2023) fit the names. The first
# 19 are those of ISBI 2015. 13 and 14 are the most anterior points of the lips, 30 and 31
# their mucocutaneous borders; 37 and 38 are mesial contact points of the first molars, not
# tips of cusps.
_CLD = (
    *_ISBI,
    *('D point', 'Upper incisor apex', 'Lower incisor apex', 'Columella'),
    *('Pterygomaxillary fissure', 'Condylion', 'Pronasale', 'Basion'),
    *('Pterygoid point', 'Bolton point', 'Upper lip border', 'Lower lip border'),
    *('Soft-tissue gnathion', 'Soft-tissue menton', 'Glabella'),
    *('Soft-tissue nasion', 'Cervical point'),
    *('Upper molar mesial contact point', 'Lower molar mesial contact point'),
)
CLDETECTION38 = Scheme(
    name='cldetection38',
    points=_CLD,
    labels=(
        *ISBI19.labels,
        *('D', 'U1A', 'L1A', 'Cm', 'Ptm', 'Co', 'Prn', 'Ba', 'Pt', 'Bo', "UL'", "LL'"),
        *("Gn'", "Me'", 'G', "N'", 'C', 'U6', 'L6'),
    ),
    skeleton=ISBI19.skeleton,
    synonyms=tuple(
        (*others, str(i)) for i, others in enumerate(synonyms_of(_CLD), start=1)
    ),
)

# CL-Detection 2024 numbers its points in the header of its table, p1x to p53y, and no list
# of their names by the organisers was found. The first two are known by their values: the
# rows of 001.bmp and 003.bmp in the organisers' README
# (github.com/haoyuuuuu/CL-Detection2024-Baseline-UNet) have the coordinates of Sella, and
# that of 001.bmp those of Nasion, of the same films of ISBI 2015 (400_senior). The others
# keep their numbers, so that no measurement is taken from them.
_CLD_2024 = ('Sella', 'Nasion', *(f'point {i}' for i in range(3, 54)))
CLDETECTION53 = Scheme(
    name='cldetection53',
    points=_CLD_2024,
    labels=('S', 'N', *(str(i) for i in range(3, 54))),
    synonyms=tuple(
        (*others, f'p{i}', str(i))
        for i, others in enumerate(synonyms_of(_CLD_2024), start=1)
    ),
)
