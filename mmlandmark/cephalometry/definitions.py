"""Definitions of all measurements: points, formula, unit and analysis.

A formula takes its points in the order in which they are named, each ``(..., 2)``, of a
head that faces right (:mod:`.geometry`), in mm for a distance in mm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from . import geometry as G  # noqa: N812

DEGREES, MM, PERCENT = '°', 'mm', '%'

_TIP = 'from the incisal tip; the original uses the most labial point of the crown'
_CHIN = 'depends on soft-tissue pogonion, on which annotators agree least'


@dataclass(frozen=True)
class Definition:
    """One measurement.

    Attributes:
        name: Its name in results, norms and tables.
        analysis: The analysis that it belongs to.
        unit: ``'°'``, ``'mm'`` or ``'%'``.
        points: Short names of the points it needs (:data:`.names.POINTS`).
        formula: Function of these points, ``(..., 2)`` each, that returns ``(...)``.
        meaning: How it is measured.
        note: A remark for the reader of the value; empty for none.
    """

    name: str
    analysis: str
    unit: str
    points: tuple[str, ...]
    formula: Callable[..., np.ndarray]
    meaning: str
    note: str = ''


def _odi(go, me, a, b, po, orb, pns, ans):
    return G.between(go - me, a - b) + G.line_angle(po, orb, pns, ans)


def _apdi(po, orb, n, pog, a, b, pns, ans):
    facial = G.between(po - orb, pog - n)
    return facial - G.line_angle(n, pog, a, b) + G.line_angle(po, orb, pns, ans)


def _wits(a, b, u6, l6, u5, l5):
    return G.along(b, a, (u6 + l6) / 2, (u5 + l5) / 2)


def _occlusal(start, end, u6, l6, u1, l1):
    return G.turn(end - start, (u1 + l1) / 2 - (u6 + l6) / 2)


def _sum_of_angles(n, s, ar, go, me):
    return (
        G.inner_angle(n, s, ar) + G.inner_angle(s, ar, go) + G.inner_angle(ar, go, me)
    )


def _facial(po, orb, n, pog):
    return G.between(po - orb, pog - n)


_STEINER = (
    ('SNA', DEGREES, 'S N A', G.angle_at, 'S-N-A'),
    ('SNB', DEGREES, 'S N B', G.angle_at, 'S-N-B'),
    ('ANB', DEGREES, 'S N A B',
     lambda s, n, a, b: G.angle_at(s, n, a) - G.angle_at(s, n, b),
     'SNA - SNB'),
    ('SN-GoGn', DEGREES, 'S N Go Gn', G.line_angle, 'Go-Gn to S-N'),
    ('U1-NA angle', DEGREES, 'N A U1A U1T', lambda *p: -G.line_angle(*p),
     'axis of the upper incisor to N-A, positive leaning forward'),
    ('U1-NA distance', MM, 'U1T N A', G.signed_distance,
     'upper incisor ahead of N-A', _TIP),
    ('L1-NB angle', DEGREES, 'N B L1T L1A', G.line_angle,
     'axis of the lower incisor to N-B, positive leaning forward'),
    ('L1-NB distance', MM, 'L1T N B', G.signed_distance,
     'lower incisor ahead of N-B', _TIP),
    ('Interincisal angle', DEGREES, 'U1T U1A L1T L1A',
     lambda ut, ua, lt, la: G.between(ua - ut, la - lt),
     'between the axes of the incisors'),
    ('Pog-NB', MM, 'Pog N B', G.signed_distance, 'Pog ahead of N-B'),
    ('SN-occlusal plane', DEGREES, 'S N U6T L6T U1T L1T', _occlusal,
     "Downs' occlusal plane to S-N"),
)  # fmt: skip
_DOWNS = (
    ('Facial angle', DEGREES, 'Po Or N Pog', _facial, 'N-Pog to FH, at the back'),
    ('Angle of convexity', DEGREES, 'N A Pog', lambda n, a, pog: G.line_angle(n, a, a, pog),
     'A-Pog to N-A extended, positive where A lies ahead'),
    ('A-B plane', DEGREES, 'N Pog A B', lambda *p: -G.line_angle(*p),
     'A-B to N-Pog, negative where A lies ahead of B'),
    ('Mandibular plane (Downs)', DEGREES, 'Po Or Go Me', G.line_angle, 'Go-Me to FH'),
    ('Y axis', DEGREES, 'Po Or S Gn', G.line_angle, 'S-Gn to FH, in front'),
    ('Occlusal plane (Downs)', DEGREES, 'Po Or U6T L6T U1T L1T', _occlusal,
     'the middles of the overlaps of first molars and incisors, to FH'),
)  # fmt: skip
_TWEED = (
    ('FMA', DEGREES, 'Po Or Go Me', G.line_angle, 'Go-Me to FH'),
    ('IMPA', DEGREES, 'Go Me L1A L1T',
     lambda go, me, apex, tip: G.between(go - me, tip - apex),
     'axis of the lower incisor to Go-Me'),
    ('FMIA', DEGREES, 'Po Or L1A L1T',
     lambda po, orb, apex, tip: G.between(orb - po, tip - apex),
     'axis of the lower incisor to FH'),
)  # fmt: skip
_RICKETTS = (
    ('Facial axis', DEGREES, 'Ba N Pt Gn', lambda ba, n, pt, gn: G.between(ba - n, gn - pt),
     'Pt-Gn to Ba-N, at the back'),
    ('Facial depth', DEGREES, 'Po Or N Pog', _facial, 'N-Pog to FH, at the back'),
    ('Mandibular plane (Ricketts)', DEGREES, 'Po Or Go Me', G.line_angle, 'Go-Me to FH',
     "Ricketts' own plane is tangent to the lower border"),
    ('Palatal plane', DEGREES, 'Po Or PNS ANS', G.line_angle,
     'PNS-ANS to FH, positive where ANS lies lower'),
    ('Convexity', MM, 'A N Pog', G.signed_distance, 'A ahead of N-Pog'),
    ('L1-APog distance', MM, 'L1T A Pog', G.signed_distance,
     'lower incisor ahead of A-Pog', _TIP),
    ('L1-APog angle', DEGREES, 'A Pog L1T L1A', G.line_angle,
     'axis of the lower incisor to A-Pog, positive leaning forward'),
    ('Lower facial height angle', DEGREES, 'ANS Xi PM', G.angle_at, 'ANS-Xi-PM'),
    ('Li-E line', MM, "Li Prn Pog'", G.signed_distance,
     "lower lip ahead of Prn-Pog'", _CHIN),
    ('Ls-E line', MM, "Ls Prn Pog'", G.signed_distance,
     "upper lip ahead of Prn-Pog'", _CHIN),
)  # fmt: skip
_MCNAMARA = (
    ('A-N perpendicular', MM, 'N A Po Or', G.along,
     'A ahead of the perpendicular to FH through N'),
    ('Pog-N perpendicular', MM, 'N Pog Po Or', G.along,
     'Pog ahead of the perpendicular to FH through N'),
    ('ANS-Me', MM, 'ANS Me', G.distance, 'lower facial height'),
    ('Co-A', MM, 'Co A', G.distance, 'midfacial length'),
    ('Co-Gn', MM, 'Co Gn', G.distance, 'mandibular length'),
    ('Maxillomandibular differential', MM, 'Co A Gn',
     lambda co, a, gn: G.distance(co, gn) - G.distance(co, a), 'Co-Gn minus Co-A'),
)  # fmt: skip
_JARABAK = (
    ('Saddle angle', DEGREES, 'N S Ar', G.inner_angle, 'N-S-Ar'),
    ('Articular angle', DEGREES, 'S Ar Go', G.inner_angle, 'S-Ar-Go, above 180 bent back'),
    ('Gonial angle', DEGREES, 'Ar Go Me', G.inner_angle, 'Ar-Go-Me'),
    ('Sum of angles', DEGREES, 'N S Ar Go Me', _sum_of_angles,
     'saddle + articular + gonial; SN-GoMe + 360'),
    ('Upper gonial angle', DEGREES, 'Ar Go N', G.inner_angle, 'Ar-Go-N'),
    ('Lower gonial angle', DEGREES, 'N Go Me', G.inner_angle, 'N-Go-Me'),
    ('S-Go/N-Me', PERCENT, 'S Go N Me',
     lambda s, go, n, me: 100 * G.ratio(G.distance(s, go), G.distance(n, me)),
     'posterior to anterior facial height'),
    ('S-N', MM, 'S N', G.distance, 'anterior cranial base'),
    ('S-Ar', MM, 'S Ar', G.distance, 'posterior cranial base'),
    ('Ar-Go', MM, 'Ar Go', G.distance, 'height of the ramus'),
    ('Go-Me', MM, 'Go Me', G.distance, 'body of the mandible'),
)  # fmt: skip
_KIM = (
    ('ODI', DEGREES, 'Go Me A B Po Or PNS ANS', _odi,
     'A-B to Go-Me, plus the palatal plane'),
    ('APDI', DEGREES, 'Po Or N Pog A B PNS ANS', _apdi,
     'facial angle, plus the A-B plane, plus the palatal plane'),
)  # fmt: skip
_VERTICAL = (
    ('SN-PP', DEGREES, 'S N PNS ANS', G.line_angle, 'PNS-ANS to S-N'),
    ('PP-GoMe', DEGREES, 'PNS ANS Go Me', G.line_angle, 'Go-Me to PNS-ANS'),
    ('SN-GoMe', DEGREES, 'S N Go Me', G.line_angle, 'Go-Me to S-N'),
    ('ANS-Me/N-Me', PERCENT, 'ANS Me N',
     lambda ans, me, n: 100 * G.ratio(G.distance(ans, me), G.distance(n, me)),
     'lower to total facial height'),
)  # fmt: skip
_JAWS = (
    ('AF-BF', MM, 'B A Po Or', G.along, 'A ahead of B along FH', 'not the Wits appraisal'),
    ('Wits appraisal', MM, 'A B U6T L6T U5T L5T', _wits,
     'A ahead of B along the functional occlusal plane'),
)  # fmt: skip
_TEETH = (
    ('Overjet', MM, 'L1T U1T Po Or', G.along, 'upper ahead of lower incisor along FH'),
    ('Overbite', MM, 'L1T U1T Po Or', G.below, 'upper below lower incisor, at right angles '
     'to FH'),
    ('U1-SN', DEGREES, 'S N U1A U1T', lambda s, n, apex, tip: G.between(s - n, tip - apex),
     'axis of the upper incisor to S-N, at the back'),
    ('U1-PP', DEGREES, 'PNS ANS U1A U1T',
     lambda pns, ans, apex, tip: G.between(pns - ans, tip - apex),
     'axis of the upper incisor to PNS-ANS, at the back'),
)  # fmt: skip
_SOFT = (
    ("Ls-SnPog'", MM, "Ls Sn Pog'", G.signed_distance, "upper lip ahead of Sn-Pog'", _CHIN),
    ("Li-SnPog'", MM, "Li Sn Pog'", G.signed_distance, "lower lip ahead of Sn-Pog'", _CHIN),
    ('H angle', DEGREES, "N' Pog' Ls", lambda n, pog, ls: G.line_angle(n, pog, ls, pog),
     "Ls-Pog' to N'-Pog', positive where the lip lies ahead", _CHIN),
    ('Nasolabial angle', DEGREES, 'Cm Sn Ls', G.angle_at, 'Cm-Sn-Ls'),
)  # fmt: skip

_ANALYSES = {
    'Steiner': _STEINER,
    'Downs': _DOWNS,
    'Tweed': _TWEED,
    'Ricketts': _RICKETTS,
    'McNamara': _MCNAMARA,
    'Jarabak': _JARABAK,
    'Kim': _KIM,
    'Vertical': _VERTICAL,
    'Jaw relation': _JAWS,
    'Incisors': _TEETH,
    'Soft tissue': _SOFT,
}


def definitions_by_name(analyses: Mapping[str, tuple]) -> dict[str, Definition]:
    """The measurements of analyses by their names, in the order of the rows.

    Args:
        analyses: Rows of each analysis: name, unit, points separated by spaces, and the
            further fields of :class:`Definition`.
    """
    return {
        row[0]: Definition(row[0], analysis, row[1], tuple(row[2].split()), *row[3:])
        for analysis, rows in analyses.items()
        for row in rows
    }


#: Every measurement by its name, in display order.
DEFINITIONS = definitions_by_name(_ANALYSES)
