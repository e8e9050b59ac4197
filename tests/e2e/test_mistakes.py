"""A user's mistakes: one clear line, no traceback, nothing half-written."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from tests_support import one_line_error

pytestmark = pytest.mark.slow


class Hostile:
    def __reduce__(self):
        return os.system, ('touch pwned',)


@pytest.mark.parametrize(
    ('source', 'content', 'message'),
    [
        ('none.pkl', None, 'no file'),
        ('a.pkl', pickle.dumps(Hostile()), 'refused and nothing was run'),
    ],
)
def test_prepare_photo_pickle(run_command, tmp_path, source, content, message):
    if content:
        (tmp_path / source).write_bytes(content)
    done = run_command('prepare', 'photo-pickle', '--src', tmp_path / source,
                    '--out', tmp_path / 'out')  # fmt: skip
    assert message in one_line_error(done)
    assert not (tmp_path / 'out').exists()


def test_prepare_where_nothing_can_be_written(run_command, photo_pickle, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    done = run_command('prepare', 'photo-pickle', '--src', photo_pickle,
                    '--out', tmp_path / 'file' / 'out')  # fmt: skip
    assert 'file' in one_line_error(done)


def test_prepare_coco_with_an_unknown_scheme(run_command, tmp_path):
    done = run_command('prepare', 'coco', '--src', tmp_path, '--out', tmp_path / 'out',
                    '--scheme', 'isbi20')  # fmt: skip
    assert "unknown landmark scheme 'isbi20'" in one_line_error(done)


def test_train_without_data_names_the_command(run_command, tiny_config, tmp_path):
    nowhere = f'train_dataloader.dataset.data_root={tmp_path}/none'
    done = run_command('train', tiny_config, '--work-dir', tmp_path / 'run',
                       '--cfg-options', nowhere)  # fmt: skip
    assert 'with mmlandmark prepare photo-pickle' in one_line_error(done)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--load-from', 'none.pth'), '--load-from none'),
        (('--load-from', 'http://localhost:9/a.pth'), '--load-from none'),
        (('--resume',), 'nothing to resume'),
        (('--data', 'nowhere'), 'no data at nowhere'),
        (('--cfg-options', 'foo'), '--cfg-options foo: give KEY=VALUE'),
    ],
)
def test_train_from_what_is_not_there(
    run_command, tiny_config, prepared, tmp_path, arguments, message
):
    done = run_command('train', tiny_config, '--data', prepared, '--work-dir',
                    tmp_path / 'run', *arguments)  # fmt: skip
    assert message in one_line_error(done)
    assert not (tmp_path / 'run').exists()


def test_train_with_depth_on_data_without(run_command, prepared, tmp_path):
    flat = tmp_path / 'photo'
    shutil.copytree(prepared, flat)
    for name in ('train.json', 'val.json'):
        data = json.loads((flat / name).read_text())
        for image in data['images']:
            del image['depth']
        (flat / name).write_text(json.dumps(data))
    done = run_command('train', 'configs/ceph_hrnetv2_depth.py', '--data', flat,
                    '--work-dir', tmp_path / 'run', '--load-from', 'none')  # fmt: skip
    error = one_line_error(done)
    assert 'has no depth map, which this config needs' in error
    assert 'configs/ceph_hrnetv2.py' in error


def test_train_on_a_truncated_image(run_command, tiny_config, prepared, tmp_path):
    broken = tmp_path / 'photo'
    shutil.copytree(prepared, broken)
    victim = json.loads((broken / 'train.json').read_text())['images'][0]['file_name']
    path = broken / 'images' / victim
    path.write_bytes(path.read_bytes()[:2000])
    done = run_command('train', tiny_config, '--data', broken, '--work-dir',
                    tmp_path / 'run', '--load-from', 'none')  # fmt: skip
    assert f'{victim} cannot be read' in one_line_error(done)


def test_testing_another_models_checkpoint(
    run_command, tiny_config, prepared, tmp_path
):
    other, out = tmp_path / 'other.pth', tmp_path / 'metrics.json'
    torch.save(torch.nn.Linear(2, 2).state_dict(), other)
    done = run_command('test', tiny_config, other, '--data', prepared,
                    '--work-dir', tmp_path / 'run', '--out', out)  # fmt: skip
    assert 'checkpoint of another model' in one_line_error(done)
    assert not out.exists()


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        ('none.jpg', 'no image at'),
        ('text.jpg', 'not an image'),
        ('empty', 'no image in'),
    ],
)
def test_inference_on_what_is_no_image(run_command, tmp_path, image, message):
    (tmp_path / 'text.jpg').write_text('a letter')
    (tmp_path / 'empty').mkdir()
    done = run_command('predict', '--img', tmp_path / image, '--out', tmp_path / 'out')
    assert message in one_line_error(done)
    assert not (tmp_path / 'out').exists()


def test_inference_without_a_checkpoint_says_train_first(
    run_command, tiny_config, tmp_path
):
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / 'a.png')
    done = run_command('predict', '--img', tmp_path / 'a.png', '--config', tiny_config)
    assert 'train first' in one_line_error(done)
