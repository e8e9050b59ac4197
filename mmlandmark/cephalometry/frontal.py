"""Measurements of frontal faces: symmetry and proportions from the 68 points of iBUG.

::

    from mmlandmark.cephalometry.frontal import measure_face

    measure_face(prediction.points, prediction.names)['Canthal tilt right'].value

The definitions have the form of those of lateral heads (:mod:`.definitions`). Left and
right are the person's own, of a photograph that is not mirrored: right is left in the
image. No rotation in the plane of the image changes a value: *across* is the direction from
the middle of the right eye's corners to that of the left eye's, and the midline is
perpendicular to it through the middle of both inner corners.

The points are those of Farkas (Anthropometry of the Head and Face, 1994) as far as the 68
points have them. Trichion and the pupils are not among these and are not estimated: a
measurement that needs them has no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..schemes import IBUG68, Scheme, name_key
from ..structures.pixel_spacing import PixelSpacing
from . import geometry as G  # noqa: N812
from .definitions import DEGREES, MM, PERCENT, definitions_by_name
from .measure import Measurement, checked_points, head_of, names_of
from .orientation import spacing_from_ruler

#: Mean and SD of the horizontal diameter of the visible iris of adults, mm (Rüfer et al.
#: 2005, Cornea 24:259: 11.71 +- 0.42 mm from limbus to limbus).
IRIS_MM, IRIS_SD_MM = 11.7, 0.42
#: The source of a spacing that is derived from an iris.
IRIS = f'an iris of {IRIS_MM} mm'

#: Symbol to the full name of the point and its name in iBUG; None for a point that the 68
#: points do not have.
FRONTAL_POINTS: dict[str, tuple[str, str | None]] = {
    'exR': ('right exocanthion, the outer corner of the eye', 'right eye 1'),
    'enR': ('right endocanthion, the inner corner of the eye', 'right eye 4'),
    'enL': ('left endocanthion, the inner corner of the eye', 'left eye 1'),
    'exL': ('left exocanthion, the outer corner of the eye', 'left eye 4'),
    'bR': ('inner end of the right eyebrow', 'right eyebrow 5'),
    'bL': ('inner end of the left eyebrow', 'left eyebrow 1'),
    'sbalR': ('base of the right nostril', 'nostrils 1'),
    'sn': ('subnasale', 'nostrils 3'),
    'sbalL': ('base of the left nostril', 'nostrils 5'),
    'chR': ('right corner of the mouth', 'outer lip 1'),
    'chL': ('left corner of the mouth', 'outer lip 7'),
    'gn': ('lowest point of the chin', 'jaw 9'),
    'fR': ('right outline of the face at the height of the eyes', 'jaw 1'),
    'fL': ('left outline of the face at the height of the eyes', 'jaw 17'),
    'tr': ('trichion, the hairline', None),
    'pR': ('right pupil', None),
    'pL': ('left pupil', None),
}

_CANON = 'equal in the neoclassical canon, which few adults fulfil (Farkas et al. 1985)'
_OUTLINE = 'depends on points of the outline, which slide along it'
_NOSE = (
    'between the bases of the nostrils; the widest points of the nose lie farther out'
)
_CORNERS = 'exR enR enL exL'


def _eyes(ex_r, en_r, en_l, ex_l):
    """The middles of the corners of both eyes, which give the direction across."""
    return (ex_r + en_r) / 2, (ex_l + en_l) / 2


def _tilt_right(ex_r, en_r, en_l, ex_l):
    right, left = _eyes(ex_r, en_r, en_l, ex_l)
    return G.line_angle(right, left, ex_r, en_r)


def _tilt_left(ex_r, en_r, en_l, ex_l):
    right, left = _eyes(ex_r, en_r, en_l, ex_l)
    return -G.line_angle(right, left, en_l, ex_l)


def _mouth_tilt(ch_r, ch_l, *corners):
    right, left = _eyes(*corners)
    return G.line_angle(right, left, ch_r, ch_l)


def _fissure_difference(ex_r, en_r, en_l, ex_l):
    return G.distance(en_l, ex_l) - G.distance(ex_r, en_r)


def _fissure_asymmetry(ex_r, en_r, en_l, ex_l):
    mean = (G.distance(en_l, ex_l) + G.distance(ex_r, en_r)) / 2
    return 100 * G.ratio(_fissure_difference(ex_r, en_r, en_l, ex_l), mean)


def _mouth_drop(ch_r, ch_l, *corners):
    return G.below(ch_r, ch_l, *_eyes(*corners))


def _chin_side(gn, ex_r, en_r, en_l, ex_l):
    return G.along((en_r + en_l) / 2, gn, *_eyes(ex_r, en_r, en_l, ex_l))


def _chin_angle(gn, ex_r, en_r, en_l, ex_l):
    right, left = _eyes(ex_r, en_r, en_l, ex_l)
    across = left - right
    down = np.stack([-across[..., 1], across[..., 0]], axis=-1)
    return -G.turn(down, gn - (en_r + en_l) / 2)


def _middle_third(b_r, b_l, sn, *corners):
    return G.below((b_r + b_l) / 2, sn, *_eyes(*corners))


def _lower_third(sn, gn, *corners):
    return G.below(sn, gn, *_eyes(*corners))


def _upper_third(tr, b_r, b_l, *corners):
    return G.below(tr, (b_r + b_l) / 2, *_eyes(*corners))


def _of_corners(formula):
    """A length in percent of the distance of the outer corners, exR-exL.

    The last four points of the formula are those of :data:`_CORNERS`.
    """

    def percent(*points):
        ex_r, _, _, ex_l = points[-4:]
        return 100 * G.ratio(formula(*points), G.distance(ex_r, ex_l))

    return percent


def _fifth(start: str, end: str):
    """Unit, points and formula of a fifth, in percent of the width of the face."""

    def percent(f_r, f_l, *corners):
        eyes = _eyes(*corners)
        ends = dict(zip(_CORNERS.split(), corners, strict=True)) | dict(fR=f_r, fL=f_l)
        part = G.along(ends[start], ends[end], *eyes)
        return 100 * G.ratio(part, G.along(f_r, f_l, *eyes))

    return PERCENT, f'fR fL {_CORNERS}', percent


_EYES = (
    ('Canthal tilt right', DEGREES, _CORNERS, _tilt_right,
     'exR-enR to across, positive where the outer corner lies higher'),
    ('Canthal tilt left', DEGREES, _CORNERS, _tilt_left,
     'enL-exL to across, positive where the outer corner lies higher'),
    ('Canthal tilt difference', DEGREES, _CORNERS,
     lambda *p: _tilt_left(*p) - _tilt_right(*p), 'left minus right'),
    ('Palpebral fissure right', MM, 'exR enR', G.distance, 'exR-enR'),
    ('Palpebral fissure left', MM, 'enL exL', G.distance, 'enL-exL'),
    ('Palpebral fissure difference', MM, _CORNERS, _fissure_difference,
     'left minus right'),
    ('Palpebral fissure right/ex-ex', PERCENT, 'exR enR exL',
     lambda a, b, c: 100 * G.ratio(G.distance(a, b), G.distance(a, c)),
     'exR-enR in percent of exR-exL'),
    ('Palpebral fissure left/ex-ex', PERCENT, 'exL enL exR',
     lambda a, b, c: 100 * G.ratio(G.distance(a, b), G.distance(a, c)),
     'enL-exL in percent of exR-exL'),
    ('Palpebral fissure asymmetry', PERCENT, _CORNERS, _fissure_asymmetry,
     'left minus right in percent of their mean'),
    ('Intercanthal distance', MM, 'enR enL', G.distance, 'enR-enL'),
    ('Outer canthal distance', MM, 'exR exL', G.distance, 'exR-exL'),
    ('Interpupillary distance', MM, 'pR pL', G.distance, 'pR-pL'),
)  # fmt: skip
_MOUTH = (
    ('Mouth tilt', DEGREES, f'chR chL {_CORNERS}',
     _mouth_tilt,
     'chR-chL to across, positive where the left corner lies lower'),
    ('Mouth corner difference', MM, f'chR chL {_CORNERS}', _mouth_drop,
     'chL below chR, at right angles to across'),
    ('Mouth corner difference/ex-ex', PERCENT, f'chR chL {_CORNERS}',
     _of_corners(_mouth_drop),
     'chL below chR, at right angles to across, in percent of exR-exL'),
)  # fmt: skip
_NASAL = (
    ('Nasal width', MM, 'sbalR sbalL', G.distance, 'sbalR-sbalL', _NOSE),
    ('Nasal width/en-en', PERCENT, 'sbalR sbalL enR enL',
     lambda a, b, c, d: 100 * G.ratio(G.distance(a, b), G.distance(c, d)),
     'sbalR-sbalL in percent of enR-enL', _NOSE),
)  # fmt: skip
_CHIN = (
    ('Chin deviation angle', DEGREES, f'gn {_CORNERS}', _chin_angle,
     'from the midline to gn, positive to the left side of the person', _OUTLINE),
    ('Chin deviation', MM, f'gn {_CORNERS}', _chin_side,
     'gn from the midline, positive to the left side of the person', _OUTLINE),
    ('Chin deviation/ex-ex', PERCENT, f'gn {_CORNERS}', _of_corners(_chin_side),
     'gn from the midline in percent of exR-exL, positive to the left side of the person',
     _OUTLINE),
)  # fmt: skip
_THIRDS = (
    ('Upper third', MM, f'tr bR bL {_CORNERS}', _upper_third,
     'from the hairline to the inner ends of the eyebrows, along the midline'),
    ('Middle third', MM, f'bR bL sn {_CORNERS}', _middle_third,
     'from the inner ends of the eyebrows to subnasale, along the midline'),
    ('Lower third', MM, f'sn gn {_CORNERS}', _lower_third,
     'from subnasale to the chin, along the midline'),
    ('Upper/lower third', PERCENT, f'tr bR bL sn gn {_CORNERS}',
     lambda tr, a, b, sn, gn, *c: 100
     * G.ratio(_upper_third(tr, a, b, *c), _lower_third(sn, gn, *c)),
     'the upper third in percent of the lower third', _CANON),
    ('Middle/lower third', PERCENT, f'bR bL sn gn {_CORNERS}',
     lambda a, b, sn, gn, *c: 100
     * G.ratio(_middle_third(a, b, sn, *c), _lower_third(sn, gn, *c)),
     'the middle third in percent of the lower third', _CANON),
)  # fmt: skip
_FIFTHS = tuple(
    (name, *_fifth(start, end), f'{start}-{end} across, in percent of fR-fL', note)
    for name, start, end, note in (
        ('Right lateral fifth', 'fR', 'exR', f'{_CANON}; {_OUTLINE}'),
        ('Right eye fifth', 'exR', 'enR', _CANON),
        ('Central fifth', 'enR', 'enL', _CANON),
        ('Left eye fifth', 'enL', 'exL', _CANON),
        ('Left lateral fifth', 'exL', 'fL', f'{_CANON}; {_OUTLINE}'),
    )
)

_ANALYSES = {
    'Eyes': _EYES,
    'Mouth': _MOUTH,
    'Nose': _NASAL,
    'Chin': _CHIN,
    'Facial thirds': _THIRDS,
    'Facial fifths': _FIFTHS,
}

#: Every measurement of a frontal face by its name, in display order.
FRONTAL_DEFINITIONS = definitions_by_name(_ANALYSES)


def frontal_symbols(names: Sequence[str]) -> tuple[str | None, ...]:
    """The symbol of each of the 68 points of iBUG; None for a point that has none.

    Args:
        names: Names of points.

    Raises:
        InputError: A name is not one of the 68: other schemes use the same words for other
            points.
    """
    known = {name_key(point) for point in IBUG68.points}
    if other := [name for name in names if name_key(name) not in known]:
        raise InputError(
            f'{other[0]!r} is not one of the {len(IBUG68)} points of {IBUG68.name}, from '
            'which frontal faces are measured'
        )
    symbols = {name_key(own): s for s, (_, own) in FRONTAL_POINTS.items() if own}
    return tuple(symbols.get(name_key(name)) for name in names)


def is_frontal(names: Sequence[str]) -> bool:
    """Whether points are those of a face, from which :func:`measure_face` measures."""
    try:
        return any(frontal_symbols(names))
    except InputError:
        return False


def spacing_from_iris(start: Sequence[float], end: Sequence[float]) -> PixelSpacing:
    """The spacing from the two ends of the horizontal diameter of an iris.

    Args:
        start, end: x, y in pixels, where the iris meets the white of the eye.

    Raises:
        InputError: The points are equal or not finite.
    """
    return replace(spacing_from_ruler(start, end, IRIS_MM), source=IRIS)


def measure_face(
    points: np.ndarray,
    scheme: str | Path | dict | Scheme | Sequence[str] = 'ibug68',
    spacing: PixelSpacing | float | Sequence | np.ndarray | None = None,
    *,
    expected_errors: np.ndarray | None = None,
    low_confidence: np.ndarray | None = None,
) -> dict[str, Measurement]:
    """Compute every measurement of frontal faces.

    Lengths in mm need a scale, which 68 points do not have. If the spacing is from an iris
    (:func:`spacing_from_iris`), the note of each length says so, and its uncertainty
    includes the SD of the diameter.

    Args:
        points: ``(K, 2)`` of one face or ``(N, K, 2)``, x right and y down in pixels; NaN
            where missing.
        scheme: The scheme of the points, or a list of their names; those of ``ibug68``.
        spacing: mm per pixel as for :func:`.measure.measure`; None where not known.
        expected_errors: Mean radial error of each point in pixels, ``(K,)`` or
            ``(N, K)``; determines the uncertainties.
        low_confidence: Points not to measure from, bool, of the same shape.

    Returns:
        Every measurement by its name, including those without a value.

    Raises:
        InputError: Another scheme, or a shape or spacing that cannot be used.
    """
    symbols = frontal_symbols(names_of(scheme))
    points = checked_points(points, len(symbols))
    # "right" leaves the points unchanged: a frontal face faces neither side
    head = head_of(
        points, symbols, spacing, 'right', expected_errors, low_confidence, _full_name
    )
    found = {name: head.take(d, None) for name, d in FRONTAL_DEFINITIONS.items()}
    if isinstance(spacing, PixelSpacing) and spacing.source == IRIS:
        found = {name: _from_iris(one) for name, one in found.items()}
    return found


def _full_name(symbol: str) -> str:
    return FRONTAL_POINTS[symbol][0]


def _from_iris(found: Measurement) -> Measurement:
    """A length with the uncertainty of its scale, and a note about it."""
    if found.unit != MM:
        return found
    definition, spread = found.definition, IRIS_SD_MM / IRIS_MM
    note = f'in mm of {IRIS} ± {IRIS_SD_MM} mm'
    return replace(
        found,
        definition=replace(
            definition, note='; '.join(filter(None, (definition.note, note)))
        ),
        uncertainty=np.hypot(found.uncertainty, spread * np.asarray(found.value))[()],
    )
