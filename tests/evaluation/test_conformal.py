"""Conformal quantiles by hand, their coverage, and intervals of measurements."""

import numpy as np
import pytest

from mmlandmark.cephalometry import intervals, measure
from mmlandmark.errors import InputError
from mmlandmark.evaluation import conformal
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.structures.error_regions import ErrorRegions
from mmlandmark.structures.prediction import Prediction


@pytest.mark.parametrize(
    ('n', 'level', 'expected'),
    [
        (9, 0.9, 9),  # ceil(10 * 0.9) = 9th of 1..9
        (9, 0.95, np.inf),  # the 10th of nine
        (19, 0.95, 19),
        (30, 0.9, 28),  # ceil(27.9)
        (30, 0.5, 16),
        (0, 0.5, np.inf),
    ],
)
def test_quantile(n, level, expected):
    scores = np.append(np.arange(n, 0, -1.0), np.nan)
    assert conformal.quantile(scores, level) == expected


def test_a_landmark_with_few_images_takes_the_scores_of_all():
    expected = np.ones((20, 2))
    errors = np.tile(np.arange(1, 21.0)[:, None], (1, 2))
    errors[3:, 1] = np.nan  # 1, 2, 3
    regions = conformal.fit_regions(expected, errors, ['a', 'b'])
    assert regions.points['a'] == (11, 17, 19, 20)
    # 50 %: own, the 2nd of three; else of all 23: the 20th, 22nd and 23rd
    assert regions.points['b'] == (2, 17, 19, 20)
    assert regions.pooled == ('b',)


@pytest.mark.parametrize('level', [0.8, 0.9, 0.95])
def test_the_coverage_holds_for_errors_of_any_distribution(level):
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(400):
        scores = rng.pareto(1.5, size=31)  # heavy tails
        covered.append(scores[-1] <= conformal.quantile(scores[:-1], level))
    # the nominal coverage, up to 1 / 31 more, +- three standard errors
    slack = 3 * np.sqrt(level * (1 - level) / 400)
    assert level - slack <= np.mean(covered) <= level + 1 / 31 + slack


def prediction(regions):
    return Prediction(
        np.array([[100.0, 100], [800, 100], [700, 900], [650, 1200]]),
        np.ones(4),
        ('Sella', 'Nasion', 'Subspinale', 'Supramentale'),
        expected_errors=np.array([1.0, 2, 3, 4]),
        regions=regions,
    )


REGIONS = ErrorRegions(
    (0.5, 0.9),
    dict.fromkeys(('Sella', 'Nasion', 'Subspinale', 'Supramentale'), (1.0, 2.5)),
    {'SNA': (1.0, 2.0)},
    30,
)


def test_radius_and_interval():
    found = prediction(REGIONS)
    np.testing.assert_allclose(found.region(0.9), [2.5, 5, 7.5, 10])
    np.testing.assert_allclose(found.resized(2, 2).region(0.9), [5, 10, 15, 20])
    sna = measure(found.points, found.names, expected_errors=found.expected_errors)[
        'SNA'
    ]
    low, high = intervals(found, 0.9)['SNA']
    assert high - low == pytest.approx(4 * sna.uncertainty)
    assert (low + high) / 2 == pytest.approx(sna.value)
    assert set(intervals(found, 0.9)) == {'SNA'}  # the only calibrated one


def test_a_level_that_is_not_calibrated_is_refused():
    with pytest.raises(InputError, match=r'level 0\.99 is not calibrated'):
        prediction(REGIONS).region(0.99)


def test_a_prediction_of_a_file_has_no_regions():
    values = prediction(REGIONS).to_dict()
    with pytest.raises(InputError, match='no error regions'):
        Prediction.from_dict(values).region()


def test_a_calibration_keeps_its_regions_in_json():
    names = ['Sella', 'Nasion']
    regions = ErrorRegions(
        (0.5, 0.95), dict.fromkeys(names, (1.5, np.inf)), {}, 12, ('Sella',)
    )
    calibration = Calibration(1, 1, 0, dict.fromkeys(names, 1.0), 2, regions=regions)
    assert Calibration.from_dict(calibration.to_dict(), names) == calibration


@pytest.mark.parametrize(
    'change', [dict(levels=None), dict(images='x'), dict(points={'a': [1, 2, 3]})]
)
def test_damaged_regions_are_refused(change):
    with pytest.raises(InputError, match='not error regions'):
        ErrorRegions.from_dict(REGIONS.to_dict() | change)


def test_scores_of_measurements():
    points = prediction(None).points[None]
    truth = points + np.array([0, 5])  # a shift changes no angle
    truth[0, 2, 0] += 10
    scores = conformal.measurement_scores(
        points, truth, np.ones((1, 4)), prediction(None).names, None
    )
    pair = [measure(p[0], prediction(None).names) for p in (points, truth)]
    sd = measure(points[0], prediction(None).names, expected_errors=np.ones(4))
    change = abs(pair[0]['SNA'].value - pair[1]['SNA'].value)
    assert scores['SNA'] == pytest.approx(change / sd['SNA'].uncertainty)
    assert scores['SNB'] == pytest.approx(0, abs=1e-6)
