import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData

from mmlandmark.engine.cpu import (
    CpuBf16OptimWrapper,
    CpuDistributedDataParallel,
    cpu_has_bf16,
)
from mmlandmark.engine.hooks import (
    ChannelsLastHook,
    InitMeanShapeHook,
    LoadPretrainedHook,
    ResumableEarlyStoppingHook,
    SeedEpochHook,
    ValidateOnResumeHook,
    seed_worker,
)


def draw(epoch, seed=0):
    SeedEpochHook().before_train_epoch(SimpleNamespace(seed=seed, epoch=epoch))
    return random.random(), np.random.rand(), torch.rand(1).item()


def test_an_epoch_is_seeded_by_its_number():
    assert draw(3) == draw(3)
    assert len({draw(3), draw(4), draw(3, seed=1)}) == 3


def test_workers_are_seeded_by_the_epoch():
    class Draws(torch.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return np.random.rand()

    def epoch(number):
        SeedEpochHook().before_train_epoch(SimpleNamespace(seed=0, epoch=number))
        loader = torch.utils.data.DataLoader(
            Draws(), num_workers=2, worker_init_fn=seed_worker
        )
        return [value.item() for value in loader]

    first = epoch(0)
    assert first == epoch(0)
    assert first != epoch(1)
    assert len(set(first)) == 4  # the two workers draw different numbers


def test_bf16_autocast_keeps_float32_weights():
    model = torch.nn.Linear(4, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = CpuBf16OptimWrapper(optimizer=optimizer)
    before = model.weight.clone()
    with wrapper.optim_context(model):
        output = model(torch.randn(2, 4))
    assert output.dtype == torch.bfloat16
    wrapper.update_params(output.float().square().mean())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)
    assert isinstance(cpu_has_bf16(), bool)


def test_channels_last_keeps_the_values():
    model = torch.nn.Conv2d(3, 4, 3)
    before = model.weight.clone()
    ChannelsLastHook().before_run(SimpleNamespace(model=model))
    assert model.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize(
    ('resumed', 'epoch', 'validated'),
    [
        (True, 4, True),
        (True, 5, True),
        (True, 3, False),
        (False, 4, False),
        (True, 0, False),
    ],
)
def test_the_resumed_epoch_is_validated_if_due(resumed, epoch, validated):
    ran = []
    runner = SimpleNamespace(
        _resume=resumed,
        epoch=epoch,
        train_loop=SimpleNamespace(val_interval=2, val_begin=1, max_epochs=5),
        val_loop=SimpleNamespace(run=lambda: ran.append(epoch)),
    )
    ValidateOnResumeHook().before_train(runner)
    assert bool(ran) == validated


def test_early_stopping_keeps_its_state_on_resume():
    def hook():
        return ResumableEarlyStoppingHook(
            monitor='ceph/MRE_px', rule='less', patience=3
        )

    stopped, resumed, fresh = hook(), hook(), hook()
    stopped.best_score, stopped.wait_count = 1.5, 2
    checkpoint = {}
    stopped.before_save_checkpoint(None, checkpoint)
    resumed.after_load_checkpoint(SimpleNamespace(_resume=True), checkpoint)
    assert (resumed.best_score, resumed.wait_count) == (1.5, 2)
    fresh.after_load_checkpoint(SimpleNamespace(_resume=False), checkpoint)
    assert fresh.wait_count == 0


@pytest.mark.parametrize(
    ('resumed', 'bias', 'expected'),
    [
        # the mean of (0, 0.2) and (0.2, 0.6); one second point is not annotated
        (False, 0.5, [0.1, 0.4, 0.7, 0.8]),
        (True, 0.5, [0.5] * 4),
        (False, 0.4, [0.4] * 4),  # trained before
    ],
)
def test_initialisation_with_the_mean_shape(resumed, bias, expected):
    labels = [
        InstanceData(
            keypoint_labels=torch.tensor([points]),
            keypoint_weights=torch.tensor([weights]),
        )
        for points, weights in (
            ([[0.0, 0.2], [0.7, 0.8]], [1.0, 1.0]),
            ([[0.2, 0.6], [0.1, 0.1]], [1.0, 0.0]),
        )
    ]
    batches = [
        dict(data_samples=[SimpleNamespace(gt_instance_labels=x)]) for x in labels
    ]
    unseen = dict(data_samples=None)
    layer = torch.nn.Linear(3, 4)
    torch.nn.init.constant_(layer.bias, bias)
    model = SimpleNamespace(head=SimpleNamespace(fc=layer))
    runner = SimpleNamespace(
        model=model, _resume=resumed, train_dataloader=[*batches, unseen]
    )
    InitMeanShapeHook(batches=2).before_train(runner)
    torch.testing.assert_close(layer.bias.data, torch.tensor(expected))
    assert (layer.weight == 0).all() == (expected[0] == 0.1)


@pytest.mark.parametrize('resumed', [False, True])
def test_pretrained_weights_are_loaded_unless_resumed(tmp_path, resumed):
    source, model = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    torch.save(source.state_dict(), tmp_path / 'a.pth')
    logger = MMLogger.get_instance('pretrained')
    runner = SimpleNamespace(model=model, logger=logger, _resume=resumed)
    LoadPretrainedHook(str(tmp_path / 'a.pth')).before_train(runner)
    assert torch.equal(model.weight, source.weight) != resumed


def test_data_parallel_on_cpus_uses_no_gpu(tmp_path):
    torch.distributed.init_process_group(
        'gloo', init_method=f'file://{tmp_path}/store', rank=0, world_size=1
    )
    try:
        wrapped = CpuDistributedDataParallel(torch.nn.Linear(2, 2), device_ids=[0])
        assert wrapped.device_ids is None
    finally:
        torch.distributed.destroy_process_group()
