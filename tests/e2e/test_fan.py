"""FAN as a user trains, measures and tries it, on a dozen drawn faces."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from tests_support import ROOT, one_line_error

from mmlandmark.head_pose import mean_face, rotation_matrix

pytestmark = pytest.mark.slow

TINY = ROOT / 'tests' / 'tiny_fan.py'


def draw_face(path, random):
    """The mean face, turned, its points as dots; beside it a .pts file."""
    pose = random.uniform(-40, 40, 3)
    turned = mean_face() @ rotation_matrix(pose).T
    points = turned[:, :2] * (160, -160) + 48 + random.uniform(-4, 4, 2)
    picture = Image.fromarray(random.integers(0, 60, (96, 96, 3), np.uint8))
    for x, y in points:
        ImageDraw.Draw(picture).ellipse((x - 1, y - 1, x + 1, y + 1), 'white')
    picture.save(path.with_suffix('.png'))
    lines = [f'{x + 1:.3f} {y + 1:.3f}' for x, y in points]  # counted from 1
    text = '\n'.join(['version: 1', 'n_points: 68', '{', *lines, '}'])
    path.with_suffix('.pts').write_text(text + '\n')


@pytest.fixture(scope='module')
def faces(tmp_path_factory):
    """Ten to train on in two folders of 300-W, five to test on."""
    root = tmp_path_factory.mktemp('faces')
    random = np.random.default_rng(0)
    for folder, count in (('helen/trainset', 10), ('lfpw/testset', 5)):
        (root / folder).mkdir(parents=True)
        for i in range(count):
            draw_face(root / folder / f'face_{i}', random)
    return root


@pytest.fixture(scope='module')
def trained(run_tool, faces, tmp_path_factory):
    work = tmp_path_factory.mktemp('fan')
    done = run_tool('train', TINY, '--data', faces, '--work-dir', work)
    assert done.returncode == 0, done.stderr
    return work / 'epoch_1.pth'


def test_errors_by_yaw(run_tool, faces, trained, tmp_path):
    out = tmp_path / 'metrics.json'
    done = run_tool('test', TINY, trained, '--data', faces, '--out', out)
    assert done.returncode == 0, done.stderr
    assert 'By yaw of the head, degrees' in done.stdout
    rows = json.loads(out.read_text())['by_yaw']
    assert sum(row['images'] for row in rows) == 5


def test_robustness(run_tool, faces, trained, tmp_path):
    model = f'{TINY}={trained}'
    done = run_tool('robustness', model, '--data', faces, '--out', tmp_path / 'out')
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / 'out' / 'robustness.csv').open()))
    assert len(rows) == 1 + 3 + 4 + 6 + 5
    assert {row['model'] for row in rows} == {'tiny_fan'}
    assert (tmp_path / 'out' / 'robustness.png').stat().st_size > 10_000


def test_robustness_of_what_is_not_there(run_tool, faces, tmp_path):
    out = tmp_path / 'out'
    done = run_tool('robustness', f'{TINY}=x.pth', '--data', faces, '--out', out)
    assert 'no checkpoint at x.pth' in one_line_error(done)
    done = run_tool('robustness', ROOT / 'tests' / 'tiny.py', '--out', out)
    assert 'the config measures RadialError' in one_line_error(done)
    assert not out.exists()


def test_converted_weights(run_tool, tmp_path):
    source, target = tmp_path / 'fan.pth.tar', tmp_path / 'fan.pth'
    torch.save({'l0.bias': torch.zeros(68)}, source)
    done = run_tool('convert_fan', source, target)
    assert done.returncode == 0, done.stderr
    assert 'num_stacks=1' in done.stdout
    assert torch.load(target)['state_dict'].keys() == {'backbone.heatmaps.0.bias'}
    done = run_tool('convert_fan', source, target)
    assert 'is there already' in one_line_error(done)
