"""FAN as a user trains, measures and tries it, on a dozen drawn faces."""

import csv
import json

import fork_server
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from scipy.io import savemat
from tests_support import ROOT, one_line_error

from mmlandmark import LandmarkDetector
from mmlandmark.face.head_pose import mean_face, rotation_matrix

pytestmark = pytest.mark.slow

TINY = ROOT / 'tests' / 'tiny_fan.py'


def draw_face(path, random):
    """The mean face, turned, its points as dots; returns the points, ``(68, 3)``."""
    pose = random.uniform(-40, 40, 3)
    turned = mean_face() @ rotation_matrix(pose).T
    points = turned * (160, -160, 160) + (48, 48, 0)
    picture = Image.fromarray(random.integers(0, 60, (96, 96, 3), np.uint8))
    for x, y, _ in points:
        ImageDraw.Draw(picture).ellipse((x - 1, y - 1, x + 1, y + 1), 'white')
    picture.save(path)
    return points


def write_pts(path, points):
    lines = [f'{x + 1:.3f} {y + 1:.3f}' for x, y, _ in points]  # counted from 1
    text = '\n'.join(['version: 1', 'n_points: 68', '{', *lines, '}'])
    path.write_text(text + '\n')


@pytest.fixture(scope='module')
def faces(tmp_path_factory):
    """Ten to train on in two folders of 300-W, five to test on."""
    root = tmp_path_factory.mktemp('faces')
    random = np.random.default_rng(0)
    for folder, count in (('helen/trainset', 10), ('lfpw/testset', 5)):
        (root / folder).mkdir(parents=True)
        for i in range(count):
            path = root / folder / f'face_{i}.png'
            write_pts(path.with_suffix('.pts'), draw_face(path, random))
    return root


@pytest.fixture(scope='module')
def posed(tmp_path_factory):
    """Six faces as 300W-LP has them, and as AFLW2000-3D."""
    root = tmp_path_factory.mktemp('posed')
    random = np.random.default_rng(1)
    for folder in ('lp/AFW', 'lp/landmarks/AFW', 'aflw/original'):
        (root / folder).mkdir(parents=True)
    for i in range(6):
        points = 1 + draw_face(root / 'lp' / 'AFW' / f'AFW_{i}_0.jpg', random)
        both = dict(pts_2d=points[:, :2], pts_3d=points[:, :2] + 1)
        savemat(root / 'lp' / 'landmarks' / 'AFW' / f'AFW_{i}_0_pts.mat', both)
        points = 1 + draw_face(root / 'aflw' / 'original' / f'image{i}.jpg', random)
        mat = dict(pt3d_68=points.T, Pose_Para=np.zeros((1, 7)))
        savemat(root / 'aflw' / 'original' / f'image{i}.mat', mat)
    return root


@pytest.fixture(scope='module')
def trained(run_command, faces, tmp_path_factory):
    work = tmp_path_factory.mktemp('fan')
    done = run_command('train', TINY, '--data', faces, '--work-dir', work)
    assert done.returncode == 0, done.stderr
    return work / 'epoch_1.pth'


def test_errors_by_yaw(run_command, faces, trained, tmp_path):
    out = tmp_path / 'metrics.json'
    done = run_command('test', TINY, trained, '--data', faces, '--out', out)
    assert done.returncode == 0, done.stderr
    assert 'By yaw of the head, degrees' in done.stdout
    rows = json.loads(out.read_text())['by_yaw']
    assert sum(row['images'] for row in rows) == 5


def test_robustness(run_command, faces, trained, tmp_path):
    model = f'{TINY}={trained}'
    done = run_command('robustness', model, '--data', faces, '--out', tmp_path / 'out')
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / 'out' / 'robustness.csv').open()))
    assert len(rows) == 1 + 3 + 4 + 6 + 5
    assert {row['model'] for row in rows} == {'tiny_fan'}
    assert (tmp_path / 'out' / 'robustness.png').stat().st_size > 10_000


def test_robustness_of_what_is_not_there(run_command, faces, tmp_path):
    out = tmp_path / 'out'
    done = run_command('robustness', f'{TINY}=x.pth', '--data', faces, '--out', out)
    assert 'no checkpoint at x.pth' in one_line_error(done)
    done = run_command('robustness', ROOT / 'tests' / 'tiny.py', '--out', out)
    assert 'train first' in one_line_error(done)
    assert not out.exists()


#: One hourglass of the least width, one step.
SMALL = ('train_cfg.max_epochs=1', 'train_dataloader.batch_size=3')


def train(run_command, config, data, work, *options):
    small = [*SMALL, *(f'{part}_dataloader.num_workers=0' for part in ('train', 'val'))]
    config = ROOT / 'configs' / f'{config}.py'
    arguments = ('--data', data, '--work-dir', work, '--cfg-options', *small, *options)
    done = run_command('train', config, *arguments, limit=2 * fork_server.LIMIT)
    assert done.returncode == 0, done.stderr
    return work / 'epoch_1.pth'


def test_2d_then_2d_to_3d(run_command, posed, tmp_path):
    fan = ('model.backbone.num_stacks=1', 'model.backbone.width=64')
    first = train(run_command, 'fan2d_300wlp', posed / 'lp', tmp_path / 'a', *fan)
    second = train(
        run_command,
        'fan2d_to_3d_300wlp',
        posed / 'lp',
        tmp_path / 'b',
        *fan,
        *(f'model.detector.{option.removeprefix("model.")}' for option in fan),
        f'model.detector_checkpoint={first}',
    )
    state = torch.load(second)['state_dict']
    assert state['backbone.stem.0.weight'].shape[1] == 3 + 68
    learnt = torch.load(first)['state_dict']
    for name, tensor in learnt.items():  # the first stays as it was
        torch.testing.assert_close(state[f'detector.{name}'], tensor)


def test_depth(run_command, posed, trained, tmp_path):
    work = tmp_path / 'depth'
    weights = train(
        run_command,
        'fan_depth_aflw2000',
        posed / 'aflw',
        work,
        'model.detector.backbone.width=64',
        f'model.detector_checkpoint={trained}',
    )
    picture = posed / 'aflw' / 'original' / 'image0.jpg'
    (face,) = LandmarkDetector(work, weights)(picture, [[10, 10, 86, 86]])
    depths = [point['z'] for point in face.to_dict()['points']]
    assert len(depths) == 68
    assert abs(sum(depths)) < 1  # their zero is their mean


def test_converted_weights(run_command, tmp_path):
    source, target = tmp_path / 'fan.pth.tar', tmp_path / 'fan.pth'
    torch.save({'l0.bias': torch.zeros(68)}, source)
    done = run_command('convert-fan', source, target)
    assert done.returncode == 0, done.stderr
    assert 'num_stacks=1' in done.stdout
    assert torch.load(target)['state_dict'].keys() == {'backbone.heatmaps.0.bias'}
    done = run_command('convert-fan', source, target)
    assert 'exists already' in one_line_error(done)
