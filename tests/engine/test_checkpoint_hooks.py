import errno
import os
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub, MMLogger

from mmlandmark import InputError
from mmlandmark.engine.hooks import (
    AtomicCheckpointHook,
    AtomicFileBackend,
    StopOnInvalidLossHook,
)


class FakeRunner:
    """The part of a runner that the hook uses; checkpoints are texts."""

    def __init__(self, folder, name):
        self.work_dir = str(folder)
        self.epoch = self.iter = 0
        self.logger = MMLogger.get_instance('checkpoints')
        self.message_hub = MessageHub(name)
        self.saved = []

    def save_checkpoint(self, out_dir, filename, *_, backend_args=None, **__):
        self.saved.append((filename, sorted(os.listdir(out_dir))))
        assert backend_args == dict(backend='atomic')
        AtomicFileBackend().put(b'weights', os.path.join(out_dir, filename))


def epoch(hook, runner, score):
    hook._save_checkpoint(runner)
    runner.epoch += 1
    hook._save_best_checkpoint(runner, dict(MRE=score))


@pytest.fixture
def run(tmp_path):
    """A hook and its runner, in a folder under ``tmp_path``."""
    count = 0

    def start(folder, **info):
        nonlocal count
        count += 1
        (tmp_path / folder).mkdir(exist_ok=True)
        runner = FakeRunner(tmp_path / folder, f'{tmp_path.name}-{count}')
        for name, value in info.items():
            runner.message_hub.update_info(name, value)
        hook = AtomicCheckpointHook(
            interval=1, max_keep_ckpts=1, save_best='MRE', rule='less'
        )
        hook.before_train(runner)
        return hook, runner

    return start


def names(folder):
    return sorted(path.name for path in folder.glob('*.pth*'))


def test_old_checkpoints_are_removed_after_new_ones_are_written(run, tmp_path):
    hook, runner = run('w')
    for score in (3.0, 2.0, 4.0):
        epoch(hook, runner, score)
    assert names(tmp_path / 'w') == ['best_MRE_epoch_2.pth', 'epoch_3.pth']
    # an epoch is written again after its best; take the first time
    before = dict(reversed(runner.saved))
    assert 'epoch_1.pth' in before['epoch_2.pth']
    assert 'best_MRE_epoch_1.pth' in before['best_MRE_epoch_2.pth']
    assert 'epoch_2.pth' in before['epoch_3.pth']


def test_a_best_checkpoint_written_again_is_kept(run, tmp_path):
    """A resumed run validates its last epoch again and writes the same file."""
    hook, runner = run('w')
    epoch(hook, runner, 3.0)
    runner.message_hub.update_info('best_score', 9.0)  # as it was before that epoch
    hook._save_best_checkpoint(runner, dict(MRE=3.0))
    assert names(tmp_path / 'w') == ['best_MRE_epoch_1.pth', 'epoch_1.pth']


@pytest.mark.parametrize('name', ['best_MRE_epoch_1.pth', 'photo.jpg'])
def test_resuming_a_copy_leaves_the_original_unchanged(run, tmp_path, name):
    """The checkpoints of a copied folder name the paths of the original."""
    first = tmp_path / 'first' / name
    first.parent.mkdir()
    first.write_bytes(b'of the first run')
    hook, runner = run('copy', best_ckpt=str(first), best_score=5.0)
    epoch(hook, runner, 3.0)
    epoch(hook, runner, 2.0)
    assert first.read_bytes() == b'of the first run'
    assert names(tmp_path / 'copy') == ['best_MRE_epoch_2.pth', 'epoch_2.pth']


def test_the_best_checkpoint_of_a_copied_folder_is_used(run, tmp_path):
    for folder in ('first', 'copy'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'best_MRE_epoch_7.pth').write_bytes(b'old')
    first = tmp_path / 'first' / 'best_MRE_epoch_7.pth'
    for path in (str(first), r'C:\first\best_MRE_epoch_7.pth'):
        hook, _ = run('copy', best_ckpt=path, best_score=5.0)
        own = str(tmp_path / 'copy' / 'best_MRE_epoch_7.pth')
        assert hook.best_ckpt_path == own
    _, runner = run('copy', best_ckpt=str(first), best_score=5.0)
    hook = AtomicCheckpointHook(interval=1, save_best='MRE', rule='less')
    hook.before_train(runner)
    epoch(hook, runner, 6.0)  # not better than the one of the copy
    assert 'best_MRE_epoch_7.pth' in names(tmp_path / 'copy')
    epoch(hook, runner, 3.0)
    assert names(tmp_path / 'copy')[0] == 'best_MRE_epoch_2.pth'
    assert first.exists()


def test_a_missing_best_checkpoint_is_dropped_with_its_score(run, tmp_path):
    hook, runner = run(
        'copy', best_ckpt='/somewhere/best_MRE_epoch_7.pth', best_score=1.0
    )
    epoch(hook, runner, 3.0)
    assert names(tmp_path / 'copy') == ['best_MRE_epoch_1.pth', 'epoch_1.pth']


def test_nothing_is_removed_outside_the_folder(run, tmp_path):
    hook, _ = run('w')
    outside = tmp_path / 'best_MRE_epoch_1.pth'
    outside.write_bytes(b'')
    hook.file_backend.remove(tmp_path / 'w' / '..' / outside.name)
    hook.file_backend.rmtree(tmp_path)
    hook._finish()
    assert outside.exists()


@pytest.mark.parametrize('failing', ['fsync', 'replace'])
def test_a_full_disk_leaves_the_previous_file(tmp_path, monkeypatch, failing):
    path = tmp_path / 'new' / 'epoch_1.pth'
    AtomicFileBackend().put(b'whole', path)

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match='No space left') as caught:
        AtomicFileBackend().put(b'half', path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b'whole'
    assert list(path.parent.iterdir()) == [path]


def test_an_interruption_leaves_the_previous_file(tmp_path, monkeypatch):
    path = tmp_path / 'epoch_1.pth'
    AtomicFileBackend().put(b'whole', path)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'replace', stop)
    with pytest.raises(KeyboardInterrupt):
        AtomicFileBackend().put(b'half', path)
    assert path.read_bytes() == b'whole'


def test_other_file_backends_are_left_to_mmengine():
    hook = AtomicCheckpointHook(backend_args=dict(backend='local'))
    assert hook.backend_args == dict(backend='local')
    assert isinstance(hook, CheckpointHook)


RUNNER = SimpleNamespace(epoch=2, work_dir='w')


@pytest.mark.parametrize('loss', [float('nan'), float('inf'), torch.tensor(-torch.inf)])
def test_an_invalid_loss_stops_the_run(loss):
    hook = StopOnInvalidLossHook()
    hook.after_train_iter(RUNNER, 0, outputs=dict(loss=torch.tensor(1.0)))
    hook.after_train_iter(RUNNER, 0, outputs=None)
    with pytest.raises(
        InputError, match='in batch 5 of epoch 3: the training was stop'
    ):
        hook.after_train_iter(RUNNER, 4, outputs=dict(loss=loss))


@pytest.mark.parametrize('part', ['state_dict', 'ema_state_dict'])
def test_invalid_weights_are_not_saved(part):
    checkpoint = dict(state_dict=dict(a=torch.ones(2), n=torch.tensor(3)))
    StopOnInvalidLossHook().before_save_checkpoint(RUNNER, checkpoint)
    checkpoint[part] = dict(b=torch.tensor([1.0, torch.nan]))
    with pytest.raises(InputError, match='the weights of b are NaN or infinite'):
        StopOnInvalidLossHook().before_save_checkpoint(RUNNER, checkpoint)
