"""Several models of heads in one table."""

from argparse import Namespace

import pytest

from mmlandmark import InputError
from mmlandmark.benchmark import view_robustness
from mmlandmark.cli.robustness import head_rows


def test_errors_in_mm_and_in_percent_are_not_in_one_table(monkeypatch):
    units = dict(a=view_robustness.MM, b=view_robustness.PERCENT)
    monkeypatch.setattr(
        view_robustness, 'annotated_images', lambda config: ([], units[config])
    )
    models = [(name, name, 'x.pth') for name in 'ab']
    args = Namespace(device=None, backend='auto', models=[], cfg_options=None)
    with pytest.raises(InputError, match='measure them separately'):
        next(head_rows(args, models))
