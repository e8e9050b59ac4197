"""The 189 points of WebMorph's standard template, with its lines.

Order and lines: the templates of webmorphR.stim (DeBruine and Jones), which go back to
Psychomorph (Tiddeman et al., 2001). The template has no names; these are ours. Left and
right are the person's own: right is left in the image.
"""

from __future__ import annotations

from itertools import pairwise

from .scheme import Scheme

# (name, indices of the right side in the image from left to right or top to bottom, indices
# of their mirror images)
_PAIRED: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    ('pupil', (0,), (1,)),
    ('iris', (*range(2, 10),), (10, *range(17, 10, -1))),
    ('eye upper lid', (*range(18, 23),), (*range(27, 22, -1),)),
    ('eye lower lid', (*range(28, 31),), (*range(33, 30, -1),)),
    ('lid fold', (*range(34, 39),), (*range(43, 38, -1),)),
    ('under the eye', (*range(44, 47),), (*range(49, 46, -1),)),
    ('side of the nose', (*range(50, 55),), (*range(56, 61),)),
    ('wing of the nose', (*range(61, 66),), (*range(66, 71),)),
    ('eyebrow upper edge', (*range(71, 77),), (*range(82, 76, -1),)),
    ('eyebrow lower edge', (83, 84), (86, 85)),
    ('side of the face', (109, 185, 110, 186, 111), (112, 187, 113, 188, 114)),
    ('ear', (*range(115, 120),), (*range(120, 125),)),
    ('fold of the mouth', (*range(158, 161),), (*range(161, 164),)),
    ('cheekbone', (*range(164, 167),), (*range(167, 170),)),
    ('philtrum', (170, 171), (172, 173)),
    ('nostril', (179, 180), (182, 181)),
    ('neck', (183,), (184,)),
)
# (name, indices from left to right in the image), each its own mirror image
_ACROSS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ('base of the nose', (55,)),
    ('upper lip upper edge', (*range(87, 94),)),  # from corner to corner
    ('upper lip lower edge', (*range(94, 99),)),
    ('lower lip upper edge', (*range(99, 104),)),
    ('lower lip lower edge', (*range(104, 109),)),
    ('jaw', (*range(125, 134),)),
    ('hairline', (*range(134, 145),)),
    ('hair', (*range(145, 158),)),
    ('chin fold', (*range(176, 179),)),
)
_LINES = (
    *((*range(2, 10), 2), (*range(10, 18), 10), range(18, 23), range(23, 28)),
    *((18, *range(28, 31), 22), (23, *range(31, 34), 27), range(34, 39), range(39, 44)),
    *(range(44, 47), range(47, 50), range(50, 56), (*range(56, 61), 55)),
    *((*range(61, 66), 179, 180, 55), (*range(66, 71), 182, 181, 55)),
    *(range(71, 77), range(77, 83), (71, 83, 84, 76), (77, 85, 86, 82)),
    *(range(87, 94), (87, *range(94, 99), 93), (87, *range(99, 104), 93)),
    *((87, *range(104, 109), 93), (109, 185, 110, 186, 111), (112, 187, 113, 188, 114)),
    *((109, *range(115, 120), 111), (112, *range(120, 125), 114)),
    *((109, *range(134, 145), 112), range(145, 158), range(158, 161), range(161, 164)),
    *(range(164, 167), range(167, 170), (170, 171), (172, 173), (174, 175)),
    *(range(176, 179), (126, 145), (132, 157), (145, 183, 184, 157)),
    *((111, 125, 126), range(126, 133), (132, 133, 114)),
)


def _named() -> dict[int, str]:
    """Index of a point to its name."""
    groups = [(name, across) for name, across in _ACROSS]
    groups.append(('chin', (174, 175)))
    for name, right, left in _PAIRED:
        groups += [(f'right {name}', right), (f'left {name}', left)]
    return {
        index: f'{name} {place}' if len(indices) > 1 else name
        for name, indices in groups
        for place, index in enumerate(indices, 1)
    }


def _pairs() -> tuple[tuple[int, int], ...]:
    pairs = [pair for _, *sides in _PAIRED for pair in zip(*sides, strict=True)]
    for _, across in _ACROSS:
        half = len(across) // 2
        pairs += zip(across[:half], across[: -half - 1 : -1], strict=True)
    return tuple(pairs)


_NAMES = _named()
WEBMORPH189 = Scheme(
    name='webmorph189',
    points=tuple(_NAMES[index] for index in range(189)),
    labels=tuple(str(index) for index in range(189)),
    flip_pairs=_pairs(),
    skeleton=tuple(dict.fromkeys(pair for line in _LINES for pair in pairwise(line))),
    ocular=(18, 27),
    pupils=((0,), (1,)),
)

#: The eyebrows, the sides of the face and the jaw, whose tight box is nearly that of the
#: 68 points of 300-W.
FACE_WITHOUT_HAIR = (*range(71, 87), *range(109, 115), *range(125, 134))
