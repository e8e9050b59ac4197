"""Statistics of agreement against published and hand-computed values."""

import numpy as np
import pytest

from mmlandmark.studies import statistics

# six targets, four judges: Shrout & Fleiss 1979, table 2
SHROUT_FLEISS = np.array(
    [
        [9, 2, 5, 8],
        [6, 1, 3, 2],
        [8, 4, 6, 8],
        [7, 1, 2, 6],
        [10, 5, 6, 9],
        [6, 2, 4, 7],
    ]
)


def test_icc_of_the_published_table():
    agreement, consistency = statistics.icc(SHROUT_FLEISS)
    # Shrout & Fleiss print .29 and .71; the intervals are those of R's psych::ICC
    assert (agreement.value, consistency.value) == pytest.approx(
        (0.2898, 0.7148), abs=1e-4
    )
    assert (agreement.low, agreement.high) == pytest.approx((0.019, 0.761), abs=1e-3)
    assert (consistency.low, consistency.high) == pytest.approx(
        (0.342, 0.946), abs=1e-3
    )


def test_a_constant_difference_counts_in_agreement_only():
    first = np.array([1.0, 2, 3, 4])
    agreement, consistency = statistics.icc(np.column_stack([first, first + 1]))
    # mean squares: subjects 10/3, observers 2, residual 0: (10/3) / (10/3 + 2/4 * 2)
    assert agreement.value == pytest.approx(10 / 13, abs=1e-6)
    assert consistency.value == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize('values', [np.ones((5, 2)), np.ones((1, 2)), np.ones((4, 1))])
def test_icc_is_undefined_without_spread_subjects_or_observers(values):
    assert all(np.isnan(found.value) for found in statistics.icc(values))


@pytest.mark.parametrize(
    ('differences', 'error'),
    [([1, -1, 1, -1], np.sqrt(0.5)), ([2, 2], np.sqrt(2)), ([3, 0, 0, 0, 1], 1.0)],
)
def test_dahlberg(differences, error):
    assert statistics.dahlberg(differences) == pytest.approx(error)


def test_limits_of_agreement():
    found = statistics.limits_of_agreement([1, 2, 3, 4, 5])
    sd = np.sqrt(2.5)
    assert (found.bias.value, found.sd) == pytest.approx((3, sd))
    assert (found.low, found.high) == pytest.approx((3 - 1.96 * sd, 3 + 1.96 * sd))
    # t of 4 degrees of freedom: 2.7764
    assert found.bias.high == pytest.approx(3 + 2.7764 * sd / np.sqrt(5), abs=1e-4)
    assert found.limit_error == pytest.approx(2.7764 * sd * np.sqrt(3 / 5), abs=1e-4)
    assert found.p == pytest.approx(0.01324, abs=1e-5)  # t = 3 / (sd / sqrt 5) = 4.243


@pytest.mark.parametrize(
    ('p', 'adjusted'),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9], [1, 1]),
        ([np.nan, 0.02, 0.01], [np.nan, 0.02, 0.02]),
    ],
)
def test_holm(p, adjusted):
    np.testing.assert_allclose(statistics.holm(p), adjusted)


def test_bias_in_the_plane():
    # mean (1, 0); covariance diag(4/3, 1/3)
    found = statistics.bias([[2, 0.5], [0, -0.5], [2, -0.5], [0, 0.5]])
    np.testing.assert_allclose(found.mean, [1, 0])
    np.testing.assert_allclose(found.covariance, np.diag([4 / 3, 1 / 3]))
    # T2 = 4 * 1 / (4/3) = 3; F = 2 / 6 * 3 = 1 on (2, 2) degrees: p = 1 / 2
    assert found.p == pytest.approx(0.5)
    # chi2 of two degrees: 5.9915; half axes sqrt(5.9915 * 4/3), sqrt(5.9915 / 3)
    axes = np.linalg.norm(found.ellipse_of_differences(), axis=0)
    np.testing.assert_allclose(axes, [2.8265, 1.4132], atol=1e-3)


def test_bias_of_two_points_has_no_ellipse():
    assert np.isnan(statistics.bias([[1, 1], [2, 2]]).ellipse_of_bias()).all()
