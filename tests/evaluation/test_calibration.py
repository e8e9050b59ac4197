import json

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.evaluation.calibration import (
    Calibration,
    best_shrinkage,
    fit_calibration,
    held_out_errors,
)

NAMES = ('sella', 'nasion', 'porion')
LINE = Calibration(2.0, 0.5, 4.0, {'sella': 1.0, 'nasion': 1.5, 'porion': 0.5}, 3.0)


def drawn(images, factors, noise=0.5, seed=0):
    """Heatmap errors, a tenth of them below 4, and errors near ``LINE``."""
    generator = np.random.default_rng(seed)
    heatmap_errors = np.linspace(3, 13, images * len(factors))
    heatmap_errors = generator.permutation(heatmap_errors).reshape(images, len(factors))
    scatter = generator.uniform(1 - noise, 1 + noise, heatmap_errors.shape)
    errors = (2 + 0.5 * np.maximum(heatmap_errors - 4, 0)) * np.array(factors) * scatter
    return heatmap_errors, errors


@pytest.mark.parametrize(
    ('heatmap_errors', 'expected'),
    [
        ([4, 4, 4], [2, 3, 1]),
        ([1, 0, 3.9], [2, 3, 1]),  # sharper than the sharpest
        ([[6, 6, 6], [104, 4, 4]], [[3, 4.5, 1.5], [52, 3, 1]]),
        ([np.nan, 6, 4], [np.nan, 4.5, 1]),
    ],
)
def test_expected_errors(heatmap_errors, expected):
    np.testing.assert_allclose(LINE(np.array(heatmap_errors, float)), expected)


def test_the_map_is_found_again():
    heatmap_errors, errors = drawn(30, (1.0, 1.5, 0.5), noise=0)
    found = fit_calibration(heatmap_errors, errors, NAMES, 1e-9)
    assert found.sharpest == pytest.approx(4)
    assert found.slope / found.floor == pytest.approx(0.25, rel=0.01)
    np.testing.assert_allclose(found(heatmap_errors), errors, rtol=0.01)
    assert found.median_expected_error == pytest.approx(np.median(errors), rel=0.01)


def test_missing_points_count_nowhere():
    heatmap_errors, errors = drawn(30, (1.0, 1.0, 1.0), noise=0)
    whole = fit_calibration(heatmap_errors, errors, NAMES, 1.0)
    errors[:, 2] = np.nan
    errors[0, 0] = np.inf
    found = fit_calibration(heatmap_errors, errors, NAMES, 1.0)
    assert found.factors['porion'] == 1
    np.testing.assert_allclose(found(heatmap_errors), whole(heatmap_errors), rtol=0.05)


def test_an_expected_error_never_falls_with_the_heatmap_error():
    heatmap_errors, _ = drawn(30, (1.0, 1.0, 1.0))
    found = fit_calibration(heatmap_errors, 1 / heatmap_errors, NAMES, 1.0)
    assert 0 <= found.slope < 1e-4


def test_one_gross_error_moves_little():
    heatmap_errors, errors = drawn(30, (1.0,) * 19)
    names = [str(k) for k in range(19)]
    before = fit_calibration(heatmap_errors, errors, names, 10.0)(heatmap_errors)
    errors[0, 0] *= 10
    moved = np.abs(
        fit_calibration(heatmap_errors, errors, names, 10.0)(heatmap_errors) / before
        - 1
    )
    # one of 30 ratios of its landmark changes from 1 to 10; the prior counts as 10 ratios
    assert moved[:, 0].max() < 0.4
    assert moved[:, 1:].max() < 0.05


def test_own_factors_are_believed_where_they_help():
    alike = best_shrinkage(*drawn(30, (1.0,) * 8))
    different = best_shrinkage(*drawn(30, (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5)))
    assert different <= 3
    assert alike >= 100


def test_left_out_images_do_not_see_themselves():
    heatmap_errors, errors = drawn(20, (1.0, 1.0, 1.0))
    before = held_out_errors(heatmap_errors, errors, 10.0)
    errors[7] *= 5
    after = held_out_errors(heatmap_errors, errors, 10.0)
    np.testing.assert_allclose(after[7], before[7])
    assert not np.allclose(after, before)
    with pytest.raises(InputError, match='9 images are too few: give at least 10'):
        held_out_errors(heatmap_errors[:9], errors[:9], 10.0)


def test_plain_values_and_back():
    values = json.loads(json.dumps({**LINE.to_dict(), 'split': 'val.json'}))
    assert Calibration.from_dict(values, NAMES) == LINE
    # in the order of the points wanted
    turned = Calibration.from_dict(values, NAMES[::-1])
    np.testing.assert_allclose(turned(np.array([1.0, 1, 1])), [1, 3, 2])


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(slope='two'), 'not a calibration'),
        (dict(factors=[1, 2, 3]), 'not a calibration'),
        (dict(factors={'sella': 1.0}), 'the calibration is of other points than sella'),
    ],
)
def test_what_is_no_calibration(change, message):
    with pytest.raises(InputError, match=message):
        Calibration.from_dict({**LINE.to_dict(), **change}, NAMES)
