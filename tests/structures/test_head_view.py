"""How a head lies in an image."""

import pytest

from mmlandmark.structures.head_view import HeadView


@pytest.mark.parametrize(
    ('rotation', 'turns'),
    [(0, 0), (30, 0), (-44, 0), (46, 3), (90, 3), (-90, 1), (180, 2), (-179, 2)],
)
def test_quarter_turns_make_a_head_most_upright(rotation, turns):
    assert HeadView('right', rotation).quarter_turns == turns
