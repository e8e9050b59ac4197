import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlandmark import InputError, PixelSpacing

SIDES = st.floats(1e-6, 1e6)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (None, None),
        (0.1, PixelSpacing(0.1, 0.1, 'given')),
        (1, PixelSpacing(1.0, 1.0)),
        (np.float32(0.5), PixelSpacing(0.5, 0.5)),
        ((0.2, 0.1), PixelSpacing(0.2, 0.1)),
        (np.array([0.2, 0.1]), PixelSpacing(0.2, 0.1)),
        (PixelSpacing(0.2, 0.1, 'a ruler'), PixelSpacing(0.2, 0.1, 'a ruler')),
    ],
)
def test_a_caller_may_give_it_in_any_form(value, expected):
    assert PixelSpacing.of(value) == expected


@pytest.mark.parametrize(
    'value',
    [
        *(0, -1, True, np.True_, 'x', b'x', float('nan'), float('inf'), 10**400),
        *(
            (0.1,),
            (0.1, 0.2, 0.3),
            (0.1, '0.1'),
            (0.1, None),
            (0, 1),
            (1, True),
            {},
            [],
            [[1], [2, 3]],
        ),
    ],
)
def test_what_is_not_two_positive_numbers_is_refused(value):
    with pytest.raises(InputError, match='is not two positive numbers'):
        PixelSpacing.of(value)


@pytest.mark.parametrize('value', [0.1, 5, (1,), (0, 1), 'ab'])
def test_a_file_holds_a_pair(value):
    assert PixelSpacing.from_pair([0.2, 0.1], 'x') == PixelSpacing(0.2, 0.1, 'x')
    with pytest.raises(InputError, match='is not two positive numbers'):
        PixelSpacing.from_pair(value)


def test_a_source_is_text():
    with pytest.raises(InputError, match='source of a spacing is text'):
        PixelSpacing(1, 1, None)


@given(SIDES, SIDES, st.text())
def test_it_is_read_back_from_json_equal(sy, sx, source):
    spacing = PixelSpacing(sy, sx, source)
    values = json.loads(json.dumps(spacing.to_dict()))
    assert PixelSpacing.from_dict(values) == spacing


@pytest.mark.parametrize(
    'values', [None, 1, [0.1, 0.1], {}, dict(sy=1, sx=1), dict(sy=1, source='')]
)
def test_values_of_another_form(values):
    with pytest.raises(InputError, match='not an object with "sy", "sx"'):
        PixelSpacing.from_dict(values)


def test_lengths_do_not_change_with_the_size_of_the_image():
    spacing = PixelSpacing(0.2, 0.1, 'PixelSpacing').scaled(0.5, 2)
    assert spacing == PixelSpacing(0.4, 0.05, 'PixelSpacing')
    assert spacing.mean == pytest.approx(0.225)
    assert spacing.pair == (0.4, 0.05)
    np.testing.assert_array_equal(spacing.xy, [0.05, 0.4])
