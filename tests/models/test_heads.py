import math

import pytest
import torch
from mmengine.structures import PixelData
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs

from mmlandmark import InputError

CODEC = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1.5)


def build(kind, **kwargs):
    config = dict(
        type=kind,
        in_channels=8,
        scheme='photo19',
        deconv_out_channels=None,
        decoder=CODEC,
        loss=dict(type='HeatmapCrossEntropyLoss'),
    )
    return MODELS.build({**config, **kwargs})


@pytest.mark.parametrize('kind', ['SchemeHeatmapHead', 'SoftmaxHeatmapHead'])
def test_one_channel_a_point_in_float32(kind):
    head = build(kind)
    with torch.autocast('cpu', torch.bfloat16):
        heatmaps = head((torch.randn(2, 8, 16, 16),))
    assert heatmaps.shape == (2, 19, 16, 16)
    assert heatmaps.dtype == torch.float32


def test_unknown_scheme():
    with pytest.raises(InputError, match='unknown landmark scheme'):
        build('SchemeHeatmapHead', scheme='photo20')


def test_softmax_has_the_volume_of_the_target():
    heatmaps = build('SoftmaxHeatmapHead')((torch.randn(1, 8, 16, 16),))
    volume = 2 * math.pi * 1.5**2
    torch.testing.assert_close(heatmaps.sum((2, 3)), torch.full((1, 19), volume))


def test_head_learns_one_picture():
    """The loss falls through MMPose's own ``loss``."""
    torch.manual_seed(0)
    head = build('SoftmaxHeatmapHead')
    sample = get_packed_inputs(
        1, num_keypoints=19, input_size=(64, 64), with_heatmap=True
    )
    data_samples = sample['data_samples']
    for data_sample in data_samples:  # 16x16 targets with one peak each
        heatmap = torch.zeros(19, 16, 16)
        heatmap[torch.arange(19), torch.arange(19) % 16, 5] = 1
        data_sample.gt_fields = PixelData(heatmaps=heatmap)
        data_sample.gt_instance_labels.keypoint_weights = torch.ones(1, 19)
    features = (torch.randn(1, 8, 16, 16),)
    optimizer = torch.optim.Adam([*head.parameters()], lr=0.1)
    losses = []
    for _ in range(30):
        loss = head.loss(features, data_samples, {})['loss_kpt']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
