import numpy as np
import pytest

from mmlandmark import Prediction

NAMES = ('sella', 'nasion', 'porion')


def prediction(**kwargs):
    return Prediction(
        points=np.array([[1.0, 2], [3, 4], [5, 6]]),
        scores=np.array([0.5, 0.6, 0.7]),
        names=NAMES,
        labels=('S', 'N', 'Po'),
        box=(0, 0, 99, 99),
        **kwargs,
    )


ERRORS = dict(expected_errors=np.array([1.0, 12, 20]), usual_error=5.0)


@pytest.mark.parametrize(
    ('known', 'keys', 'last'),
    [
        ({}, {'score'}, {}),
        (dict(spacing=(0.1, 0.1)), {'score'}, {}),
        (ERRORS, {'score', 'expected_error'}, dict(expected_error=20)),
        (
            # 0.15 mm a pixel in the mean of both ways
            dict(spacing=(0.1, 0.2), **ERRORS),
            {'score', 'expected_error', 'expected_error_mm'},
            dict(expected_error=20, expected_error_mm=3),
        ),
    ],
)
def test_plain_values_hold_what_is_known(known, keys, last):
    points = prediction(**known).to_dict()['points']
    assert [set(point) for point in points] == [{'name', 'x', 'y'} | keys] * 3
    assert points[2].items() >= last.items()


@pytest.mark.parametrize(
    ('known', 'limits', 'doubtful'),
    [
        ({}, {}, None),
        (dict(spacing=(0.1, 0.1)), {}, None),
        (ERRORS, {}, [False, True, True]),  # above twice the usual 5 px
        (ERRORS, dict(mm=0.01, times=3), [False, False, True]),
        (dict(spacing=(0.1, 0.1), **ERRORS), {}, [False, False, False]),  # 2 is not > 2
        (dict(spacing=(0.1, 0.1), **ERRORS), dict(mm=1), [False, True, True]),
    ],
)
def test_doubtful_points(known, limits, doubtful):
    found = prediction(**known).doubtful(**limits)
    assert (found if found is None else found.tolist()) == doubtful
