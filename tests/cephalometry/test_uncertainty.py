import numpy as np
import pytest
from plumb_head import NAMES, plumb

from mmlandmark.cephalometry import DEFINITIONS, measure
from mmlandmark.cephalometry.uncertainty import MEAN_ERROR_OVER_SD

SD = 1.0  # of each coordinate, in mm


def uncertainties(sd=SD, spacing=1.0, **moved):
    errors = np.full(len(NAMES), sd * MEAN_ERROR_OVER_SD / spacing)
    return measure(plumb(**moved) / spacing, NAMES, spacing, expected_errors=errors)


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('S-N', 2**0.5),  # both ends along the line
        # two points 50 mm apart turn the line by sqrt(2) / 50; S-N by sqrt(2) / 70. N is
        # an end of both: sideways of N-A it turns one, along it the other
        ('SNA', np.degrees((2 / 50**2 + 2 / 70**2) ** 0.5)),
        ('PP-GoMe', np.degrees((2 / 50**2 + 2 / 7200) ** 0.5)),
    ],
)
def test_to_first_order_by_hand(name, expected):
    assert uncertainties()[name].uncertainty == pytest.approx(expected, rel=1e-3)


def test_pixels_of_any_size_give_the_same():
    fine, coarse = uncertainties(spacing=0.1), uncertainties(spacing=0.5)
    for name in DEFINITIONS:
        assert fine[name].uncertainty == pytest.approx(
            coarse[name].uncertainty, rel=1e-4
        )


def test_agrees_with_drawing_points_at_random():
    rng = np.random.default_rng(0)
    moved = dict(Subspinale=(76, 51), ANS=(80, 48), Lower_incisor_apex=(60, 90))
    head = plumb(**moved)
    draws = head + rng.normal(0, 0.8, (20000, *head.shape))
    drawn = measure(draws, NAMES, 1.0)
    for name, found in uncertainties(0.8, **moved).items():
        assert found.uncertainty == pytest.approx(
            np.std(drawn[name].value), rel=0.06
        ), name


def test_not_known_without_expected_errors():
    assert np.isnan(measure(plumb(), NAMES, 1.0)['SNA'].uncertainty)
    errors = np.ones(len(NAMES))
    errors[NAMES.index('Subspinale')] = np.nan
    found = measure(plumb(), NAMES, 1.0, expected_errors=errors)
    assert np.isnan(found['SNA'].uncertainty)
    assert np.isfinite(found['SNB'].uncertainty)
    # a point that was set by hand has no error
    errors[:] = 0
    assert measure(plumb(), NAMES, 1.0, expected_errors=errors)['SNA'].uncertainty == 0
