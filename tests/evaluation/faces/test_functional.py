import warnings

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.evaluation.faces.functional import (
    accuracy,
    allowed_kinds,
    area_under_curve,
    ced,
    failure_rate,
    mean_squared_error,
    normalised_mean_errors,
    normalisers,
    scaled_errors,
)
from mmlandmark.schemes import IBUG68, PHOTO19, Scheme

NAN, INF = np.nan, np.inf
#: Five points: two corners of eyes, and three that are two pupils.
EYES = Scheme(
    'eyes', tuple('abcde'), tuple('abcde'), ocular=(0, 3), pupils=((1,), (2, 4))
)
# outer corners 3-4-5 apart; pupils (2, 2) and the mean of (5, 6), (11, 6): 6-4 apart
FACE = [(0, 0), (2, 2), (5, 6), (3, 4), (11, 6)]
# both corners of the eyes and one pupil; another whose corner is missing
BLIND = [(NAN, NAN), (2, 2), (2, 2), (3, 4), (2, 2)]
EMPTY = [(NAN, NAN)] * 5
ONE = [(7, 7)] + [(NAN, NAN)] * 4


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield


@pytest.mark.parametrize(
    ('kind', 'expected'),
    [
        ('interocular', [5, NAN, NAN, NAN]),
        ('interpupil', [52**0.5, NAN, NAN, NAN]),  # a length of 0 is invalid
        ('box_sqrt', [66**0.5, 2**0.5, NAN, NAN]),  # 11 x 6, and 1 x 2
        ('box_max', [11, 2, NAN, NAN]),
        ('diagonal', [157**0.5, 5**0.5, NAN, NAN]),
    ],
)
def test_normalisers(kind, expected):
    truth = np.array([FACE, BLIND, EMPTY, ONE], float)
    np.testing.assert_allclose(normalisers(truth, kind, EYES), expected)


def test_normalisers_of_300w():
    truth = np.zeros((1, 68, 2))
    truth[0, 36], truth[0, 45] = (10, 20), (40, 60)
    np.testing.assert_allclose(normalisers(truth, 'interocular', IBUG68), [50])
    # means of six points each: an outer corner has a weight of a sixth
    np.testing.assert_allclose(normalisers(truth, 'interpupil', IBUG68), [50 / 6])


@pytest.mark.parametrize(
    ('scheme', 'allowed'),
    [
        (None, ('box_sqrt', 'box_max', 'diagonal')),
        (PHOTO19, ('box_sqrt', 'box_max', 'diagonal')),
        (IBUG68, ('interocular', 'interpupil', 'box_sqrt', 'box_max', 'diagonal')),
    ],
)
def test_allowed_kinds(scheme, allowed):
    assert allowed_kinds(scheme) == allowed


@pytest.mark.parametrize(
    ('shape', 'kind', 'scheme', 'message'),
    [
        (
            (1, 19, 2),
            'interocular',
            PHOTO19,
            "no NME by 'interocular': .* allow box_sqrt",
        ),
        ((1, 68, 2), 'interpupil', None, "no NME by 'interpupil'"),
        ((1, 68, 2), 'bbox_size', IBUG68, "no NME by 'bbox_size'"),
        ((1, 5, 2), 'interocular', IBUG68, '5 points are not the 68 of scheme ibug68'),
        ((68, 2), 'box_sqrt', None, r'\(N, K, 2\)'),
    ],
)
def test_normalisers_refuse(shape, kind, scheme, message):
    with pytest.raises(ValueError, match=message):
        normalisers(np.zeros(shape), kind, scheme)


@pytest.mark.parametrize(
    ('radial', 'normaliser', 'expected'),
    [
        ([[1, 2, 3], [5, 5, 8]], [100, 50], [0.02, 0.12]),
        ([[1, NAN, 3], [NAN, NAN, 8]], [100, 50], [0.02, 0.16]),
        ([[1, INF, 3], [NAN, NAN, INF]], [100, 50], [INF, INF]),
        ([[NAN] * 3, [1, 2, 3]], [100, NAN], [NAN, NAN]),
    ],
)
def test_nme(radial, normaliser, expected):
    nme = normalised_mean_errors(np.array(radial), np.array(normaliser))
    np.testing.assert_allclose(nme, expected)


def test_images_weigh_alike_however_many_points_they_have():
    radial = np.array([[1, 1, 1], [9, NAN, NAN]])
    sizes = np.array([100.0, 100])
    assert normalised_mean_errors(radial, sizes).mean() == pytest.approx(0.05)
    pooled = np.nanmean(radial / sizes[:, None])
    assert pooled == pytest.approx(0.03)  # not it


@pytest.mark.parametrize(
    ('nme', 'threshold', 'rate', 'area'),
    [
        # (1 - 0.25 + 1 - 0.75) / 2
        ([0.02, 0.06], 0.08, 0, 0.5),
        ([0.02, 0.12], 0.08, 50, 0.375),
        ([0.02, 0.12, NAN], 0.08, 50, 0.375),  # missing: counted nowhere
        ([0.02, INF], 0.08, 50, 0.375),  # infinite: failed
        ([0.08], 0.08, 0, 0),  # the threshold itself is not a failure
        ([0.1 + 0.2 - 0.2], 0.1, 0, 0),  # nor by a rounding error
        ([0.0, 0.0], 0.08, 0, 1),
        ([INF, INF], 0.08, 100, 0),
        ([NAN], 0.08, NAN, NAN),
        ([], 0.08, NAN, NAN),
    ],
)
def test_failure_rate_and_area(nme, threshold, rate, area):
    nme = np.array(nme, float)
    assert failure_rate(nme, threshold) == pytest.approx(rate, nan_ok=True)
    assert area_under_curve(nme, threshold) == pytest.approx(
        area, nan_ok=True, abs=1e-12
    )


@pytest.mark.parametrize('threshold', [0.05, 0.07, 0.08, 0.1])
def test_area_is_the_integral_of_the_steps(threshold):
    nme = np.random.default_rng(0).gamma(3, 0.02, 200)
    grid = (np.arange(200_000) + 0.5) / 200_000 * threshold
    steps = np.searchsorted(np.sort(nme), grid, side='right') / len(nme)
    area = area_under_curve(nme, threshold)
    assert area == pytest.approx(steps.mean(), abs=1e-5)
    # FAN: 1000 bins on 0..1, the share of images below each, averaged up to the threshold
    bins = round(1000 * threshold)
    edges = np.linspace(0, 1, 1001)[1 : bins + 1]
    fan = np.mean([(nme < edge).mean() for edge in edges])
    assert 0 < fan - area < 0.001 / threshold


def test_ced():
    errors, fractions = ced(np.array([0.3, NAN, 0.1, INF, 0.2]))
    np.testing.assert_array_equal(errors, [0.1, 0.2, 0.3, INF])
    np.testing.assert_array_equal(fractions, [0.25, 0.5, 0.75, 1])
    errors, fractions = ced(np.array([NAN]))
    assert errors.shape == fractions.shape == (0,)


def test_accuracy_is_of_crops_of_one_side():
    # 6 and 7 pixels in a crop of 512 are 3 and 3.5 in 256; 1.5 and 1.6 of 128: 3 and 3.2
    errors = scaled_errors(np.array([[6, 7], [1.5, NAN]]), np.array([512, 128]), 256)
    np.testing.assert_allclose(errors, [[3, 3.5], [3, NAN]])
    assert accuracy(errors, 3) == pytest.approx(200 / 3)
    np.testing.assert_allclose(accuracy(errors, 3, axis=0), [100, 0])
    assert accuracy(np.array([INF, 1]), 3) == 50


@pytest.mark.parametrize(
    ('errors', 'expected'),
    [
        ([[5, NAN]], 12.5),  # a distance of 5 by 3 and 4: (9 + 16) / 2
        ([[5, 1], [NAN, 1]], 4.5),
        ([[INF, 1]], INF),
        ([[NAN]], NAN),
    ],
)
def test_mean_squared_error(errors, expected):
    assert mean_squared_error(np.array(errors)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize('threshold', [0, -0.08, INF, NAN])
@pytest.mark.parametrize('function', [failure_rate, area_under_curve, accuracy])
def test_thresholds_that_are_none(function, threshold):
    with pytest.raises(InputError, match='above 0 and finite'):
        function(np.array([0.1]), threshold)
