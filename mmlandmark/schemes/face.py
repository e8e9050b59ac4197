"""Schemes of faces. Left and right are the person's own: right is left in the image."""

from itertools import pairwise

from .scheme import Scheme


def _mirrored(*pairs: tuple[range, range]) -> tuple[tuple[int, int], ...]:
    """Flip pairs from pairs of ranges of equal length."""
    return tuple(p for a, b in pairs for p in zip(a, b, strict=True))


def _lines(*parts: tuple[range, bool]) -> tuple[tuple[int, int], ...]:
    """A skeleton that joins consecutive points of each part; closed parts form a loop."""
    joined = []
    for part, closed in parts:
        joined += list(pairwise(part)) + [(part[-1], part[0])] * closed
    return tuple(joined)


# iBUG 300-W (Sagonas et al., ICCVW 2013); its numbers are 1-based
_IBUG = (
    *(f'jaw {i + 1}' for i in range(17)),
    *(f'right eyebrow {i + 1}' for i in range(5)),
    *(f'left eyebrow {i + 1}' for i in range(5)),
    *(f'nose bridge {i + 1}' for i in range(4)),
    *(f'nostrils {i + 1}' for i in range(5)),
    *(f'right eye {i + 1}' for i in range(6)),
    *(f'left eye {i + 1}' for i in range(6)),
    *(f'outer lip {i + 1}' for i in range(12)),
    *(f'inner lip {i + 1}' for i in range(8)),
)
IBUG68 = Scheme(
    name='ibug68',
    points=_IBUG,
    labels=tuple(str(i + 1) for i in range(68)),
    flip_pairs=_mirrored(
        (range(8), range(16, 8, -1)),
        (range(17, 22), range(26, 21, -1)),
        (range(31, 33), range(35, 33, -1)),
        (range(36, 40), range(45, 41, -1)),  # eyes: upper lid from corner to corner
        (range(40, 42), range(47, 45, -1)),  # lower lid
        (range(48, 51), range(54, 51, -1)),
        (range(58, 60), range(56, 54, -1)),
        (range(60, 62), range(64, 62, -1)),
        (range(67, 68), range(65, 66)),
    ),
    skeleton=_lines(
        (range(17), False),
        (range(17, 22), False),
        (range(22, 27), False),
        (range(27, 31), False),
        (range(31, 36), False),
        (range(36, 42), True),
        (range(42, 48), True),
        (range(48, 60), True),
        (range(60, 68), True),
    ),
    ocular=(36, 45),
    pupils=(tuple(range(36, 42)), tuple(range(42, 48))),
)

# WFLW (Wu et al., CVPR 2018); eyebrows and lips are closed outlines
_WFLW = (
    *(f'jaw {i}' for i in range(33)),
    *(f'right eyebrow {i}' for i in range(9)),
    *(f'left eyebrow {i}' for i in range(9)),
    *(f'nose bridge {i}' for i in range(4)),
    *(f'nostrils {i}' for i in range(5)),
    *(f'right eye {i}' for i in range(8)),
    *(f'left eye {i}' for i in range(8)),
    *(f'outer lip {i}' for i in range(12)),
    *(f'inner lip {i}' for i in range(8)),
    'right pupil',
    'left pupil',
)
WFLW98 = Scheme(
    name='wflw98',
    points=_WFLW,
    labels=tuple(str(i) for i in range(98)),
    flip_pairs=_mirrored(
        (range(16), range(32, 16, -1)),
        (range(33, 38), range(46, 41, -1)),  # eyebrows: upper edge from end to end
        (range(38, 42), range(50, 46, -1)),  # lower edge
        (range(55, 57), range(59, 57, -1)),
        (range(60, 65), range(72, 67, -1)),
        (range(65, 68), range(75, 72, -1)),
        (range(76, 79), range(82, 79, -1)),
        (range(86, 88), range(84, 82, -1)),
        (range(88, 90), range(92, 90, -1)),
        (range(95, 96), range(93, 94)),
        (range(96, 97), range(97, 98)),
    ),
    skeleton=_lines(
        (range(33), False),
        (range(33, 42), True),
        (range(42, 51), True),
        (range(51, 55), False),
        (range(55, 60), False),
        (range(60, 68), True),
        (range(68, 76), True),
        (range(76, 88), True),
        (range(88, 96), True),
    ),
    ocular=(60, 72),
    pupils=((96,), (97,)),
)

# COFW (Burgos-Artizzu et al., ICCV 2013), the first 29 points of LFPW. Left in LFPW is left
# in the image, which is the person's right.
_COFW = (
    *('right eyebrow outer end', 'left eyebrow outer end'),
    *('right eyebrow inner end', 'left eyebrow inner end'),
    *('right eyebrow upper edge', 'right eyebrow lower edge'),
    *('left eyebrow upper edge', 'left eyebrow lower edge'),
    *('right eye outer corner', 'left eye outer corner'),
    *('right eye inner corner', 'left eye inner corner'),
    *('right upper lid', 'right lower lid', 'left upper lid', 'left lower lid'),
    *('right pupil', 'left pupil', 'right nostril', 'left nostril'),
    *('nose tip', 'nose base', 'right mouth corner', 'left mouth corner'),
    *('upper lip upper edge', 'upper lip lower edge'),
    *('lower lip upper edge', 'lower lip lower edge', 'chin'),
)
COFW29 = Scheme(
    name='cofw29',
    points=_COFW,
    labels=tuple(str(i) for i in range(29)),
    flip_pairs=(
        *((0, 1), (2, 3), (4, 6), (5, 7), (8, 9), (10, 11), (12, 14), (13, 15)),
        *((16, 17), (18, 19), (22, 23)),
    ),
    skeleton=(
        *((0, 4), (4, 2), (2, 5), (5, 0), (3, 6), (6, 1), (1, 7), (7, 3)),
        *((8, 12), (12, 10), (10, 13), (13, 8), (11, 14), (14, 9), (9, 15), (15, 11)),
        *((18, 20), (20, 19), (19, 21), (21, 18)),
        *(
            (22, 24),
            (24, 23),
            (23, 27),
            (27, 22),
            (22, 25),
            (25, 23),
            (23, 26),
            (26, 22),
        ),
    ),
    ocular=(8, 9),
    pupils=((16,), (17,)),
)

# AFLW (Koestinger et al., ICCVW 2011) without ears. Left in AFLW is left in the image.
_AFLW = (
    *('right eyebrow outer end', 'right eyebrow middle', 'right eyebrow inner end'),
    *('left eyebrow inner end', 'left eyebrow middle', 'left eyebrow outer end'),
    *('right eye outer corner', 'right eye middle', 'right eye inner corner'),
    *('left eye inner corner', 'left eye middle', 'left eye outer corner'),
    *('right nostril', 'nose tip', 'left nostril'),
    *('right mouth corner', 'mouth middle', 'left mouth corner', 'chin'),
)
AFLW19 = Scheme(
    name='aflw19',
    points=_AFLW,
    labels=tuple(str(i) for i in range(19)),
    flip_pairs=_mirrored(
        (range(3), range(5, 2, -1)),
        (range(6, 9), range(11, 8, -1)),
        (range(12, 13), range(14, 15)),
        (range(15, 16), range(17, 18)),
    ),
    skeleton=_lines(
        (range(3), False),
        (range(3, 6), False),
        (range(6, 9), False),
        (range(9, 12), False),
        (range(12, 15), False),
        (range(15, 18), False),
    ),
    # no ocular, no pupils: half of the faces have an occluded eye, so errors are normalised
    # by the box
)
