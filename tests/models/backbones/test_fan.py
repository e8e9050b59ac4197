import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmlandmark import InputError
from mmlandmark.models import (
    FAN,
    HeatmapBCELoss,
    StackedHeatmapHead,
    StackedPointHead,
)
from mmlandmark.models.backbones.fan import BottleneckBlock, HierarchicalBlock


@pytest.mark.parametrize(
    ('stacks', 'width', 'millions'),
    [
        (1, 256, 6.25),
        (2, 256, 12.11),
        (3, 256, 17.96),
        (4, 256, 23.82),
        (1, 192, 3.64),
        (1, 128, 1.74),
    ],
)
def test_as_many_weights_as_published(stacks, width, millions):
    weights = sum(p.numel() for p in FAN('ibug68', stacks, width).parameters())
    assert round(weights / 1e6, 2) == millions


@pytest.mark.parametrize('width', [128, 192, 256])
def test_the_bottleneck_has_as_many_weights(width):
    ours, plain = (
        sum(p.numel() for p in FAN('ibug68', 1, width, block).parameters())
        for block in ('hierarchical', 'bottleneck')
    )
    assert plain == pytest.approx(ours, rel=0.01)


@pytest.mark.parametrize('pool', ['max', 'avg'])
def test_heatmaps_of_every_stack(pool):
    model = FAN('aflw19', 2, 64, pool=pool, in_channels=5)
    maps = model(torch.rand(2, 5, 128, 64))
    assert [m.shape for m in maps] == [(2, 19, 32, 16)] * 2
    # the second stack learns through the first's heatmaps too
    maps[1].sum().backward()
    assert model.from_heatmaps[0].weight.grad.abs().sum() > 0
    assert model.heatmaps[0].weight.grad.abs().sum() > 0


def test_what_each_part_of_a_block_sees():
    block = HierarchicalBlock(8, 8).eval()
    image = torch.rand(1, 8, 15, 15, requires_grad=True)
    for channels, side in ((slice(0, 4), 3), (slice(4, 6), 5), (slice(6, 8), 7)):
        image.grad = None
        (block(image) - block.skip(image))[0, channels, 7, 7].sum().backward()
        seen = image.grad[0].abs().sum(dim=0) > 0
        assert (int(seen.any(0).sum()), int(seen.any(1).sum())) == (side, side)


def test_a_bottleneck_sees_3_pixels():
    block = BottleneckBlock(8, 12).eval()
    image = torch.rand(1, 8, 9, 9, requires_grad=True)
    block(image)[0, :, 4, 4].sum().backward()
    assert int((image.grad[0].abs().sum(dim=0) > 0).sum()) == 9


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(block='plain'), "hierarchical or bottleneck .* not 'plain' and 'max'"),
        (dict(pool='min'), "max or avg, not 'hierarchical' and 'min'"),
        (dict(width=66), 'a multiple of 4 from 64, not 66'),
        (dict(width=32), 'a multiple of 4 from 64, not 32'),
    ],
)
def test_mistakes(options, message):
    with pytest.raises(InputError, match=message):
        FAN('ibug68', **options)


def sample(points, weights):
    labels = InstanceData(
        keypoint_labels=torch.tensor([points]), keypoint_weights=torch.tensor([weights])
    )
    made = PoseDataSample()
    made.gt_instance_labels = labels
    return made


DECODER = dict(type='FANHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1.0)
SCHEME = dict(name='two', points=('a', 'b'), labels=('a', 'b'))
# shares of the crop: 4.25 and 8.5 of 16 heatmap pixels; the second point is missing
SAMPLE = ([[4.25 / 16, 8.5 / 16], [0.5, 0.5]], [1.0, 0.0])


def peak(x, y, sigma=1.0):
    steps = torch.arange(16)
    rows = (-((steps - y) ** 2) / (2 * sigma**2)).exp()
    columns = (-((steps - x) ** 2) / (2 * sigma**2)).exp()
    return rows[:, None] * columns


@pytest.mark.parametrize(('subpixel', 'place'), [(True, (4.25, 8.5)), (False, (4, 8))])
def test_targets_of_every_stack(subpixel, place):
    head = StackedHeatmapHead(
        SCHEME,
        subpixel,
        decoder=DECODER,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    )
    right = torch.stack([peak(*place), torch.full((16, 16), 9.0)])[None]
    losses = head.loss((torch.zeros_like(right), right), [sample(*SAMPLE)])
    assert losses['loss_stack2'] < 1e-10  # the missing point counts nothing
    # of two maps of 256 pixels one is off by its Gaussian
    assert losses['loss_stack1'].item() == pytest.approx(
        (peak(*place) ** 2).sum().item() / 512, rel=1e-4
    )


def test_distance_from_the_centroid():
    head = StackedHeatmapHead(
        SCHEME,
        distance_weight=0.01,
        decoder=DECODER,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    )
    maps = torch.zeros(1, 2, 16, 16)
    maps[0, 0, 8, 4] = 1  # the centroid: 0.25 and 0.5 off
    losses = head.loss((maps,), [sample(*SAMPLE)])
    assert losses['loss_distance1'].item() == pytest.approx(0.01 * 0.3125**0.5)


def test_binary_cross_entropy():
    output = torch.zeros(
        1, 2, 4, 4
    )  # probability one half: entropy ln 2 whatever is true
    output[0, 1] = 50
    loss = HeatmapBCELoss()(output, torch.zeros(1, 2, 4, 4), torch.tensor([[1.0, 0]]))
    assert loss.item() == pytest.approx(0.693147, rel=1e-4)
    head = StackedHeatmapHead(
        SCHEME, sigmoid=True, decoder=DECODER, loss=dict(type='HeatmapBCELoss')
    )
    assert head((output,)).amax() <= 1


def test_cross_entropy_of_every_stack():
    head = StackedPointHead(SCHEME, decoder=dict(DECODER, type='MSRAHeatmap'))
    flat = torch.zeros(1, 2, 16, 16)
    sharp = flat.clone()
    sharp[0, 0] = peak(4.25, 8.5).clamp_min(1e-30).log()
    losses = head.loss((flat, sharp), [sample(*SAMPLE)])
    # of a flat map the entropy is that of 256 equal places
    assert losses['loss_stack1'].item() == pytest.approx(5.545177, rel=1e-4)
    # and of the target itself that of a Gaussian in two dimensions, 1 + ln(2 pi)
    assert losses['loss_stack2'].item() == pytest.approx(2.837877, rel=1e-3)
