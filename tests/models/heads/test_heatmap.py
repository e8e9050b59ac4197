import math

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from mmpose.testing import get_packed_inputs

from mmlandmark import InputError
from mmlandmark.models import HeatmapCrossEntropyLoss
from mmlandmark.models.estimators.crops import gaussian_maps
from mmlandmark.models.heads.heatmap import expected_radial_errors, true_points

CODEC = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)


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


@pytest.mark.parametrize('sigma', [2 / 3, 1, 2])
def test_targets_decode_to_the_points(sigma):
    codec = KEYPOINT_CODECS.build({**CODEC, 'sigma': sigma})
    points = np.array([[[20.3, 30.6], [33.0, 41.7], [40.2, 25.1]]])
    target = codec.encode(points, np.ones((1, 3)))['heatmaps']
    # MMPose decodes to an input whose last pixel is at 64, not 63, and undoes it later
    decoded = codec.decode(target)[0] * 63 / 64
    np.testing.assert_allclose(decoded, points, atol=0.1)
    build('SoftmaxHeatmapHead', decoder={**CODEC, 'sigma': sigma})


@pytest.mark.parametrize('sigma', [0.75, 1.5])
def test_a_sigma_that_mmpose_draws_off_its_place_is_refused(sigma):
    with pytest.raises(InputError, match='3 sigma is a whole number'):
        build('SoftmaxHeatmapHead', decoder={**CODEC, 'sigma': sigma})


def test_softmax_has_the_volume_of_the_target():
    heatmaps = build('SoftmaxHeatmapHead')((torch.randn(1, 8, 16, 16),))
    volume = 2 * math.pi * 1**2
    torch.testing.assert_close(heatmaps.sum((2, 3)), torch.full((1, 19), volume))


@pytest.mark.parametrize(
    ('mass', 'point', 'pixel', 'error'),
    [
        ({(2, 1): 5}, (2, 1), (1, 1), 0),
        ({(0, 0): 1, (4, 0): 1}, (0, 0), (1, 1), 2),
        ({(0, 0): 1, (4, 0): 1}, (2, 0), (1, 1), 2),
        ({(0, 0): 1, (4, 0): 1}, (0, 0), (4, 3), 8),
        ({(3, 0): 1, (0, 4): 3}, (0, 0), (1, 1), (3 * 1 + 4 * 3) / 4),
        ({(2, 4): 0.1}, (0, 0), (2, 0.75), 5),  # 4 across, 3 down
    ],
)
def test_the_heatmap_error_is_the_expected_distance(mass, point, pixel, error):
    heatmap = torch.zeros(1, 1, 6, 5)
    for (x, y), value in mass.items():
        heatmap[0, 0, y, x] = value
    points = torch.tensor([[point]], dtype=torch.float32)
    found = expected_radial_errors(heatmap, points, np.array(pixel))
    assert found.item() == pytest.approx(error)


@pytest.mark.parametrize(
    ('codec', 'pixel'),
    [
        (CODEC, 64 / 15),  # the last of 16 pixels is decoded to 64
        (dict(type='MSRAHeatmap', unbiased=True), 64 / 16),
    ],
)
def test_decoded_points_have_heatmap_errors(codec, pixel):
    head = build('SoftmaxHeatmapHead', decoder={**CODEC, **codec})
    points = torch.full((2, 19, 2), 7.4)
    wide = torch.full((19, 16, 16), 1.0)
    heatmaps = torch.stack([gaussian_maps(points[:1], 16, 1)[0], wide])
    sharp, flat = head.decode((heatmaps * 3).requires_grad_())
    assert sharp.keypoint_heatmap_errors.shape == (1, 19)
    assert sharp.keypoint_heatmap_errors.dtype == np.float32
    np.testing.assert_allclose(sharp.keypoints[0], 7.4 * pixel, atol=0.2)
    # a place drawn from a round Gaussian is sigma sqrt(pi / 2) away on average
    expected = math.sqrt(math.pi / 2) * pixel
    np.testing.assert_allclose(sharp.keypoint_heatmap_errors, expected, rtol=0.01)
    assert flat.keypoint_heatmap_errors.min() > 5 * pixel


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


# 96x64 crops, maps of 24x16
POINT_CODEC = dict(
    type='MSRAHeatmap',
    input_size=(96, 64),
    heatmap_size=(24, 16),
    sigma=1.5,
    unbiased=True,
)


def drawn(centres, sigma):
    """Whole Gaussians ``(N, K, 16, 24)`` about ``(N, K, 2)`` map pixels."""
    y, x = np.mgrid[:16, :24]
    x, y = (grid - centres[..., i, None, None] for i, grid in enumerate((x, y)))
    return torch.tensor(np.exp(-(x**2 + y**2) / (2 * sigma**2))).float()


def encoded(points, weights=None):
    """Data samples as the pipeline makes them of crop pixels ``(N, K, 2)``."""
    codec = KEYPOINT_CODECS.build(dict(type='RegressionLabel', input_size=(96, 64)))
    samples = []
    for number, face in enumerate(points):
        values = codec.encode(face[None])
        if weights is not None:
            values['keypoint_weights'] = weights[number][None]
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(
            **{name: torch.tensor(value).float() for name, value in values.items()}
        )
        samples.append(sample)
    return samples


def crop_points(number=2, margin=20):
    random = np.random.default_rng(0)
    return random.uniform(margin, np.array([96, 64]) - margin, (number, 19, 2))


def test_true_points_in_pixels_of_the_maps():
    points = crop_points()
    weights = np.random.default_rng(1).integers(0, 2, (2, 19)).astype(np.float32)
    found, counted = true_points(torch.zeros(2, 1, 16, 24), encoded(points, weights))
    np.testing.assert_allclose(found, points / 4, rtol=1e-6)
    np.testing.assert_array_equal(counted, weights)


@pytest.mark.parametrize('sigma', [1, 1.5])
def test_the_loss_of_points_is_that_of_drawn_gaussians(sigma):
    torch.manual_seed(0)
    head = build('PointHeatmapHead', decoder={**POINT_CODEC, 'sigma': sigma})
    features = (torch.randn(2, 8, 16, 24),)
    torch.nn.init.normal_(head.final_layer.weight, std=0.5)
    points = crop_points(margin=0)  # Gaussians are cut by the border too
    weights = np.random.default_rng(1).integers(0, 2, (2, 19)).astype(np.float32)
    found = head.loss(features, encoded(points, weights), {})
    assert list(found) == ['loss_kpt']
    expected = HeatmapCrossEntropyLoss()(
        head(features), drawn(points / 4, sigma), torch.tensor(weights)
    )
    assert found['loss_kpt'].item() == pytest.approx(expected.item(), abs=1e-4)
    with torch.autocast('cpu', torch.bfloat16):
        rounded = head.loss(features, encoded(points, weights), {})['loss_kpt']
    assert rounded.dtype == torch.float32
    assert rounded.item() == pytest.approx(expected.item(), rel=0.01)


def test_the_codec_draws_where_the_points_are():
    """MMPose's own targets, cut at three sigma, cost as much as the points do."""
    head = build('PointHeatmapHead', decoder=POINT_CODEC)
    torch.nn.init.normal_(head.final_layer.weight, std=0.5)
    features = (torch.randn(2, 8, 16, 24),)
    points = crop_points()
    target = np.stack([head.decoder.encode(face[None])['heatmaps'] for face in points])
    expected = HeatmapCrossEntropyLoss()(head(features), torch.tensor(target))
    found = head.loss(features, encoded(points))['loss_kpt']
    assert found.item() == pytest.approx(expected.item(), rel=0.01)


def test_points_of_weight_0_count_nothing():
    torch.manual_seed(0)
    head = build('PointHeatmapHead', decoder=POINT_CODEC)
    torch.nn.init.normal_(head.final_layer.weight, std=0.5)
    features = (torch.randn(2, 8, 16, 24),)
    points, weights = crop_points(), np.ones((2, 19), np.float32)
    weights[0, 4] = 0
    loss = head.loss(features, encoded(points, weights))['loss_kpt']
    moved = points.copy()
    moved[0, 4] = -500, 3  # as far out as a turned crop leaves it
    again = head.loss(features, encoded(moved, weights))['loss_kpt']
    assert again.item() == pytest.approx(loss.item(), rel=1e-6)
    alone = [
        head.loss((features[0][n : n + 1],), encoded(points[n:][:1], weights[n:][:1]))
        for n in range(2)
    ]
    mean = (18 * alone[0]['loss_kpt'] + 19 * alone[1]['loss_kpt']) / 37
    assert loss.item() == pytest.approx(mean.item(), rel=1e-5)
    assert head.loss(features, encoded(points, 0 * weights))['loss_kpt'].item() == 0


def test_the_loss_is_least_where_the_decoder_finds_the_points():
    head = build('PointHeatmapHead', in_channels=19, decoder=POINT_CODEC)
    head.final_layer = torch.nn.Identity()
    points = crop_points()
    perfect = drawn(points / 4, 1.5).log().requires_grad_()
    head.loss((perfect,), encoded(points))['loss_kpt'].backward()
    assert perfect.grad.abs().max() < 1e-6
    other = drawn(points / 4 + 0.5, 1.5).log().requires_grad_()
    head.loss((other,), encoded(points))['loss_kpt'].backward()
    assert other.grad.abs().max() > 1e-4
    for found, expected in zip(head.decode(head((perfect,))), points, strict=True):
        np.testing.assert_allclose(found.keypoints[0], expected, atol=0.2)


def test_points_are_not_learnt_for_a_udp_decoder():
    udp = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)
    with pytest.raises(InputError, match='goes with MSRAHeatmap'):
        MODELS.build(
            dict(
                type='PointHeatmapHead',
                in_channels=8,
                scheme='ibug68',
                deconv_out_channels=None,
                decoder=udp,
            )
        )
