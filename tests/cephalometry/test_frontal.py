"""Measurements of faces that are constructed so that every value is known."""

import numpy as np
import pytest

from mmlandmark import InputError, PixelSpacing
from mmlandmark.cephalometry.frontal import (
    FRONTAL_DEFINITIONS,
    FRONTAL_POINTS,
    IRIS,
    frontal_symbols,
    is_frontal,
    measure_face,
    spacing_from_iris,
)
from mmlandmark.cephalometry.uncertainty import MEAN_ERROR_OVER_SD
from mmlandmark.schemes import IBUG68, PHOTO19, WFLW98

#: A symmetric face in mm: fissures of 30 that rise by 5 to the outside, 30 between the
#: inner corners, a mouth of 50, thirds of 60, fifths of 30.
FACE = {
    'exR': (-45, -5), 'enR': (-15, 0), 'enL': (15, 0), 'exL': (45, -5),
    'bR': (-10, -20), 'bL': (10, -20), 'sbalR': (-12, 38), 'sn': (0, 40),
    'sbalL': (12, 38), 'chR': (-25, 65), 'chL': (25, 65), 'gn': (0, 100),
    'fR': (-75, 0), 'fL': (75, 0),
}  # fmt: skip


def face(**moved):
    """``(68, 2)``; the points that nothing is measured from are at 0."""
    points = np.zeros((68, 2))
    for symbol, place in (FACE | moved).items():
        points[IBUG68.points.index(FRONTAL_POINTS[symbol][1])] = place
    return points


def values(points, spacing=1.0, **more):
    return {
        k: m.value for k, m in measure_face(points, 'ibug68', spacing, **more).items()
    }


TILT = np.degrees(np.arctan2(5, 30))
FISSURE = np.hypot(30, 5)

SYMMETRIC = {
    'Canthal tilt right': TILT,
    'Canthal tilt left': TILT,
    'Canthal tilt difference': 0,
    'Palpebral fissure right': FISSURE,
    'Palpebral fissure left': FISSURE,
    'Palpebral fissure difference': 0,
    'Palpebral fissure right/ex-ex': 100 * FISSURE / 90,
    'Palpebral fissure left/ex-ex': 100 * FISSURE / 90,
    'Palpebral fissure asymmetry': 0,
    'Intercanthal distance': 30,
    'Outer canthal distance': 90,
    'Interpupillary distance': np.nan,
    'Mouth tilt': 0,
    'Mouth corner difference': 0,
    'Mouth corner difference/ex-ex': 0,
    'Nasal width': 24,
    'Nasal width/en-en': 80,
    'Chin deviation angle': 0,
    'Chin deviation': 0,
    'Chin deviation/ex-ex': 0,
    'Upper third': np.nan,
    'Middle third': 60,
    'Lower third': 60,
    'Upper/lower third': np.nan,
    'Middle/lower third': 100,
    'Right lateral fifth': 20,
    'Right eye fifth': 20,
    'Central fifth': 20,
    'Left eye fifth': 20,
    'Left lateral fifth': 20,
}


def test_a_symmetric_face():
    found = values(face())
    assert list(found) == list(FRONTAL_DEFINITIONS) == list(SYMMETRIC)
    for name, expected in SYMMETRIC.items():
        assert found[name] == pytest.approx(expected, abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize(
    ('moved', 'expected'),
    [
        # the left eye without tilt: the middles of the eyes are then (-30, -2.5) and
        # (30, 0), so that across falls by 2.5 in 60
        (
            dict(exL=(45, 0)),
            {
                'Canthal tilt right': TILT - np.degrees(np.arctan2(2.5, 60)),
                'Canthal tilt left': np.degrees(np.arctan2(2.5, 60)),
            },
        ),
        # a left fissure of 40 beside a right one of 30
        (
            dict(exR=(-45, 0), exL=(55, 0)),
            {
                'Palpebral fissure right': 30,
                'Palpebral fissure left': 40,
                'Palpebral fissure difference': 10,
                'Palpebral fissure asymmetry': 100 * 10 / 35,
                'Palpebral fissure left/ex-ex': 40,
                'Left eye fifth': 100 * 40 / 150,
                'Left lateral fifth': 100 * 20 / 150,
            },
        ),
        # the left corner of the mouth 5 mm lower
        (
            dict(chL=(25, 70)),
            {
                'Mouth corner difference': 5,
                'Mouth tilt': np.degrees(np.arctan2(5, 50)),
                'Mouth corner difference/ex-ex': 100 * 5 / 90,
            },
        ),
        # the right corner lower: negative
        (dict(chR=(-25, 70)), {'Mouth corner difference': -5}),
        # the chin 10 mm to the left side of the person, which is right in the image
        (
            dict(gn=(10, 100)),
            {
                'Chin deviation': 10,
                'Chin deviation angle': np.degrees(np.arctan2(10, 100)),
                'Chin deviation/ex-ex': 100 * 10 / 90,
                'Lower third': 60,
            },
        ),
        (dict(gn=(-10, 100)), {'Chin deviation': -10}),
        (dict(gn=(0, 120)), {'Lower third': 80, 'Middle/lower third': 75}),
        (dict(sbalR=(-15, 38), sbalL=(15, 38)), {'Nasal width/en-en': 100}),
    ],
)
def test_an_asymmetric_face(moved, expected):
    found = values(face(**moved))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value), name


@pytest.mark.parametrize('degrees', [-170, -30, 10, 90])
def test_a_rotated_photograph_has_the_same_values(degrees):
    points = face(chL=(25, 70), gn=(8, 100), exL=(45, -9))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rotated = values(points @ turn.T + [500, 300])
    for name, expected in values(points).items():
        assert rotated[name] == pytest.approx(expected, nan_ok=True), name


def test_a_mirrored_photograph_exchanges_left_and_right():
    points = face(gn=(10, 100), exL=(50, -5))
    swapped = points * (-1, 1)
    for a, b in IBUG68.flip_pairs:
        swapped[[a, b]] = swapped[[b, a]]
    one, other = values(points), values(swapped)
    assert other['Chin deviation'] == pytest.approx(-one['Chin deviation'])
    for name in ('Canthal tilt', 'Palpebral fissure'):
        assert other[f'{name} right'] == pytest.approx(one[f'{name} left'])


def test_lengths_need_a_scale_and_nothing_is_invented():
    found = measure_face(face())
    assert found['Canthal tilt right'].value == pytest.approx(TILT)
    assert found['Middle/lower third'].value == pytest.approx(100)
    assert found['Nasal width'].reason.startswith('uncalibrated')
    assert np.isnan(found['Nasal width'].value)
    assert found['Upper/lower third'].reason == (
        'not available: needs tr (trichion, the hairline)'
    )
    assert 'pR (right pupil), pL' in found['Interpupillary distance'].reason
    # the scale of pixels that are twice as high as wide
    tall = measure_face(face() / (1, 2), spacing=(2.0, 1.0))
    assert tall['Lower third'].value == pytest.approx(60)


def test_a_missing_point_and_one_of_low_confidence():
    points, low = face(), np.zeros(68, bool)
    points[IBUG68.points.index('jaw 9')] = np.nan
    low[IBUG68.points.index('outer lip 1')] = True
    found = measure_face(points, spacing=1, low_confidence=low)
    assert found['Chin deviation'].reason == 'missing: gn (lowest point of the chin)'
    assert found['Mouth tilt'].reason.startswith('low confidence: chR')
    assert found['Nasal width/en-en'].value == pytest.approx(80)


def test_uncertainty_of_a_distance():
    """A distance of two points with the SD s along it has the SD sqrt(2) s."""
    errors = np.full(68, MEAN_ERROR_OVER_SD)  # of an SD of 1 px in x and in y
    found = measure_face(face(), spacing=0.5, expected_errors=errors)
    assert found['Nasal width'].uncertainty == pytest.approx(0.5 * np.sqrt(2), rel=1e-4)
    # 80 % of 60 px: sqrt(2 / 60**2 * (1 + 0.8**2))
    ratio = found['Nasal width/en-en'].uncertainty
    assert ratio == pytest.approx(100 * np.sqrt(2 * (1 + 0.8**2)) / 30, rel=1e-4)
    assert np.isnan(measure_face(face(), spacing=0.5)['Nasal width'].uncertainty)


@pytest.mark.parametrize('name', [n for n, d in FRONTAL_DEFINITIONS.items()
                                  if not {'tr', 'pR'} & set(d.points)])  # fmt: skip
def test_uncertainties_are_those_of_a_simulation(name):
    points, errors = face(gn=(5, 100)) * 5, np.full(68, 2.0)
    own = measure_face(points, spacing=0.2, expected_errors=errors)[name]
    rng = np.random.default_rng(0)
    drawn = points + 2 / MEAN_ERROR_OVER_SD * rng.normal(size=(2000, 68, 2))
    simulated = measure_face(drawn, spacing=0.2)[name].value
    assert own.uncertainty == pytest.approx(simulated.std(ddof=1), rel=0.07)


def test_the_scale_of_an_iris():
    """58.5 px of 11.7 mm are 0.2 mm each; adults vary by 0.42 / 11.7 = 3.6 %."""
    spacing = spacing_from_iris((100, 50), (158.5, 50))
    assert (spacing.mean, spacing.source) == (pytest.approx(0.2), IRIS)
    found = measure_face(face() * 5, spacing=spacing, expected_errors=np.zeros(68))
    assert found['Nasal width'].value == pytest.approx(24)
    assert found['Nasal width'].uncertainty == pytest.approx(24 * 0.42 / 11.7)
    assert found['Chin deviation'].definition.note.endswith(
        'in mm of an iris of 11.7 mm ± 0.42 mm'
    )
    assert found['Mouth tilt'].definition.note == ''
    assert found['Mouth tilt'].uncertainty == pytest.approx(0, abs=1e-9)
    given = measure_face(face() * 5, spacing=PixelSpacing.square(0.2))
    assert 'iris' not in given['Nasal width'].definition.note
    with pytest.raises(InputError, match='are the same'):
        spacing_from_iris((1, 1), (1, 1))


def test_points_of_other_schemes():
    """WFLW has points with the same words at other places."""
    assert is_frontal(IBUG68.points)
    assert is_frontal([name.upper() for name in IBUG68.points])
    assert not is_frontal(WFLW98.points)
    assert not is_frontal(PHOTO19.points)
    assert not is_frontal(())
    assert frontal_symbols(('Jaw 9', 'jaw 2')) == ('gn', None)
    with pytest.raises(InputError, match="'jaw 0' is not one of the 68 points"):
        measure_face(np.zeros((98, 2)), 'wflw98')
    with pytest.raises(InputError, match=r'\(68, 2\)'):
        measure_face(np.zeros((19, 2)))
