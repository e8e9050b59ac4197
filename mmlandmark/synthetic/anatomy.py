"""Samples the points of a head in mm: landmarks, and anchor points for drawing.

Sella is the origin, x runs towards the face and y down. Angles are in degrees: 0 points
towards the face and 90 down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

#: The landmarks, in the order of all arrays of points.
POINT_IDS: tuple[str, ...] = (
    'sella', 'nasion', 'orbitale', 'porion', 'a_point', 'b_point', 'pogonion',
    'menton', 'gnathion', 'gonion', 'lower_incisor_tip', 'upper_incisor_tip',
    'upper_lip', 'lower_lip', 'subnasale', 'soft_pogonion', 'pns', 'ans',
    'articulare', 'upper_incisor_apex', 'lower_incisor_apex', 'soft_nasion',
    'pronasale',
)  # fmt: skip
#: The 19 landmarks of the ISBI 2015 challenge.
ISBI19: tuple[str, ...] = POINT_IDS[:19]

#: Name of a landmark or anchor to its (x, y).
Points = dict[str, np.ndarray]
#: Draws a number from its mean and standard deviation.
Vary = Callable[[float, float], float]

# Offset in mm from another point: mean x, its deviation, mean y, its deviation.
_OFFSETS = {
    'orbitale': ('sella', 57, 2, 20, 2),
    'porion': ('sella', -23, 2, 19, 2),
    'ans': ('a_point', 4.8, 1, -5.5, 0.8),
    'pns': ('ans', -53, 2.5, 0, 2),
    'menton': ('pogonion', -10.5, 0.9, 8.5, 0.8),
    'upper_incisor_apex': ('a_point', -5.2, 0.8, 2, 1.2),
    'lower_incisor_apex': ('b_point', -5.8, 0.7, 1.5, 1),
    'soft_nasion': ('nasion', 6.5, 0.9, 2.5, 1.3),
    'subnasale': ('a_point', 15, 1.3, -2, 1),
    'pronasale': ('subnasale', 15, 1.8, -9.5, 1.8),
    'soft_pogonion': ('pogonion', 12, 1, -0.5, 1.2),
    'fold': ('b_point', 10.5, 0.9, -1.5, 1),
    'neck': ('menton', -48, 4, 4, 2),
    'hyoid': ('neck', -9, 2, -6, 2),
    'rear': ('sella', -99, 4, -10, 4),
    'lambda': ('rear', 11, 2, -38, 3),
    'vertex': ('sella', 0, 3, -96, 4),
    'parietal': ('vertex', -48, 3, 12, 2),
    'front': ('vertex', 43, 2, 14, 2),
    'c2': ('articulare', -22, 3, 34, 2),
    'c3': ('c2', 0, 1.5, 17, 1),
    'c4': ('c3', 0, 1.5, 17, 1),
    'c5': ('c4', 0, 1.5, 17, 1),
}
# Anchors at a fraction of the way from one point to another, shifted by x, y.
_BETWEEN = {
    'bridge': ('soft_nasion', 'pronasale', 0.55, -1.5, 0),
    'rhinion': ('nasion', 'pronasale', 0.62, -6.5, 0),
    'philtrum': ('subnasale', 'upper_lip', 0.5, -1.2, 0),
    'under': ('menton', 'neck', 0.65, 0, 6),
    'roof': ('sella', 'nasion', 0.62, 0, -9),
    'palate': ('ans', 'pns', 0.5, 0, 0),
    'tuberosity': ('pns', 'pns', 0, 9, 12),
    'ramus': ('gonion', 'articulare', 0.6, 1.2, 0),
}


class _Face(NamedTuple):
    """The measures that determine the other points."""

    tilt: float  # of the line from sella up to nasion
    plane: float  # slope of the lower border of the mandible
    sna: float
    anb: float
    upper: float  # mm from nasion to A point
    lower: float  # mm by which B point is farther


def sample_points(rng: np.random.Generator) -> Points:
    """Lays out one head: its landmarks, and the anchors the atlas names beside them."""
    vary = partial(_vary, rng)
    face = _sample_face(rng, vary)
    p = _profile(face, vary)
    for name, (anchor, x, dx, y, dy) in _OFFSETS.items():
        p[name] = p[anchor] + (vary(x, dx), vary(y, dy))
    _add_jaw_corners(p, face, vary)
    _add_incisor_tips(p, face, vary)
    _add_lips(p, vary)
    _add_pit(p, vary)
    for name, (start, end, part, x, y) in _BETWEEN.items():
        p[name] = (1 - part) * p[start] + part * p[end] + (x, y)
    p['bridge'][0] += vary(0, 1.2)
    _add_tooth_necks(p)
    _add_jaw_anchors(p)
    return p


def skeletal_class(points: Mapping[str, tuple[float, float]]) -> int:
    """1, 2 or 3 for an ANB angle in 0..4, above 4, below 0 degrees."""
    a, b = np.subtract([points['a_point'], points['b_point']], points['nasion'])
    anb = np.degrees(np.arctan2(b[1], b[0]) - np.arctan2(a[1], a[0]))
    return 2 if anb > 4 else 3 if anb < 0 else 1


def toward(degrees: float, length: float = 1.0) -> np.ndarray:
    """The vector of a direction and a length."""
    angle = np.radians(degrees)
    return length * np.array([np.cos(angle), np.sin(angle)])


def _vary(rng: np.random.Generator, mean: float, deviation: float) -> float:
    # clipped: a head may be unusual but must stay plausible
    return mean + deviation * float(np.clip(rng.normal(), -2.2, 2.2))


def _sample_face(rng: np.random.Generator, vary: Vary) -> _Face:
    tilt, plane, sna = vary(8, 2.5), vary(26, 5.5), vary(82, 3.3)
    classes = [vary(2, 1), vary(6.2, 1.3), vary(-2.5, 1.5)]
    anb = float(rng.choice(classes, p=[0.44, 0.3, 0.26]))
    upper, lower = vary(57, 3), vary(40, 2.6) + 0.25 * (plane - 26)
    return _Face(tilt, plane, sna, anb, upper, lower)


def _profile(face: _Face, vary: Vary) -> Points:
    """The primary points, from the measures of the face."""
    p = {'sella': np.zeros(2), 'nasion': toward(-face.tilt, vary(71, 3))}
    to_a = 180 - face.tilt - face.sna
    p['a_point'] = p['nasion'] + toward(to_a, face.upper)
    p['b_point'] = p['nasion'] + toward(to_a + face.anb, face.upper + face.lower)
    p['articulare'] = toward(vary(123, 3) - face.tilt, vary(35, 2))
    chin = max(vary(2.5, 1.2) - 0.08 * (face.plane - 26), 0.7)
    p['pogonion'] = p['b_point'] + (chin, vary(13, 1.3))
    return p


def _add_jaw_corners(p: Points, face: _Face, vary: Vary) -> None:
    # The chin is a quarter ellipse; gnathion halves it.
    half = 0.5**0.5
    p['gnathion'] = p['pogonion'] + (p['menton'] - p['pogonion']) * (1 - half, half)
    back = p['articulare'][0] + vary(7, 2.8)
    drop = (p['menton'][0] - back) * np.tan(np.radians(face.plane))
    ramus = max(p['menton'][1] - drop, p['articulare'][1] + 32)
    p['gonion'] = np.array([back, ramus])


def _add_incisor_tips(p: Points, face: _Face, vary: Vary) -> None:
    """Teeth compensate part of the jaw relation; the overjet is the rest."""
    lean = np.clip(vary(21, 5.5) - 0.8 * (face.anb - 2), 3, 38)
    crown = toward(90 - lean, vary(0.59, 0.02) * face.lower)
    p['upper_incisor_tip'] = p['upper_incisor_apex'] + crown
    bite = vary(3 + 0.8 * (face.anb - 2), 0.9), vary(2.3, 1.6)
    p['lower_incisor_tip'] = p['upper_incisor_tip'] - bite


def _add_lips(p: Points, vary: Vary) -> None:
    """Lips rest on the incisors."""
    upper, lower = p['upper_incisor_tip'], p['lower_incisor_tip']
    lip = 0.5 * (p['a_point'][0] + upper[0]) + 15.5 + vary(0, 1.2)
    lip = max(lip, p['subnasale'][0] + 0.8)
    under = 0.5 * (upper[0] + lower[0]) + 12.5 + vary(0, 1.2)
    under = max(under, p['fold'][0] + 2.5)
    slit = upper[1] - 2.5 + vary(0, 0.8)
    p['upper_lip'] = np.array([lip, slit - 6.2 - vary(0, 0.8)])
    p['lower_lip'] = np.array([under, slit + 6.2 + vary(0, 0.8)])
    p['slit'] = np.array([min(lip, under) - 4.5, slit])
    p['soft_pogonion'][0] = max(p['soft_pogonion'][0], p['fold'][0] + 1)


def _add_pit(p: Points, vary: Vary) -> None:
    """The sella turcica, the bony pit around sella, of random width and depth."""
    wide, deep = vary(5, 0.6), vary(5, 0.7)
    p['pit_front'] = np.array([wide, 0])
    p['pit_floor'] = np.array([0, deep])
    p['pit_back'] = np.array([-wide, 0])
    p['tuber'] = np.array([wide + 2, -0.8 * deep])
    p['dorsum'] = np.array([0.8 - wide, -deep])


def _add_tooth_necks(p: Points) -> None:
    """The alveolar bone in front of and behind an incisor."""
    for jaw, front in (('upper', -1), ('lower', 1)):
        root = p[f'{jaw}_incisor_apex'] - p[f'{jaw}_incisor_tip']
        neck = p[f'{jaw}_incisor_tip'] + 0.42 * root
        side = 3.6 * front * root[::-1] * (1, -1) / np.linalg.norm(root)
        p[f'{jaw[0]}_crest'], p[f'{jaw[0]}_inside'] = neck + side, neck - side


def _add_jaw_anchors(p: Points) -> None:
    """Anchors along the mandible, measured from gonion to menton and to articulare."""
    go, me = p['gonion'], p['menton']
    along, up = ((end - go) / np.linalg.norm(end - go) for end in (me, p['articulare']))
    p['go_fore'], p['go_up'] = go + 9 * along, go + 9 * up
    p['me_back'], p['notch'] = me - 12 * along - (0, 1), go + 24 * along - (0, 2.2)
    p['heel'], p['canal'] = go + 33 * along + 22 * up, go + 16 * along + 20 * up
