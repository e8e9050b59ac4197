"""The tool's three comparisons on the smallest models, seconds each."""

import json
import multiprocessing
import signal
import subprocess
import time

import fork_server
import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT, one_line_error, save_untrained

from mmlandmark import InputError, Prediction
from mmlandmark.benchmark import runner as sides_module
from mmlandmark.benchmark import timing as benchmark
from mmlandmark.benchmark.reading import generated, reading
from mmlandmark.benchmark.runner import BenchmarkCase
from mmlandmark.cli import main
from mmlandmark.engine.config import load_config


@pytest.fixture(autouse=True)
def _not_stuck():
    """Fail where a side does not answer, and kill the sides."""

    def stop(*_):
        for process in multiprocessing.active_children():
            process.kill()
        pytest.fail(f'no answer within {fork_server.LIMIT} s')

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(fork_server.LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def forked_sides(monkeypatch):
    """Fork the cases from a process that has done the imports, as a test waits for them."""
    first = fork_server.forking().Process(target=int)  # waits for the server's own
    first.start()
    first.join()
    monkeypatch.setattr(sides_module, 'get_context', lambda _: fork_server.forking())


def counting(start):
    count = iter(range(start, 100))
    return lambda: next(count)


def failing():
    raise InputError('this side has no data')


def test_sides_take_turns_in_processes_of_their_own():
    sides = [
        BenchmarkCase('a', counting, dict(start=0)),
        BenchmarkCase('b', counting, dict(start=10)),
    ]
    sides_module.measure(sides, blocks=2, steps=2)
    # the first step of each block is not counted
    assert sides[0].values == [1, 2, 4, 5]
    assert sides[1].values == [11, 12, 14, 15]
    assert all(len(side.seconds) == 4 and side.peak_mb > 10 for side in sides)


def test_the_error_of_a_side_is_reported(forked_sides):
    sides = [
        BenchmarkCase('a', counting, dict(start=0)),
        BenchmarkCase('b', failing, {}),
    ]
    with pytest.raises(InputError, match='this side has no data'):
        sides_module.measure(sides, blocks=1, steps=1)


def sleeping():
    time.sleep(3600)


def ignoring():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return sleeping


@pytest.mark.parametrize('build', [sleeping, ignoring])  # never built, never done
def test_a_side_that_falls_silent_is_ended(forked_sides, monkeypatch, build):
    monkeypatch.setattr(sides_module, 'GRACE', 0.1)
    sides = [
        BenchmarkCase('a', counting, dict(start=0)),
        BenchmarkCase('stuck', build, {}),
    ]
    with pytest.raises(InputError, match=r'stuck: no output within 5 s, it was ended'):
        sides_module.measure(sides, blocks=1, steps=1, limit=5)
    assert not multiprocessing.active_children()


def test_lists_of_images_go_round(monkeypatch):
    seen = []

    class Detector:
        def __init__(self, *given):
            assert given == ('ceph19', None, 'cpu', 'torch')

        def __call__(self, images):
            seen.append(images)
            return [[Prediction(np.ones((2, 2)), None, (), (), None)]] * len(images)

    monkeypatch.setattr(benchmark, 'LandmarkDetector', Detector)
    step = benchmark.detector_batches('ceph19', None, ['a', 'b', 'c'], 'torch', 2)
    assert step().tolist() == [[1, 1], [1, 1]]
    step()
    assert seen == [['a', 'b'], ['c', 'a']]


def test_a_cold_start_that_fails_says_why(tmp_path):
    step = benchmark.cold_start('none.onnx', None, 'a.png', 'auto')
    with pytest.raises(InputError, match=r'no exported model at none\.onnx'):
        step()


def test_a_row_has_median_quartiles_and_ratio():
    slow = BenchmarkCase('slow', counting, {}, seconds=[0.1, 0.2, 0.3, 0.4, 0.5])
    fast = BenchmarkCase('fast', counting, {}, seconds=[0.1] * 4 + [9], peak_mb=99.6)
    row = fast.row(slow)
    assert row['ms'] == pytest.approx(100)
    assert row['ratio'] == pytest.approx(3)
    assert row['peak MB'] == 100
    assert slow.row(slow)['quartiles'] == '200.0 to 400.0'


def test_difference_of_points():
    one = BenchmarkCase(
        'one', counting, {}, values=[np.zeros((2, 2)), np.zeros((2, 2))]
    )
    moved = np.array([[0, 0], [3, 4]])
    other = BenchmarkCase('other', counting, {}, values=[np.zeros((2, 2)), moved])
    assert benchmark.largest_difference(one, other) == 5


def test_the_stock_side_differs_in_the_head_alone(tiny_config):
    config = load_config(tiny_config)
    stock = benchmark.stock_model(config)
    assert stock.head.type == 'HeatmapHead'
    assert stock.head.loss.type == 'KeypointMSELoss'
    assert stock.backbone == config.model.backbone
    assert config.model.head.type == 'SoftmaxHeatmapHead'
    two_stages = load_config(ROOT / 'tests' / 'tiny_coarse_to_fine.py')
    with pytest.raises(InputError, match='one stage'):
        benchmark.stock_model(two_stages)


@pytest.mark.parametrize('build', [benchmark.stock_step, benchmark.package_step])
def test_training_steps_run(tiny_config, build):
    step = build(load_config(tiny_config), batch=2)
    step()


@pytest.fixture(scope='module')
def weights(tiny_config, tmp_path_factory):
    return save_untrained(
        tiny_config, tmp_path_factory.mktemp('checkpoint') / 'tiny.pth'
    )


@pytest.fixture
def run(forked_sides, monkeypatch, capfd):
    """Run the command here: what it measures has processes of its own."""

    def run(*arguments):
        argv = ['mmlandmark', 'benchmark', *map(str, arguments)]
        monkeypatch.setattr('sys.argv', argv)
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        return subprocess.CompletedProcess(argv, code, *capfd.readouterr())

    return run


@pytest.mark.slow
def test_inference_from_the_file(run, tiny_config, weights, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (90, 80), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / 'a.png')
    done = run('inference', tiny_config, '--checkpoint', weights, '--img',
               tmp_path / 'a.png', '--backend', 'torch', '--blocks', 1, '--steps', 2,
               '--out', tmp_path / 'a.json')  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / 'a.json').read_text())
    stock, ours = result['rows']
    assert stock['times'] == ours['times'] == 2
    # the same picture, as it is small enough not to be averaged first
    assert ours['px to stock'] < 1
    assert 'cores' in result['machine']
    assert 'ratio' in done.stdout


@pytest.mark.slow
def test_stock_beside_a_model_of_another_kind(run, tiny_config, weights, tmp_path):
    Image.new('L', (80, 90)).save(tmp_path / 'a.png')
    done = run('latency', tiny_config, '--checkpoint', weights, '--img',
               tmp_path / 'a.png', '--backend', 'torch', '--batch', 1, 2,
               '--stock', tiny_config, '--blocks', 1, '--steps', 2,
               '--out', tmp_path / 'a.json')  # fmt: skip
    assert done.returncode == 0, done.stderr
    stock, one, two = json.loads((tmp_path / 'a.json').read_text())['rows']
    assert stock[''].startswith('stock inference_topdown')
    assert stock['ratio'] == 1
    assert one['ratio'] == pytest.approx(stock['ms'] / one['ms an image'])
    assert two['ms an image'] == pytest.approx(two['ms'] / 2)


@pytest.mark.slow
def test_train_step_and_data(run, tiny_config, prepared, tmp_path):
    done = run('train-step', tiny_config, '--blocks', 1, '--steps', 1, '--batch', 2)
    assert done.returncode == 0, done.stderr
    assert 'stock' in done.stdout
    done = run('data', tiny_config, '--data', prepared, '--blocks', 1, '--workers', 0, 1,
               '--images', 8)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'images/s' in done.stdout


def test_the_files_that_readers_are_timed_on(tmp_path):
    paths = generated(tmp_path, ['coco', 'yolo', 'deeplabcut', 'labelme'], 3)
    for name, path in paths.items():
        assert reading(name, path, 3)() > 0
        with pytest.raises(InputError, match='3 of 4 annotations were read'):
            reading(name, path, 4)()


@pytest.mark.slow
def test_readers(run, tmp_path):
    done = run('read', '--count', 5, '--formats', 'coco', 'csv', '--blocks', 1,
               '--out', tmp_path / 'a.json')  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / 'a.json').read_text())['rows']
    assert [row[''] for row in rows] == ['coco', 'csv']
    assert all(row['peak MB'] > 10 and row['s'] > 0 for row in rows)
    assert 'ratio' not in done.stdout


@pytest.mark.slow
def test_mistakes(run, tiny_config, weights, tmp_path):
    done = run('data', tiny_config, '--data', tmp_path)
    assert 'scheme.json' in one_line_error(done)
    done = run('inference', tiny_config, '--checkpoint', weights, '--img', 'none.jpg')
    assert 'no image at none.jpg' in one_line_error(done)


@pytest.mark.slow
def test_a_folder_by_one_process_and_by_two(run, tiny_config, weights, tmp_path):
    for name in 'abc':
        Image.new('L', (60, 80)).save(tmp_path / f'{name}.png')
    done = run('folder', tiny_config, '--checkpoint', weights, '--img', tmp_path,
               '--blocks', 1, '--steps', 2, '--out', tmp_path / 'a.json')  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, two = json.loads((tmp_path / 'a.json').read_text())['rows']
    assert (one[''], two['']) == ('1 worker', '2 workers')
    assert one['images/s'] == pytest.approx(3000 / one['ms'], rel=0.5)
    assert two['ratio'] == pytest.approx(one['ms'] / two['ms'])
    (tmp_path / 'bad.png').write_bytes(b'no picture')
    done = run('folder', tiny_config, '--checkpoint', weights, '--img', tmp_path,
               '--blocks', 1, '--workers', 1)  # fmt: skip
    assert 'bad.png is not an image' in one_line_error(done)
