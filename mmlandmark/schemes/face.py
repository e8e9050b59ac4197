"""The schemes of faces. Right and left are the person's own: right stands left."""

from itertools import pairwise

from .scheme import Scheme


def _mirrored(*pairs: tuple[range, range]) -> tuple[tuple[int, int], ...]:
    """Pairs of points that change places, from ranges that run along each other."""
    return tuple(p for a, b in pairs for p in zip(a, b, strict=True))


def _lines(*parts: tuple[range, bool]) -> tuple[tuple[int, int], ...]:
    """Joins each part's points in their order; a closed one's last with its first."""
    joined = []
    for part, closed in parts:
        joined += list(pairwise(part)) + [(part[-1], part[0])] * closed
    return tuple(joined)


# iBUG 300-W (Sagonas et al., ICCVW 2013), which counts from 1
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
    swaps=_mirrored(
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
