from collections import Counter

import pytest
import torch

from mmlandmark import InputError
from mmlandmark.engine.training_state import changed_settings, require_like


@pytest.mark.parametrize(
    ('saved', 'message'),
    [
        (dict(a=1, b=(1, 2), c=None, d=False), None),
        (dict(a=0.5, b=[1, 2], c=True, d=False), None),
        (dict(a=1, b=(1, 2), c=None), 'x differs in d'),
        (dict(a='1', b=(1, 2), c=None, d=False), 'x.a is a str, not a number'),
        (dict(a=1, b=(1,), c=None, d=False), 'x.b has 1 entries, not 2'),
        (dict(a=1, b=7, c=None, d=False), 'x.b is a number, not a tuple'),
        (dict(a=1, b=(1, {}), c=None, d=False), 'x.b.1 is a dict, not a number'),
        (dict(a=1, b=(1, 2), c=None, d=True), 'x.d is True, not False'),
    ],
)
def test_a_state_with_the_keys_and_types_of_another(saved, message):
    own = dict(a=1, b=(1, 2), c=None, d=False)
    if message is None:
        require_like(saved, own, 'x', flags=True)
        return
    with pytest.raises(InputError, match=message):
        require_like(saved, own, 'x', flags=True)


class Schedule:
    """The part of a scheduler that is compared."""

    def __init__(self, **state):
        self.state_dict = lambda: state


@pytest.mark.parametrize(
    ('saved', 'settings', 'expected'),
    [
        ({}, {}, []),
        (dict(last_step=7, _last_value=[0.2], base_values=[0.3]), {}, []),
        (dict(T_max=20), {}, ['Schedule.T_max 20 (config: 40)']),
        (
            dict(milestones=Counter({3: 1})),
            {},
            ['Schedule.milestones [3] (config: [2, 5])'],
        ),
        ({}, dict(lr=0.2), ['optimizer.initial_lr 0.1 (config: 0.2)']),
        ({}, dict(momentum=0.9), ['optimizer.momentum 0 (config: 0.9)']),
    ],
)
def test_settings_that_a_resume_overrides(saved, settings, expected):
    schedule = dict(T_max=40, milestones=Counter({5: 1, 2: 1}), last_step=0)
    schedule |= dict(_last_value=[0.1], base_values=[0.1])

    def optimizer(**settings):
        weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
        groups = [dict(params=[weight]) for weight in weights]
        made = torch.optim.SGD(groups, **settings)
        for group in made.param_groups:  # as a scheduler does
            group['initial_lr'] = group['lr']
        return made

    own = optimizer(**dict(lr=0.1) | settings)
    state = optimizer(lr=0.1)
    for group in state.param_groups:
        group['lr'] = 0.01  # scheduled
    checkpoint = dict(
        optimizer=state.state_dict(), param_schedulers=[{**schedule, **saved}]
    )
    found = changed_settings(checkpoint, own, [Schedule(**schedule)])
    assert found == expected
