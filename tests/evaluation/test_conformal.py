"""Conformal quantiles by hand, their coverage, and intervals of measurements."""

import numpy as np
import pytest
from plumb_head import NAMES, plumb

from mmlandmark.cephalometry import DEFINITIONS, intervals, measure
from mmlandmark.errors import InputError
from mmlandmark.evaluation import conformal
from mmlandmark.evaluation.calibration import Calibration
from mmlandmark.structures.error_regions import ErrorRegions
from mmlandmark.structures.pixel_spacing import PixelSpacing
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


@pytest.fixture(scope='module')
def detected():
    """700 heads that vary, with errors of heavy tails, 1.8 times the expected ones.

    The expected errors differ between the images and the landmarks; the errors follow
    Student's t with 3 degrees of freedom.
    """
    rng = np.random.default_rng(0)
    head = plumb(Subspinale=(76, 51), ANS=(80, 48), Lower_incisor_apex=(60, 90))
    truth = 2 * (head + rng.normal(0, 2, (700, *head.shape)))
    expected = 0.5 * rng.gamma(4, 0.25, (700, 1)) * rng.uniform(0.5, 2, len(head))
    noise = rng.standard_t(3, truth.shape)
    return truth + expected[..., None] * noise, truth, expected


@pytest.fixture(scope='module')
def fitted(detected):
    """The regions of the first 200 heads."""
    found, truth, expected = (values[:200] for values in detected)
    spacing = np.full((200, 2), 0.5)
    scores = conformal.measurement_scores(found, truth, expected, NAMES, spacing)
    errors = np.linalg.norm(found - truth, axis=-1)
    return conformal.fit_regions(expected, errors, NAMES, scores)


def test_coverage_of_the_intervals_of_measurements(detected, fitted):
    """Measured on the other 500 heads; the Gaussian interval covers too little."""
    rest = [values[200:] for values in detected]
    spacing = np.full((500, 2), 0.5)
    rows = conformal.measurement_coverage(fitted, *rest, NAMES, spacing)
    assert {row['measurement'] for row in rows} == {'all', *DEFINITIONS}
    for row in rows:
        level = row['level'] / 100
        # four SD of a coverage that is fitted on 200 heads and measured on 500
        slack = 400 * np.sqrt(level * (1 - level) * (1 / 200 + 1 / 500))
        slack = 2.5 if row['measurement'] == 'all' else slack
        assert row['conformal'] == pytest.approx(row['level'], abs=slack), row
    for row in (row for row in rows if row['measurement'] == 'all'):
        assert row['gaussian'] < row['level'] - 8


def test_the_interval_of_an_image_is_that_of_the_coverage(detected, fitted):
    """Whether the true value lies in ``intervals`` is what the table counts."""
    found, truth, expected = (values[300:304] for values in detected)
    spacing = np.full((4, 2), 0.5)
    (row,) = (
        row
        for row in conformal.measurement_coverage(
            fitted, found, truth, expected, NAMES, spacing
        )
        if (row['level'], row['measurement']) == (90, 'ANB')
    )
    inside = []
    for points, true, errors in zip(found, truth, expected, strict=True):
        one = Prediction(
            points,
            np.ones(len(NAMES)),
            tuple(NAMES),
            spacing=PixelSpacing.square(0.5),
            expected_errors=errors,
            regions=fitted,
        )
        low, high = intervals(one, 0.9)['ANB']
        inside.append(low <= measure(true, NAMES)['ANB'].value <= high)
    assert row['conformal'] == pytest.approx(100 * np.mean(inside))


def test_coverage_of_points_that_are_not_of_a_head():
    points = np.zeros((3, 2, 2))
    names = ['a', 'b']
    assert (
        conformal.measurement_coverage(REGIONS, points, points, np.ones((3, 2)), names)
        == []
    )
