import csv
import json

import pytest
import torch
from mmengine.config import Config

from mmlandmark import InputError
from mmlandmark.benchmark import comparison, comparison_table
from mmlandmark.benchmark.comparison import Run


def run(
    name, images=('a', 'b'), boxes='ground_truth', seed=0, checkpoint='epoch_2.pth'
):
    dataset = dict(data_root='data/faces', split='train')
    config = Config(
        dict(train_dataloader=dict(dataset=dataset), randomness=dict(seed=seed))
    )
    result = dict(
        metrics={'face/NME_box_sqrt': 3.0},
        images=len(images),
        boxes=boxes,
        dataset='data/faces: test',
        checkpoint=checkpoint,
    )
    return Run(name, config, 2, result, sorted(images))


ROWS = [
    {'config': 'cnn', 'parameters': 1234567, 'ms': 2.0, 'epochs': 9,
     'checkpoint': 'last epoch', 'NME': 4.125, 'AUC@0.08': 40.0, 'FR@0.08': 0.0},
    {'config': 'unet', 'parameters': 1000, 'ms': 12.346, 'epochs': 5,
     'checkpoint': 'best on val, epoch 3', 'NME': 3.5, 'AUC@0.08': 55.0, 'FR@0.08': 0.0,
     'MSE_px2': 12345.67},
    {'config': 'odd', 'parameters': 1000, 'ms': 5.0, 'epochs': 5,
     'checkpoint': 'last epoch', 'NME': float('nan'), 'AUC@0.08': 54.0,
     'FR@0.08': 0.0},
]  # fmt: skip

TABLE = """\
| config | parameters | ms | epochs | checkpoint | NME | AUC@0.08 | FR@0.08 | MSE_px2 |
| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |
| cnn | 1,234,567 | **2.000** | 9 | last epoch | 4.125 | 40.00 | 0.000 | - |
| unet | **1,000** | 12.35 | 5 | best on val, epoch 3 | **3.500** | **55.00** | 0.000 | \
**12345.7** |
| odd | **1,000** | 5.000 | 5 | last epoch | - | 54.00 | 0.000 | - |
"""


def test_the_table_has_the_best_in_bold():
    assert comparison_table.markdown(ROWS) == TABLE


def test_the_table_as_numbers(tmp_path):
    comparison_table.write_csv(ROWS, tmp_path / 'a.csv')
    with (tmp_path / 'a.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['MSE_px2'] for row in rows] == ['', '12345.67', '']
    assert rows[1]['ms'] == '12.346'


def test_the_table_on_the_screen():
    first, *_, last = comparison_table.transposed(ROWS)
    assert first == {'': 'parameters', 'cnn': 1234567, 'unet': 1000, 'odd': 1000}
    assert last == {'': 'MSE_px2', 'cnn': '-', 'unet': 12345.67, 'odd': '-'}


def test_the_line_under_the_table():
    rows = [dict(config='a', NME=1.0), dict(config='b', NME=2.0)]
    text = comparison_table.document(rows, [run('a'), run('b')], ['threads: 2'])
    assert text == (
        '| config | NME |\n| --- | ---: |\n| a | **1.000** |\n| b | 2.000 |\n\n'
        'training data: data/faces; training split: train; seed: 0; '
        'test data: data/faces: test; boxes: ground_truth; images: 2; threads: 2\n'
    )


def test_runs_that_are_not_alike_are_marked():
    runs = [run('a'), run('b', boxes='detected', seed=1), run('c')]
    printed = 'seed: a 0, b 1, c 0; boxes: a ground_truth, b detected, c ground_truth'
    assert comparison.differences(runs) == printed
    text = comparison_table.document([dict(config='a')], runs, [])
    assert text.startswith(f'**Different conditions:** {printed}\n\n| config |')
    assert 'seed: 0 | 1; ' in text.splitlines()[-1]
    assert comparison.differences([run('a'), run('b')]) == ''


@pytest.mark.parametrize(
    ('images', 'message'),
    [
        (('a', 'c'), 'tested on 2 images and y on 2, b by only one of them'),
        (('a',), 'tested on 2 images and y on 1, b by only one of them'),
        (('a', 'b', 'b'), 'tested on 2 images and y on 3: only'),
    ],
)
def test_other_test_images_are_refused(images, message):
    comparison.refuse_other_images([run('x'), run('y')])
    other = run('y', images)
    with pytest.raises(InputError, match=message):
        comparison.refuse_other_images([run('x'), run('z'), other])


def test_mistakes_of_the_user(tmp_path):
    here, there = tmp_path / 'a.py', tmp_path / 'b' / 'a.py'
    for paths, message in (
        ([here], 'nothing to compare .*a.py with'),
        ([here, there], 'are both named a: rename one'),
        ([here, 'no_such_config'], "no config or detector 'no_such_config'"),
    ):
        with pytest.raises(InputError, match=message):
            comparison.named_configs(list(map(str, paths)), tmp_path)
    out = tmp_path / 'file'
    out.write_text('')
    with pytest.raises(InputError, match='file is a file'):
        comparison.named_configs(['a.py', 'b.py'], out)
    named = comparison.named_configs(['x/a.py', 'b.py'], tmp_path / 'new')
    assert named == {'a': 'x/a.py', 'b': 'b.py'}


@pytest.mark.parametrize(
    ('log', 'status', 'line'),
    [
        ('error: no data\n', 2, 'no data'),
        ('Traceback\nRuntimeError: mat1\nmore of it\n', 1, 'RuntimeError: mat1'),
        ('a.b.CError: x\nerrors: 3\n\n', 1, 'a.b.CError: x'),
        ('Terminated\n', 1, 'Terminated'),
        ('', 1, 'no output'),
        ('epoch 1\n', -9, 'ended by signal 9'),
    ],
)
def test_why_a_tool_failed(log, status, line):
    assert comparison.last_error(log, status) == line


STOP = dict(
    type='ResumableEarlyStoppingHook', monitor='face/NME', rule='less', patience=2
)


@pytest.fixture
def half(tmp_path):
    """A run of four epochs after three, and how to write another epoch of it."""
    config = Config(
        dict(
            work_dir=str(tmp_path),
            train_cfg=dict(max_epochs=4),
            custom_hooks=[STOP],
            default_hooks=dict(checkpoint=dict(save_best=None)),
        )
    )
    scalars = tmp_path / '20260101_000000' / 'vis_data' / 'scalars.json'
    scalars.parent.mkdir(parents=True)

    def write(epoch, nme=None, waited=0):
        parts = dict(state_dict={}, optimizer={}, param_schedulers=[])
        names = ('log_scalars', 'runtime_info', 'resumed_keys')
        parts['message_hub'] = {name: {} for name in names}
        kept = dict(best_score=1.0, wait_count=waited)
        torch.save(
            dict(parts, meta=dict(epoch=epoch, iter=0), early_stopping=kept),
            tmp_path / f'epoch_{epoch}.pth',
        )
        with scalars.open('a') as file:
            if nme is not None:
                file.write(json.dumps({'face/NME': nme, 'step': epoch}) + '\n')
        return config

    return write


def test_an_absent_run(tmp_path):
    assert comparison.run_state(Config(dict(work_dir=str(tmp_path / 'no')))) == 'absent'


@pytest.mark.parametrize(
    ('epoch', 'nme', 'waited', 'state'),
    [
        (3, 0.9, 0, 'partial'),
        (4, 0.9, 0, 'complete'),
        (4, None, 0, 'partial'),  # killed before its last validation
        (3, 1.1, 1, 'complete'),  # the second epoch in turn that is no better: stopped
        (3, 0.9, 1, 'partial'),
        (3, 1.1, 0, 'partial'),
    ],
)
def test_how_far_a_run_is(half, epoch, nme, waited, state):
    assert comparison.run_state(half(epoch, nme, waited)) == state


def test_a_run_without_its_best_is_half(half):
    config = half(4, 0.9)
    config.default_hooks.checkpoint.save_best = 'face/NME'
    assert comparison.run_state(config) == 'partial'
