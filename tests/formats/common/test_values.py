import math

import pytest

from mmlandmark import InputError
from mmlandmark.formats.common.values import identifier, number, shown
from mmlandmark.structures.sample import ReadReport


@pytest.mark.parametrize(('value', 'expected'), [(3, 3.0), (-1.5, -1.5), (0, 0.0)])
def test_numbers(value, expected):
    assert number(value, 'x') == expected


@pytest.mark.parametrize('value', [None, math.nan])
def test_missing_numbers(value):
    assert math.isnan(number(value, 'x'))


@pytest.mark.parametrize('value', ['3', True, [1], {}, math.inf, -math.inf, 10**400])
def test_what_is_no_number_is_named(value):
    with pytest.raises(InputError, match=r'^x is '):
        number(value, 'x')


@pytest.mark.parametrize(
    ('value', 'expected'), [(3, 3), (3.0, 3), ('3', '3'), (-1, -1)]
)
def test_ids(value, expected):
    found = identifier(value, 'its id')
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize('value', [3.5, None, True, [3], math.nan, math.inf])
def test_what_is_no_id_is_named(value):
    with pytest.raises(InputError, match=r'^its id is '):
        identifier(value, 'its id')


@pytest.mark.parametrize(
    'value', ['x' * 99, 10**300, list(range(999)), {'a': 'b' * 99}]
)
def test_messages_stay_short(value):
    assert len(shown(value)) <= 40


def test_samples_left_out_are_counted_by_reason():
    report = ReadReport()
    report.skip('a', 'no image at /data/p 1/a.png')
    report.skip('b', 'no image at /data/b.png')
    report.skip('c', "no image 'c.png' in /data or below it")
    report.skip('d', '7 numbers, 9 are needed (x, y, v)')
    report.skip('e', '8 numbers, 9 are needed (x, y, v)')
    assert report.reasons() == {
        'no image at ...': 2,
        'no image ... in ... or below it': 1,
        '... numbers, ... are needed (x, y, v)': 2,
    }
