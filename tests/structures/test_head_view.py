"""How a head lies in an image."""

import pytest

from mmlandmark.errors import InputError
from mmlandmark.structures.head_view import HeadView


@pytest.mark.parametrize(
    ('rotation', 'turns'),
    [(0, 0), (30, 0), (-44, 0), (46, 3), (90, 3), (-90, 1), (180, 2), (-179, 2)],
)
def test_quarter_turns_make_a_head_most_upright(rotation, turns):
    assert HeadView('right', rotation).quarter_turns == turns


def test_another_head_is_kept_in_files_and_told():
    view = HeadView('right', another=True)
    assert HeadView.from_dict(view.to_dict()) == view
    assert view.remarks() == (
        'the image seems to show a second head: crop it to one head',
    )


def test_files_without_another_head_are_read():
    values = {'facing': 'right', 'rotation': 0.0, 'negative': False}
    assert HeadView.from_dict(values) == HeadView('right')


@pytest.mark.parametrize('another', [1, None, 'yes'])
def test_another_head_is_a_truth_value(another):
    values = HeadView('right').to_dict() | {'another': another}
    with pytest.raises(InputError, match='not a view of a head'):
        HeadView.from_dict(values)
