import numpy as np
import pytest

from mmlandmark.evaluation.reliability import (
    miscalibration,
    rank_correlation,
    reliability,
    reliability_curve,
)

NAN = np.nan


@pytest.mark.parametrize(
    ('expected', 'errors', 'bins', 'rows'),
    [
        # (n, mean expected, mean observed, % above twice the expected)
        ([1, 2, 3, 4], [1, 1, 7, 4], 2, [(2, 1.5, 1, 0), (2, 3.5, 5.5, 50)]),
        ([4, 1, 3, 2], [4, 1, 7, 1], 2, [(2, 1.5, 1, 0), (2, 3.5, 5.5, 50)]),
        ([[1, NAN], [2, 3]], [[3, 9], [NAN, 3]], 2, [(1, 1, 3, 100), (1, 3, 3, 0)]),
        ([1, 2, 3], [2, 4, np.inf], 1, [(2, 1.5, 3, 0)]),  # twice is not above twice
        ([1], [3], 10, [(1, 1, 3, 100)]),
    ],
)
def test_curve(expected, errors, bins, rows):
    keys = ('n', 'expected', 'observed', 'above_twice')
    found = reliability_curve(np.array(expected, float), np.array(errors, float), bins)
    assert found == [dict(zip(keys, row, strict=True)) for row in rows]


def test_miscalibration_weighs_bins_by_their_points():
    rows = [dict(n=3, expected=1, observed=2), dict(n=1, expected=5, observed=2)]
    assert miscalibration(rows) == (3 * 1 + 1 * 3) / 4


@pytest.mark.parametrize(
    ('errors', 'correlation'),
    [
        ([1, 2, 3, 40], 1),
        ([4, 3, 2, 1], -1),
        # ranks 1 3 2 4: 1 - 6 (0 + 1 + 1 + 0) / (4 * 15)
        ([1, 3, 2, 4], 0.8),
        ([1, 1, 1, 1], NAN),
        ([1, NAN, NAN, NAN], NAN),
    ],
)
def test_rank_correlation(errors, correlation):
    expected = np.array([1.0, 2, 3, 4])
    found = rank_correlation(expected, np.array(errors, float))
    assert found == pytest.approx(correlation, nan_ok=True)


def test_errors_of_a_round_gaussian_are_reliable():
    generator = np.random.default_rng(0)
    sigma = generator.uniform(0.5, 3, (2000, 19))
    offsets = generator.normal(size=(2000, 19, 2)) * sigma[..., None]
    expected = sigma * np.sqrt(np.pi / 2)
    report = reliability(expected, np.hypot(*np.moveaxis(offsets, -1, 0)), 'mm')
    assert report['unit'] == 'mm'
    assert report['miscalibration'] < 0.05
    assert report['above_twice'] == pytest.approx(100 * np.exp(-np.pi), abs=0.3)
    assert sum(row['n'] for row in report['bins']) == 2000 * 19
