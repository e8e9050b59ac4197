import subprocess
import sys

import numpy as np
import pytest
from plumb_head import NAMES, plumb
from tests_support import ROOT

from mmlandmark import InputError, synthetic
from mmlandmark.cephalometry import DEFINITIONS, measure
from mmlandmark.cephalometry.names import POINTS, short_names
from mmlandmark.cephalometry.orientation import spacing_from_ruler
from mmlandmark.formats import read_isbi2015
from mmlandmark.schemes import ISBI19, PHOTO19

DEG = np.degrees

# of the head in plumb_head.py, computed by hand
PLUMB = {
    'SNA': 90, 'SNB': 90, 'ANB': 0, 'SN-GoGn': DEG(np.arctan(60 / 68)),
    'U1-NA angle': 0, 'U1-NA distance': 5, 'L1-NB angle': 45, 'L1-NB distance': 2,
    'Interincisal angle': 135, 'Pog-NB': 0,
    # from the molars (35, 70) to the middle of the incisors' tips (73.5, 69)
    'SN-occlusal plane': -DEG(np.arctan(1 / 38.5)),
    'Facial angle': 90, 'Angle of convexity': 0, 'A-B plane': 0,
    'Mandibular plane (Downs)': 45, 'Y axis': DEG(np.arctan(110 / 68)),
    'Occlusal plane (Downs)': -DEG(np.arctan(1 / 38.5)),
    'FMA': 45, 'IMPA': 90, 'FMIA': 45,
    # N-Ba runs (-80, 60), Pt-Gn (48, 90): their angles with the front are 143.13, 61.93
    'Facial axis': 143.1301 - 61.9275,
    'Facial depth': 90, 'Mandibular plane (Ricketts)': 45, 'Palatal plane': 0,
    'Convexity': 0, 'L1-APog distance': 2, 'L1-APog angle': 45,
    # Xi-ANS runs (65, -10), Xi-PM (60, 45)
    'Lower facial height angle': DEG(np.arctan(10 / 65) + np.arctan(45 / 60)),
    # Prn-Pog' runs (-15, 65): (-10, 25) and (-13, 38) of the lips lie behind it
    'Ls-E line': -(10 * 65 - 25 * 15) / 4450**0.5,
    'Li-E line': -(13 * 65 - 38 * 15) / 4450**0.5,
    'A-N perpendicular': 0, 'Pog-N perpendicular': 0, 'ANS-Me': (15**2 + 65**2) ** 0.5,
    'Co-A': (80**2 + 40**2) ** 0.5, 'Co-Gn': (78**2 + 100**2) ** 0.5,
    'Maxillomandibular differential': 16084**0.5 - 8000**0.5,
    'Saddle angle': 90, 'Articular angle': 180, 'Gonial angle': 135,
    'Sum of angles': 405, 'Upper gonial angle': DEG(np.arctan(70 / 50)),
    'Lower gonial angle': 135 - DEG(np.arctan(70 / 50)),
    'S-Go/N-Me': 100 * 50 / 12200**0.5, 'S-N': 70, 'S-Ar': 30, 'Ar-Go': 20,
    'Go-Me': 7200**0.5,
    'ODI': 45, 'APDI': 90,  # Me-Go runs up and back at 45 degrees, B-A straight up
    'SN-PP': 0, 'PP-GoMe': 45, 'SN-GoMe': 45, 'ANS-Me/N-Me': 100 * (4450 / 12200) ** 0.5,
    'AF-BF': 0, 'Wits appraisal': 0, 'Overjet': 3, 'Overbite': 2, 'U1-SN': 90, 'U1-PP': 90,
    # Sn-Pog' is plumb at 85
    "Ls-SnPog'": 5, "Li-SnPog'": 2,
    'H angle': DEG(np.arctan(5 / 40)),
    # Sn-Cm runs (10, 0), Sn-Ls (5, 15)
    'Nasolabial angle': DEG(np.arctan(3)),
}  # fmt: skip


@pytest.mark.parametrize('name', DEFINITIONS)
def test_every_measurement_of_a_head_laid_out_by_hand(name):
    found = measure(plumb(), NAMES, 1.0)[name]
    assert found.value == pytest.approx(PLUMB[name], abs=1e-3)
    assert found.reason == ''


@pytest.mark.parametrize(
    ('moved', 'name', 'expected'),
    [
        # A 5 mm ahead at 50 mm below N; B stays
        (dict(Subspinale=(75, 50)), 'ANB', DEG(np.arctan(5 / 50))),
        (dict(Subspinale=(75, 50)), 'Convexity', 5),
        (dict(Subspinale=(75, 50)), 'A-N perpendicular', 5),
        (dict(Subspinale=(75, 50)), 'AF-BF', 5),
        (dict(Subspinale=(75, 50)), 'Wits appraisal', 5),
        # A-B leans back over 40 mm: negative with A ahead
        (dict(Subspinale=(75, 50)), 'A-B plane', -DEG(np.arctan(5 / 40))),
        # N-A forward by atan(5/50), then A-Pog back by atan(5/55)
        (
            dict(Subspinale=(75, 50)),
            'Angle of convexity',
            DEG(np.arctan(5 / 50) + np.arctan(5 / 55)),
        ),
        (dict(Supramentale=(74, 90)), 'ANB', -DEG(np.arctan(4 / 90))),
        (dict(Pogonion=(60, 105)), 'Facial angle', 90 - DEG(np.arctan(10 / 105))),
        (dict(Pogonion=(60, 105)), 'Pog-N perpendicular', -10),
        # ANS lower: the palate tips down in front and adds to ODI and APDI
        (dict(ANS=(75, 55)), 'Palatal plane', DEG(np.arctan(10 / 50))),
        (dict(ANS=(75, 55)), 'ODI', 45 + DEG(np.arctan(10 / 50))),
        (dict(ANS=(75, 35)), 'APDI', 90 - DEG(np.arctan(10 / 50))),
        (dict(Upper_incisor_tip=(70, 66)), 'Overjet', -2),
        (dict(Upper_incisor_tip=(70, 66)), 'Overbite', -2),
        # the upper incisor leans forward by 45 degrees
        (dict(Upper_incisor_tip=(95, 70)), 'U1-SN', 135),
        (dict(Upper_incisor_tip=(95, 70)), 'U1-NA angle', 45),
        (dict(Upper_incisor_tip=(95, 70)), 'Interincisal angle', 90),
        # the lower one upright: less IMPA, more FMIA by as much
        (dict(Lower_incisor_apex=(72, 88)), 'IMPA', 45),
        (dict(Lower_incisor_apex=(72, 88)), 'FMIA', 90),
        # gonion ahead of S-Ar: the articular angle stays below 180, behind it is above
        (dict(Gonion=(10, 50)), 'Articular angle', 180 - DEG(np.arctan(10 / 20))),
        (dict(Gonion=(-10, 50)), 'Articular angle', 180 + DEG(np.arctan(10 / 20))),
    ],
)
def test_signs(moved, name, expected):
    assert measure(plumb(**moved), NAMES, 1.0)[name].value == pytest.approx(expected)


def real_looking(seed=0):
    head = synthetic.draw_head(np.random.default_rng([5, seed]), 512)
    return np.array([head.points[name] for name in synthetic.ISBI19])


def test_identities_of_the_analyses():
    found = measure(plumb(Lower_incisor_apex=(60, 90), Gonion=(-4, 55)), NAMES, 1.0)
    value = {name: measurement.value for name, measurement in found.items()}
    assert value['FMA'] + value['IMPA'] + value['FMIA'] == pytest.approx(180)
    assert value['Sum of angles'] == pytest.approx(360 + value['SN-GoMe'])
    assert value['SNA'] - value['SNB'] == pytest.approx(value['ANB'])
    both = value['Upper gonial angle'] + value['Lower gonial angle']
    assert both == pytest.approx(value['Gonial angle'])


def test_left_and_right_turned_and_scaled_are_the_same():
    points = real_looking()
    right = measure(points, 'isbi19', 0.5)
    mirrored = points * (-1, 1) + (511, 0)
    c, s = np.cos(0.3), np.sin(0.3)
    turned = points @ np.array([[c, s], [-s, c]])
    # pixels half as wide: as many again of them
    narrow = points * (2, 1)
    for name, found in right.items():
        if not found.reason:
            for other in (
                measure(mirrored, 'isbi19', 0.5),
                measure(mirrored, 'isbi19', 0.5, facing='left'),
                measure(turned, 'isbi19', 0.5),
                measure(narrow, 'isbi19', (0.5, 0.25)),
            ):
                assert other[name].value == pytest.approx(found.value), name


@pytest.mark.parametrize('rotation', [90, 135, 180, 270])
@pytest.mark.parametrize('mirror', [1, -1])
def test_the_rotation_of_a_head_changes_no_measurement(rotation, mirror):
    upright = plumb(Lower_incisor_apex=(60, 90), Gonion=(-4, 55))
    c, s = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    rotated = (upright * (mirror, 1)) @ np.array([[c, s], [-s, c]])
    found = measure(rotated, NAMES, 1.0)
    for name, expected in measure(upright, NAMES, 1.0).items():
        assert found[name].value == pytest.approx(expected.value), name


def test_images_at_once_are_images_one_by_one():
    points = np.stack([real_looking(seed) for seed in range(3)])
    points[1, 4] = np.nan  # A
    points[2] = points[2] * (-1, 1) + (511, 0)
    together = measure(points, 'isbi19', 0.5)
    assert np.isnan(together['SNA'].value[1])
    for k in range(3):
        alone = measure(points[k], 'isbi19', 0.5)
        for name in DEFINITIONS:
            np.testing.assert_allclose(together[name].value[k], alone[name].value)
            np.testing.assert_allclose(
                together[name].deviation[k], alone[name].deviation
            )


@pytest.mark.parametrize(
    ('scheme', 'name', 'needs'),
    [
        ('isbi19', 'IMPA', 'not available: needs L1A (lower incisor apex)'),
        ('isbi19', 'Li-E line', 'not available: needs Prn (tip of the nose)'),
        ('isbi19', 'Co-A', 'not available: needs Co (condylion)'),
        ('photo19', 'FMA', 'not available: needs Po (porion), Or (orbitale)'),
        ('photo19', 'Convexity', 'not available: needs Pog (pogonion)'),
    ],
)
def test_a_scheme_without_the_points_says_which(scheme, name, needs):
    points = real_looking()
    if scheme == 'photo19':
        head = synthetic.draw_head(np.random.default_rng(0), 512)
        points = np.array([head.points[k] for k in synthetic.PHOTO19])
    found = measure(points, scheme, 0.5)[name]
    assert np.isnan(found.value)
    assert found.reason == needs


def test_what_each_scheme_can_measure():
    heads = {s.name: np.full((1, 19, 2), np.nan) for s in (ISBI19, PHOTO19)}
    can = {
        name: {
            k for k, m in measure(points, name, 1).items() if 'needs' not in m.reason
        }
        for name, points in heads.items()
    }
    assert len(can['isbi19']) == 43
    assert can['photo19'] - can['isbi19'] == {
        *('U1-NA angle', 'L1-NB angle', 'Interincisal angle', 'IMPA', 'U1-SN', 'U1-PP'),
        *('Ls-E line', 'Li-E line', 'H angle'),
    }


def test_missing_points_and_points_of_low_confidence_give_no_value():
    points = real_looking()
    points[4] = np.nan
    low_confidence = np.zeros(19, bool)
    low_confidence[3] = True
    found = measure(points, 'isbi19', 0.5, low_confidence=low_confidence)
    assert found['SNA'].reason == 'missing: A (A point)'
    assert found['FMA'].reason == 'low confidence: Po (porion)'
    assert np.isnan([found['SNA'].value, found['FMA'].value]).all()
    assert found['SNB'].reason == ''
    # a point without y is missing
    points[5, 0] = np.nan
    assert measure(points, 'isbi19', 0.5)['SNB'].reason == 'missing: B (B point)'


def test_without_a_scale_there_are_no_distances():
    found = measure(real_looking())
    for name, definition in DEFINITIONS.items():
        if definition.unit == 'mm' and 'needs' not in found[name].reason:
            assert found[name].reason.startswith('uncalibrated')
            assert np.isnan(found[name].value)
    assert np.isfinite(found['S-Go/N-Me'].value)


@pytest.mark.parametrize(
    ('scale', 'implausible'),
    [(1.0, False), (0.7, False), (0.68, True), (1.28, False), (1.3, True), (0.5, True)],
)
def test_an_implausible_scale_is_marked(scale, implausible):
    # S-N is 70 mm: 47.6 at 0.68, 91 at 1.3; the norm is 71 +- 3
    found = measure(plumb(), NAMES, scale)
    assert found['S-N'].scale_in_doubt == implausible
    assert found['S-N'].deviation == pytest.approx((70 * scale - 71) / 3)
    assert not found['SNA'].scale_in_doubt
    assert found['SNA'].deviation == pytest.approx((90 - 82) / 2)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(points=np.zeros((18, 2))), 'the scheme has 19 points'),
        (dict(scheme='isbi20'), 'unknown landmark scheme'),
        (dict(spacing=0), 'must be above zero'),
        (dict(spacing=-0.1), 'must be above zero'),
        (dict(spacing=(0.1, 0.1, 0.1)), 'one number or'),
        (dict(spacing='wide'), 'must be above zero'),
        (dict(facing='up'), 'left or right'),
        (
            dict(low_confidence=np.zeros(3)),
            'low_confidence must have one value per point',
        ),
        (
            dict(expected_errors=np.zeros((19, 2))),
            'expected_errors must have one value per point',
        ),
        (dict(points=np.full((19, 2), 5.0)), 'which way the head faces'),
        (dict(norms='none.csv'), 'no norms file none.csv'),
    ],
)
def test_bad_input_is_one_line(arguments, message):
    arguments = dict(points=real_looking(), **{'scheme': 'isbi19', **arguments}) if (
        'points' not in arguments) else {'scheme': 'isbi19', **arguments}  # fmt: skip
    with pytest.raises(InputError, match=message) as caught:
        measure(**arguments)
    assert '\n' not in str(caught.value)


def test_registry_names_known_points():
    for definition in DEFINITIONS.values():
        assert set(definition.points) <= set(POINTS)
        assert definition.formula.__code__.co_argcount in (0, len(definition.points))


@pytest.mark.parametrize(
    ('name', 'short'),
    [
        ('Subspinale', 'A'), ('A point', 'A'), ('point_A', 'A'), ('Subnasal', 'Sn'),
        ('Soft-tissue pogonion', "Pog'"), ('ST Pogonion', "Pog'"), ("Pog'", "Pog'"),
        ('Pog', 'Pog'), ('N\u2019', "N'"), ('nasion', 'N'), ('upper 1 apex', 'U1A'),
        ('Lower incisor tip', 'L1T'), ('L1', None), ('left eye', None),
    ],
)  # fmt: skip
def test_short_names(name, short):
    assert short_names([name]) == (short,)


def test_every_point_of_the_lateral_schemes_is_known():
    for scheme in (ISBI19, PHOTO19):
        found = short_names(scheme.points)
        assert None not in found
        assert len(set(found)) == len(scheme)


def test_spacing_from_a_ruler():
    # 3-4-5: 500 pixels for 40 mm
    spacing = spacing_from_ruler((10, 20), (310, 420), 40)
    assert spacing.pair == pytest.approx((0.08, 0.08))
    assert spacing.source == 'a ruler of 40 mm'
    with pytest.raises(InputError, match='same'):
        spacing_from_ruler((1, 1), (1, 1), 10)
    with pytest.raises(InputError, match='above zero'):
        spacing_from_ruler((1, 1), (2, 1), 0)


def test_measuring_needs_neither_torch_nor_matplotlib():
    code = (
        'import sys; sys.modules.update(torch=None, mmpose=None, matplotlib=None)\n'
        'import importlib.util as u; find = u.find_spec\n'
        'u.find_spec = lambda n, *a: None if n in ("torch", "mmpose") else find(n, *a)\n'
        'import mmlandmark.cephalometry, mmlandmark.cephalometry.isbi2015'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# of 300 radiographs, mean of both annotators; within 0.35 SD of the figures of all 400
ISBI = {
    'SNA': (82.72, 3.94), 'SNB': (80.42, 5.15), 'ANB': (2.30, 4.12),
    'SN-GoGn': (33.22, 6.17), 'U1-NA distance': (5.27, 2.85),
    'L1-NB distance': (6.25, 2.83), 'Pog-NB': (-0.19, 1.94),
    'Facial angle': (87.41, 5.21), 'Angle of convexity': (5.19, 9.78),
    'A-B plane': (-3.62, 6.30), 'FMA': (29.11, 6.06), 'Y axis': (62.29, 4.69),
    'Palatal plane': (1.83, 3.19), 'Convexity': (2.28, 4.45),
    'L1-APog distance': (4.90, 2.70), 'A-N perpendicular': (-0.22, 3.54),
    'Pog-N perpendicular': (-4.62, 9.54), 'ANS-Me': (61.62, 5.92),
    'Saddle angle': (122.04, 5.38), 'Articular angle': (147.41, 7.56),
    'Gonial angle': (126.75, 6.69), 'Sum of angles': (396.20, 6.20),
    'Upper gonial angle': (48.50, 4.35), 'Lower gonial angle': (78.25, 5.27),
    'S-Go/N-Me': (64.65, 4.89), 'ODI': (68.94, 10.07), 'APDI': (85.62, 10.23),
    'SN-PP': (8.95, 3.41), 'PP-GoMe': (27.27, 5.76), 'SN-GoMe': (36.20, 6.20),
    'ANS-Me/N-Me': (56.61, 2.40), 'Overjet': (1.89, 3.38), 'Overbite': (1.34, 2.31),
    'AF-BF': (3.66, 6.58), "Ls-SnPog'": (6.63, 1.88), "Li-SnPog'": (6.19, 2.42),
}  # fmt: skip


def test_on_the_radiographs_of_isbi2015(isbi2015):
    points = np.stack([sample.points for sample in read_isbi2015(isbi2015)])
    found = measure(points, 'isbi19', 0.1)
    for name, (mean, sd) in ISBI.items():
        assert np.mean(found[name].value) == pytest.approx(mean, abs=0.2 * sd), name
        assert np.std(found[name].value) == pytest.approx(sd, rel=0.1), name


def test_real_radiographs_are_doubted_where_their_scale_is_wrong(isbi2015):
    radiographs = np.array([sample.points for sample in read_isbi2015(isbi2015)])
    share = {
        factor: np.mean(
            measure(radiographs, 'isbi19', 0.1 * factor)['S-N'].scale_in_doubt
        )
        for factor in (1, 1.3, 1 / 1.3, 2, 0.5)
    }
    # by their own scale S-N is 58.7 mm on average: a third more is a common head
    assert share[1] < 0.01
    assert share[1.3] < 0.01
    assert share[1 / 1.3] > 0.8
    assert share[2] == share[0.5] == 1


@pytest.mark.parametrize(
    ('names', 'missing'),
    [
        (('S', 'A', 'B', 'N`'), True),
        (('S', 'A', 'B', "N'"), True),
        (('S', 'A', 'B', 'Soft-tissue nasion'), True),
        (('S', 'A', 'B', 'N*'), True),
        (('S', 'A', 'B', 'n'), False),
        (('Sella', 'point A', 'Supramentale', 'Nasion N'), False),
    ],
)
def test_soft_tissue_nasion_is_not_nasion(names, missing):
    points = np.array([[0.0, 0.0], [70, 60], [70, 100], [70, 0]])
    found = measure(points, names, facing='right')['SNA']
    assert np.isnan(found.value) == missing
    assert found.reason == ('not available: needs N (nasion)' if missing else '')


def test_two_names_of_one_point_are_refused():
    with pytest.raises(InputError, match="'N' and 'nasion' are the same point"):
        measure(np.zeros((3, 2)), ['S', 'N', 'nasion'])
