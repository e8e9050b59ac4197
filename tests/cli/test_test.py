"""Options of ``mmlandmark test`` that a kind of config does not have."""

from argparse import Namespace
from pathlib import Path

import pytest
from mmengine.config import Config

from mmlandmark import InputError
from mmlandmark.cli.test import refuse_unfit_options

NOTHING = dict(
    occluded=None, occluded_list=None, sheet=None, mean_shape=False, reliability=None
)


@pytest.mark.parametrize(
    ('config', 'given', 'message'),
    [
        (
            dict(scheme='ibug68'),
            dict(occluded=0.2),
            'occluded is not for a config of landmarks',
        ),
        (
            dict(parts='lapa11'),
            dict(sheet=Path('a.png')),
            'sheet is not for a config of face parts',
        ),
        (
            dict(parts='lapa11'),
            dict(mean_shape=True),
            '--mean-shape is not for a config of face parts',
        ),
        (
            dict(parts='lapa11'),
            dict(occluded_list=Path('no')),
            'no list of photographs',
        ),
    ],
)
def test_what_does_not_go_together(config, given, message):
    refuse_unfit_options(Config(config), Namespace(**NOTHING))
    with pytest.raises(InputError, match=message):
        refuse_unfit_options(Config(config), Namespace(**{**NOTHING, **given}))
