"""What ends a training, what it refuses to go on with, and what stays whole."""

import json
import shutil

import pytest
from tests_support import one_line_error

from mmlandmark.utils.locks import exclusive

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def train(run_command, tiny_config, prepared):
    """Train the smallest network; options are those of ``--cfg-options``."""

    def run(work_dir, *arguments, data=prepared, options=('train_cfg.max_epochs=1',)):
        return run_command('train', tiny_config, '--data', data, '--work-dir', work_dir,
                        *arguments, '--cfg-options', *options)  # fmt: skip

    return run


@pytest.fixture(scope='module')
def trained(train, tmp_path_factory):
    """A work folder after one epoch."""
    work_dir = tmp_path_factory.mktemp('trained')
    done = train(work_dir, '--load-from', 'none')
    assert done.returncode == 0, done.stderr
    assert not list(work_dir.glob('.lock*'))
    return work_dir


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob('*.pth')}


def test_a_copy_of_a_work_folder_goes_on_alone(train, trained, tmp_path):
    before, copy = contents(trained), tmp_path / 'copy'
    shutil.copytree(trained, copy)
    done = train(copy, '--resume', options=('train_cfg.max_epochs=3',))
    assert done.returncode == 0, done.stderr
    assert contents(trained) == before
    assert sorted(path.name for path in copy.glob('epoch_*')) == [
        'epoch_2.pth', 'epoch_3.pth'
    ]  # fmt: skip
    assert len(list(copy.glob('best_*.pth'))) == 1


@pytest.fixture
def renamed(prepared, tmp_path):
    """The same data with other names of as many points."""
    data = tmp_path / 'renamed'
    shutil.copytree(prepared, data)
    scheme = json.loads((data / 'scheme.json').read_text())
    scheme['points'] = [f'p{number}' for number in range(len(scheme['points']))]
    (data / 'scheme.json').write_text(json.dumps(scheme))
    return data


def test_a_training_does_not_go_on_with_other_points(train, trained, renamed):
    before = contents(trained)
    done = train(trained, '--resume', data=renamed)
    assert 'was trained for other points' in one_line_error(done)
    assert contents(trained) == before


def test_a_training_does_not_go_on_with_another_optimizer(train, trained):
    before = contents(trained)
    options = ('train_cfg.max_epochs=2', 'optim_wrapper.optimizer.type=SGD')
    done = train(trained, '--resume', options=options)
    error = one_line_error(done)
    assert 'epoch_1.pth cannot be resumed with this config: optimizer' in error
    assert contents(trained) == before


def test_a_loss_that_is_no_number_ends_the_training(train, trained, tmp_path):
    copy = tmp_path / 'copy'
    shutil.copytree(trained, copy)
    before = contents(copy)
    # the weights overflow in the first step of the second epoch
    options = ('train_cfg.max_epochs=2', 'model.head.loss.loss_weight=1e38')
    done = train(copy, '--resume', options=options)
    assert 'the training was stopped' in one_line_error(done)
    assert contents(copy) == before


def test_two_trainings_do_not_share_a_folder(train, trained):
    before = contents(trained)
    with exclusive(trained, 'a training'):
        done = train(trained, '--resume', options=('train_cfg.max_epochs=2',))
    assert 'is in use by a training (process ' in one_line_error(done)
    assert contents(trained) == before


def test_data_is_looked_for_before_start_weights(train, prepared, tmp_path):
    """Nothing listens at the address: a connection to it would be the error."""
    data = tmp_path / 'data'
    shutil.copytree(prepared, data)
    (data / 'train.json').unlink()
    done = train(tmp_path / 'run', '--load-from', 'http://localhost:9/a.pth', data=data)
    assert f"{data} has no split 'train'" in one_line_error(done)
    assert 'downloaded' not in done.stdout
    assert not (tmp_path / 'run').exists()
