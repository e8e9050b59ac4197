"""The summary of a run, and its workers; tests/e2e/test_runs.py tests whole runs."""

from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from mmlandmark import InputError
from mmlandmark.inference.backends.runtimes import threads
from mmlandmark.inference.batch import workers
from mmlandmark.inference.batch.predictor import PredictOptions
from mmlandmark.inference.batch.run import BatchSummary, summary_lines
from mmlandmark.inference.batch.workers import (
    device_of,
    gathered,
    launched,
    share_cores,
    worker_pool,
)


def record(name, *low_confidence):
    points = [dict(x=0, y=0, low_confidence=flag) for flag in low_confidence]
    return dict(image=f'in/{name}', predictions=[dict(points=points)] if points else [])


def test_every_record_is_counted_once():
    summary = BatchSummary(finished=2)
    for one in (
        record('a.png', True, False, True),
        record('b.png', False),
        record('none.png'),
        dict(image='in/bad.png', error='in/bad.png is not an image'),
    ):
        summary.add(one)
    assert summary == BatchSummary(
        found=3,
        finished=2,
        skipped=['in/bad.png is not an image'],
        reasons=Counter({'is not an image': 1}),
        without_head=['none.png'],
        low_confidence=[('a.png', 2)],
    )
    text = '\n'.join(summary_lines(summary, None, Path('p.csv')))
    for expected in (
        'a.png: 2 points of low confidence',
        '3 images: points in p.csv',
        '2 images already in the results, not predicted again',
        'not calibrated',
        'no face found in none.png',
        'skipped: in/bad.png is not an image',
    ):
        assert expected in text


def test_what_is_skipped_is_counted_by_reason():
    summary = BatchSummary()
    for name in ('a', 'b', 'c'):
        reason = 'cannot be read: no memory' if name == 'b' else 'is not an image'
        path = f'in/{name}.png'
        summary.add(dict(image=path, error=f'{path} {reason}'))
    lines = summary_lines(summary, None, Path('p.csv'))
    assert lines[-2:] == [
        '  skipped 2 images: is not an image',
        '  skipped 1 image: cannot be read: no memory',
    ]


def test_a_name_that_is_not_unicode_can_be_printed():
    summary = BatchSummary()
    summary.add(dict(image='in/caf\udce9.png', error='in/caf\udce9.png is empty'))
    assert '  skipped: in/caf\\xe9.png is empty' in summary_lines(
        summary, None, Path('p.csv')
    )


@pytest.mark.parametrize(
    ('settings', 'gpus', 'number', 'expected'),
    [
        (PredictOptions('m'), 0, 3, None),
        (PredictOptions('m', device='cpu'), 2, 1, 'cpu'),
        (PredictOptions('m'), 2, 0, 'cuda:0'),
        (PredictOptions('m'), 2, 3, 'cuda:1'),
        # exported models run on the CPU
        (PredictOptions('m', backend='openvino'), 2, 0, None),
        (PredictOptions('m.onnx'), 2, 0, None),
    ],
)
def test_processes_take_the_gpus_in_turn(monkeypatch, settings, gpus, number, expected):
    monkeypatch.setattr('torch.cuda.device_count', lambda: gpus)
    monkeypatch.setattr(workers, 'has_gpu', lambda: gpus > 0)
    assert device_of(settings, number) == expected


def test_compiled_networks_take_their_share_of_the_cores(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '8')
    monkeypatch.setattr('torch.get_num_threads', lambda: 8)
    monkeypatch.setattr('torch.set_num_threads', lambda number: None)
    monkeypatch.setattr('cv2.setNumThreads', lambda number: None)
    share_cores(4)
    assert threads() == 2


def test_one_process_has_rank_0_of_1(monkeypatch):
    monkeypatch.delenv('WORLD_SIZE', raising=False)
    with launched() as place:
        assert place == (0, 1)
    assert gathered('mine', 1) == ['mine']


def test_a_worker_that_dies_is_one_line():
    message = 'a worker has died.*use fewer workers'
    with pytest.raises(InputError, match=message), worker_pool(PredictOptions('m'), 2):
        raise BrokenProcessPool  # as the result of a task raises it
