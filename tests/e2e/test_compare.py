"""Two tiny configs compared as a user does it: the first call fails half-way."""

import csv

import numpy as np
import pytest
from PIL import Image
from tests_support import ROOT

from mmlandmark.schemes import scheme_from_names

pytestmark = pytest.mark.slow

NAMES = ['left', 'right', 'top', 'bottom']
CONFIG = """
_base_ = ['{base}']
scheme = '{scheme}'
model = dict(
    backbone=dict(channels={channels}),
    head=dict(in_channels={inputs}, hidden=()),
)
train_cfg = dict(max_epochs=2)
randomness = dict(seed={seed})
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
"""


def write_config(path, channels, inputs, seed=0):
    text = CONFIG.format(
        base=ROOT / 'configs' / 'csv_cnn2.py',
        scheme=path.with_name('scheme.json'),
        channels=channels,
        inputs=inputs,
        seed=seed,
    )
    path.write_text(text)
    return path


@pytest.fixture
def table(tmp_path):
    """Twenty noisy pictures of 32 pixels with four bright points in each."""
    rng = np.random.default_rng(0)
    path = tmp_path / 'points.csv'
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        header = [f'{name}_{axis}' for name in NAMES for axis in 'xy']
        writer.writerow(['image', *header])
        for number in range(20):
            points = rng.integers(4, 28, (4, 2))
            picture = rng.integers(0, 60, (32, 32), np.uint8)
            picture[points[:, 1], points[:, 0]] = 255
            Image.fromarray(picture).save(tmp_path / f'{number}.png')
            writer.writerow([f'{number}.png', *points.flatten()])
    scheme = scheme_from_names('cross', NAMES)
    scheme.save(tmp_path / 'scheme.json')
    return path


def test_two_configs(run_command, table, tmp_path):
    one = write_config(tmp_path / 'one.py', (16, 16), 16 * 24 * 24)
    two = write_config(tmp_path / 'two.py', (16, 16, 32), 32)  # should be 32 * 12 * 12
    out = tmp_path / 'out'
    arguments = ('compare', one, two, '--data', table, '--out', out)

    done = run_command(*arguments, forks=True)
    assert done.returncode == 1, done.stderr
    assert f'1/2 one ({out}/one.log): training, testing, done\n' in done.stdout
    assert f'2/2 two ({out}/two.log): training, failed\n' in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if 'error: ' in line]
    assert line.startswith(f'error: two failed, see {out}/two.log: ')
    assert 'the network has 4608' in line  # features, for a head of 32
    assert 'Traceback' not in done.stderr
    assert not (out / 'comparison.md').exists()
    trained = (out / 'one' / 'epoch_2.pth').stat().st_mtime

    write_config(two, (16, 16, 32), 32 * 12 * 12, seed=1)
    done = run_command(*arguments, forks=True)
    assert done.returncode == 0, done.stderr
    assert f'1/2 one ({out}/one.log): trained already, testing, done\n' in done.stdout
    assert 'different conditions: seed: one 0, two 1\n' in done.stdout
    assert (out / 'one' / 'epoch_2.pth').stat().st_mtime == trained

    text = (out / 'comparison.md').read_text()
    assert text.startswith(
        '**Different conditions:** seed: one 0, two 1\n\n| config | '
    )
    assert f'mmlandmark compare {one} {two} --data {table} --out {out}`' in text
    for printed in ('test data: ', '.csv: test; boxes: image; images: 4; threads: '):
        assert printed in text
    with (out / 'comparison.csv').open() as file:
        first, second = csv.DictReader(file)
    assert (first['config'], second['config']) == ('one', 'two')
    # convolutions of 3x3 from gray, and the layer behind them to 4 points
    weights = 16 * 9 + 16 + 16 * 16 * 9 + 16 + 8 * 16 * 24 * 24 + 8
    assert int(first['parameters']) == weights
    assert first['epochs'] == second['epochs'] == '2'
    assert first['checkpoint'].startswith('best on val, epoch ')
    for row in (first, second):
        assert float(row['ms']) > 0
        assert float(row['MB']) == pytest.approx(int(row['parameters']) * 4e-6, rel=0.1)
        assert float(row['MSE_px2']) > 0
    assert (out / 'comparison.png').stat().st_size > 10_000
