from types import SimpleNamespace

import pytest

from mmlandmark.engine.runner import TrainingRunner


@pytest.mark.parametrize(
    ('epoch', 'changed', 'expected'),
    [
        (1, [], []),
        (2, [], ['nothing to train: a.pth has 2 epochs and train_cfg.max_epochs is 2']),
        (3, [], ['nothing to train: a.pth has 3 epochs']),
        (1, ['x 1 (config: 2)', 'y 3 (config: 4)'], ['x 1 (config: 2); y 3']),
    ],
)
def test_a_resume_reports_what_the_config_does_not_change(epoch, changed, expected):
    logged = []
    runner = SimpleNamespace(
        epoch=epoch, max_epochs=2, logger=SimpleNamespace(warning=logged.append)
    )
    TrainingRunner._report_resume(runner, 'a.pth', changed)
    assert len(logged) == len(expected)
    assert all(text in line for text, line in zip(expected, logged, strict=True))
