"""The atlas: all structures of a head, and the smooth paths that outline them.

An entry of the atlas is one structure. Its first line says what is painted, and the
indented lines below it are its path::

    name        tissue  inside  blur  edge  width
    nasal_bone  bone    0.3     0     0.3   0.8
      nasion rhinion | / nasion+2+14 / -6+3

``name``
    For the reader only.
``tissue``
    soft, bone, tooth or air: structures of one tissue share their contrast.
``inside``, ``blur``
    X-ray density added within the path, negative for air, and the softness of its
    border in mm. The path is closed by a straight line to its start.
``edge``, ``width``
    Density added along the path, and the width of that line in mm. It is not closed:
    repeat the first knot for a closed line.

A path runs smoothly through its knots, which are separated by blanks:

``anchor+x+y``
    A knot, x mm ahead of (towards the face) and y mm below a point of ``anatomy``;
    ``-`` is behind and above. Signs are needed, and both numbers or none: ``anchor``
    alone is the point itself. ``+x+y`` alone is measured from the anchor of the knot
    before, not from that knot.
``...@90``
    Fixes the direction of the path in the knot: 0 towards the face, 90 down, 180 back, 270
    up. So an extreme of the outline, such as the tip of the nose, falls exactly on its
    landmark. ``...@ans:u_crest`` fixes it parallel to the line from ans to u_crest.
``/``
    Makes the knot before it a corner.
``|``
    Ends the edge at the knot before it; the rest only goes around the inside.

The example is thus a bone with a bright line from nasion to rhinion. The inside turns a
corner at rhinion, another one 2 mm ahead of and 14 mm below nasion, and a last one 6 mm
behind and 3 mm below nasion, from where it closes.

The skin comes first: it is the head that the others are painted into, with a density of
its own (see ``painting``). Densities add up, so the order of the others is free; but
each entry draws its contrast from the generator in turn, so a new or moved entry
changes the pictures of every seed, though not the points.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from .anatomy import Points, toward

# name          tissue  inside  blur  edge  width
_ATLAS = """
skin            soft    0       0     0     0
  rear-4+72 -7+20 +0-2 lambda-8-3 parietal-4-8 vertex+0-9 front+3-8 nasion-4-48
  soft_nasion+3.5-17.5 +0+0@90 bridge pronasale-2.6-4.5 +0+0@90 -2.4+3.8
  subnasale+2.2-0.8 +0+0 / philtrum upper_lip@90 slit / lower_lip@90 fold@90
  soft_pogonion@90 gnathion+6.5+8 menton+0+8.5 -14+7 under neck+0+2 -5+45 -9+180 /
  rear-4+280 / +5+130 / -4+72
skull           bone    0.16    0     0     0
  sella-42+44 rear+31+52 +7+32 +0+0 lambda parietal vertex front nasion-8-48 +1-26
  +3.2-10 +0+0 / roof
vault           bone    0.2     0     0.24  0.9
  sella-42+44 rear+31+52 +7+32 +0+0 lambda parietal vertex front nasion-8-48 +1-26
  +3.2-10 +0+0 / -15-9 / -9-22 -14-46 front-5+7 vertex+0+7 parietal+4+7 lambda+7+4
  rear+7+0 +14+30 +34+48 sella-42+41
frontal_sinus   air     -0.15   0.6   0     0
  nasion-2-4 +0.5-11 -3-20 -6-10 -2-4
nasal_bone      bone    0.3     0     0.3   0.8
  nasion rhinion | / nasion+2+14 / -6+3
suture          air     0       0     -0.3  0.9
  nasion -6.5+2.5
cranial_base    bone    0.3     0     0.4   1
  nasion-15-9 roof sella+26-8 tuber+5-1 +0+0 / pit_front@90 pit_floor@180 pit_back@270
  dorsum / -3+0.5 -5+6 sella-16+18 articulare-8+10 / +0+0 +9-7.5 sella+6+20 | +20+19
  +30+8 +34-4
sphenoid_sinus  air     -0.3    1     0     0
  sella+6+9 +15+2 +24+8 +15+16 +6+9
clinoid         bone    0.3     0     0     0
  tuber+7-3 / -3-1 / +6+0
petrous         bone    0.32    1.2   0     0
  porion-17+2 -8-9 +6-8 +13+2 +4+12 -7+26 -16+16 -17+2
ear_canal       air     -0.5    0     0.3   1
  porion@0 +3.8+4.4@90 +0+8.8@180 -3.8+4.4@270 +0+0@0
orbit           air     -0.14   1     0.38  1.3
  nasion-6+2 orbitale+7.5-14 +5-4 +0+0@180 -7-4 -11-14 -9-25 nasion-19+3
orbit_floor     bone    0       0     0.25  0.9
  orbitale-5-3 -18-6 -27-10
cheek           bone    0.2     0.7   0.25  1
  orbitale-14+0 -12+14 -8+22 -3+14 | +0+0
arch            bone    0       0     0.1   3.2
  orbitale-13+4 -38+6 porion+10+0
antrum          air     -0.16   1     0     0
  orbitale+4+4 a_point-14-10 -24-3 pns+12-4 +8-16 orbitale-10+3
fissure         air     -0.3    0.7   0     0
  pns+1-3 +4-15 +0-21 -2-14 +1-3
airway          air     -0.34   1.2   0     0
  pns-2-10 -14-2 -21+24 neck-30+0 -32+80 / -21+80 / -18+0 pns-9+30 -5+2 -2-10
velum           soft    0.2     0.5   0     0
  pns -8+7 -13+21 -9+20 +0+3
tongue          soft    0.12    3     0     0
  pns+2+14 +20+8 u_inside-9+9 l_inside-9+8 -24+14 pns-2+40 +2+14
maxilla         bone    0.26    0     0.25  0.9
  ans a_point@ans:u_crest u_crest / | u_inside / -6-6 palate+0+4.5 pns / palate+0-1
nasal_floor     bone    0       0     0.4   1
  ans-0.6+0 palate+0-1 pns+0.6+0
palate          bone    0       0     0.3   0.9
  u_inside -6-6 palate+0+4.5 pns+0.6+0
upper_ridge     bone    0.15    0.6   0     0
  u_inside / tuberosity / pns+6+1 / palate
mandible        bone    0.27    0     0.38  1.2
  l_crest b_point@l_crest:pogonion pogonion@90 gnathion@pogonion:menton menton@180
  me_back notch go_fore gonion@go_fore:go_up go_up ramus articulare +0.5-7 +5-11 +9-7
  +10-1 +16+5 +24-1 +28+4 heel | / +6+3 l_inside-16+4 +0+0
symphysis       bone    0.15    0     0     0
  l_crest b_point@l_crest:pogonion pogonion@90 gnathion@pogonion:menton menton@180 /
  -5.5-6 b_point-13+3 l_inside
lingual         bone    0       0     0.25  0.9
  l_inside b_point-13+3 menton-5.5-6
nerve           air     0       0     -0.08 2.2
  articulare+13+16 canal b_point-24+8
hyoid           bone    0       0     0.25  2.6
  hyoid-8-2 +0+0 +4-4
c2              bone    0.3     0     0.2   0.8
  c2-7-7 +7-6 +9+6 +0+5 -9+7 -7-7
c3              bone    0.3     0     0.2   0.8
  c3-8-6 +7-6 +9+6 +0+4.5 -9+6 -8-6
c4              bone    0.3     0     0.2   0.8
  c4-8-6 +7-6 +9+6 +0+4.5 -9+6 -8-6
c5              bone    0.3     0     0.2   0.8
  c5-8-6 +7-6 +9+6 +0+4.5 -9+6 -8-6
spines          bone    0.14    0.8   0     0
  c2-14-3 / -30+4 / -14+4 / c3-14-2 / -30+6 / -14+4 / c4-14-2 / -30+6 / -14+4 /
  c5-14-2 / -31+6 / -14+4 / -12+4
dens            bone    0.3     0     0     0
  articulare-18+20 -14+18 -13+28 -19+28 -18+20
atlas_arch      bone    0       0     0.2   5
  articulare-40+19 -58+21
"""


class Knot(NamedTuple):
    """A knot of a path, ahead of and below an anchor by mm."""

    anchor: str
    ahead: float
    below: float
    heading: str  # as written after '@', or empty
    starts: bool  # a smooth piece: the path comes into it from a corner, or begins


class Structure(NamedTuple):
    """An entry of the atlas; its edge has the first `edge_knots` of its knots."""

    tissue: str
    inside: float
    blur: float
    edge: float
    width: float
    knots: list[Knot]
    edge_knots: int


def _read_knot(word: str, before: list[Knot]) -> Knot:
    match = re.fullmatch(r'([a-z_0-9]*)(?:([+-][\d.]+)([+-][\d.]+))?(?:@(\S+))?', word)
    if not match:
        raise ValueError(f'{word!r} is not a knot of the atlas')
    anchor, ahead, below, heading = match.groups('')
    anchor = anchor or before[-1].anchor
    return Knot(anchor, float(ahead or 0), float(below or 0), heading, not before)


def _read_structure(entry: str) -> Structure:
    _, tissue, *words = entry.split()
    inside, blur, edge, width = map(float, words[:4])
    knots: list[Knot] = []
    edge_knots = None
    for word in words[4:]:
        if word == '|':
            edge_knots = len(knots)
        elif word == '/':
            # A corner is two knots at one place: a piece ends and the next one starts.
            knots.append(knots[-1]._replace(heading='', starts=True))
        else:
            knots.append(_read_knot(word, knots))
    edge_knots = edge_knots or len(knots)
    return Structure(tissue, inside, blur, edge, width, knots, edge_knots)


STRUCTURES = [_read_structure(entry) for entry in re.split(r'\n(?=\S)', _ATLAS.strip())]

# The knots of all structures in one array, for one vectorised computation.
_KNOTS = [knot for structure in STRUCTURES for knot in structure.knots]
_ENDS = np.cumsum([len(structure.knots) for structure in STRUCTURES])
_MOVES = np.array([(knot.ahead, knot.below) for knot in _KNOTS])
_STARTS = np.array([knot.starts for knot in _KNOTS])
# The neighbours of a knot within its smooth piece; at an end, the knot itself.
_LAST = np.arange(len(_KNOTS)) - ~_STARTS
_NEXT = np.arange(len(_KNOTS)) + ~np.roll(_STARTS, -1)
_STEPS = 6  # samples from one knot to the next


def trace(p: Points) -> list[tuple[np.ndarray, np.ndarray]]:
    """The inside and the edge of each of `STRUCTURES` in a head: (n, 2) paths in mm."""
    pieces = np.split(_curves(p), _ENDS[:-1])
    paths = []
    for structure, piece in zip(STRUCTURES, pieces, strict=True):
        edge = piece[: structure.edge_knots].reshape(-1, 2)
        # samples after the last knot of an edge belong to the next piece
        paths.append((piece.reshape(-1, 2), edge[: 1 - _STEPS]))
    return paths


def _curves(p: Points) -> np.ndarray:
    """The whole atlas at once, (knots, steps, 2): cubic Hermite pieces."""
    xy = np.array([p[knot.anchor] for knot in _KNOTS]) + _MOVES
    tangent = _tangents(p, xy)
    chord = (xy[_NEXT] - xy)[:, None]
    reach = np.linalg.norm(chord, axis=2, keepdims=True)
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    bend = (1 - t) * tangent[:, None] - t * tangent[_NEXT][:, None]
    return xy[:, None] + t * t * (3 - 2 * t) * chord + t * (1 - t) * reach * bend


def _tangents(p: Points, xy: np.ndarray) -> np.ndarray:
    """Unit vectors: the fixed heading if given, else from the last to the next knot."""
    tangent = xy[_NEXT] - xy[_LAST]
    for index, knot in enumerate(_KNOTS):
        if knot.heading:
            start, _, end = knot.heading.partition(':')
            tangent[index] = p[end] - p[start] if end else toward(float(start))
    return tangent / np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
