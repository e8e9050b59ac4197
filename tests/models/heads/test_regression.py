import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from mmlandmark import InputError
from mmlandmark.schemes import scheme_from_names

DECODER = dict(type='RegressionLabel', input_size=(96, 64))


def build(**kwargs):
    config = dict(
        type='SchemeRegressionHead',
        in_channels=6 * 2 * 3,
        scheme='photo19',
        decoder=DECODER,
        loss=dict(type='MSELoss', use_target_weight=True),
    )
    return MODELS.build({**config, **kwargs})


def own_scheme(folder, points):
    path = folder / 'scheme.json'
    scheme_from_names('own', [f'point {i}' for i in range(points)]).save(path)
    return str(path)


def truth(points, weights):
    """Data samples of labels ``(N, K, 2)`` and weights ``(N, K)``."""
    samples = []
    for one, weight in zip(points, weights, strict=True):
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(
            keypoint_labels=one[None], keypoint_weights=weight[None]
        )
        samples.append(sample)
    return samples


@pytest.mark.parametrize(
    ('hidden', 'expected'),
    [
        ((), 36 * 38 + 38),
        ((20,), 36 * 20 + 20 + 20 * 38 + 38),
        ((20, 10), 36 * 20 + 20 + 20 * 10 + 10 + 10 * 38 + 38),
    ],
)
def test_parameters(hidden, expected):
    head = build(hidden=hidden)
    assert sum(p.numel() for p in head.parameters()) == expected


@pytest.mark.parametrize('points', [1, 5, 68])
def test_any_number_of_points(tmp_path, points):
    head = build(scheme=own_scheme(tmp_path, points))
    assert head((torch.randn(2, 6, 2, 3),)).shape == (2, points, 2)


def test_unknown_scheme():
    with pytest.raises(InputError, match='unknown landmark scheme'):
        build(scheme='photo20')


def test_it_takes_the_last_features_in_any_shape():
    head = build(hidden=(5,)).eval()
    features = torch.randn(2, 6, 2, 3)
    expected = head((features,))
    other = torch.randn(2, 6, 4, 6)
    torch.testing.assert_close(head((other, features)), expected)
    torch.testing.assert_close(head((features.flatten(1),)), expected)


def test_layers_with_relu_between_them():
    head = build(hidden=(7, 4), dropout=0.9).eval()
    x = torch.randn(3, 6, 2, 3)
    first, second = (m for m in head.hidden if isinstance(m, torch.nn.Linear))
    value = x.numpy().reshape(3, 36)
    for layer in (first, second):
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        value = np.maximum(value @ weight.T + bias, 0)
    value = value @ head.fc.weight.detach().numpy().T + head.fc.bias.detach().numpy()
    found = head((x,)).detach().numpy()
    np.testing.assert_allclose(found, value.reshape(3, 19, 2), atol=1e-5)


def test_dropout_drops_only_in_training():
    head = build(hidden=(50,), dropout=0.5)
    features = (torch.randn(1, 36),)
    assert not torch.equal(head(features), head(features))
    head.eval()
    assert torch.equal(head(features), head(features))


def test_float32_under_autocast():
    head = build(hidden=(8,)).eval()
    features = torch.randn(2, 6, 2, 3).bfloat16()
    expected = head((features.float(),))
    with torch.autocast('cpu', torch.bfloat16):
        found = head((features,))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize('hidden', [(), (20,)])
def test_before_training_every_point_is_near_the_middle(hidden):
    torch.manual_seed(0)
    head = build(hidden=hidden)
    head.init_weights()  # as MMEngine does before a training
    (nothing,) = head.decode(torch.zeros(1, 1, 19, 2) + head.fc.bias.reshape(19, 2))
    np.testing.assert_allclose(nothing.keypoints, np.full((1, 19, 2), [48, 32]))
    # of 36 features the sum has a standard deviation of 0.06
    found = head((torch.randn(50, 36),))
    assert (found - 0.5).abs().max() < 5 * 0.06
    assert found.std() > 0.001


def test_loss_by_hand(tmp_path):
    head = build(scheme=own_scheme(tmp_path, 2))
    torch.nn.init.zeros_(head.fc.weight)  # all at 0.5
    points = torch.tensor([[[0.5, 0.7], [9, 9]], [[0.2, 0.5], [0.5, 0.4]]])
    weights = torch.tensor([[1.0, 0], [1, 1]])
    losses = head.loss((torch.randn(2, 36),), truth(points, weights), {})
    # 0.2, 0.3 and 0.1 off, of eight values, two of which do not count
    expected = (0.2**2 + 0.3**2 + 0.1**2) / 8
    assert losses['loss_kpt'].item() == pytest.approx(expected, rel=1e-5)


def test_head_learns_three_faces(tmp_path):
    torch.manual_seed(0)
    head = build(scheme=own_scheme(tmp_path, 4), hidden=(16,))
    features = (torch.randn(3, 36),)
    points = torch.rand(3, 4, 2)
    samples = truth(points, torch.ones(3, 4))
    optimizer = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(200):
        optimizer.zero_grad()
        head.loss(features, samples, {})['loss_kpt'].backward()
        optimizer.step()
    found = head.predict(features, samples, {})
    for instances, expected in zip(found, points, strict=True):
        places = expected.numpy() * (96, 64)
        np.testing.assert_allclose(instances.keypoints[0], places, atol=1)


def test_features_of_another_size_are_named():
    head = build()
    with pytest.raises(InputError, match='in_channels to 72'):
        head((torch.zeros(2, 8, 3, 3),))


@pytest.mark.parametrize(
    ('loss', 'expected'),
    [
        # MSE and SmoothL1 are means over the 38 numbers, the wings sums
        ('MSELoss', 0.5**2 / 38),
        ('SmoothL1Loss', 0.5 * 0.5**2 / 38),
        ('WingLoss', 10 * np.log(1 + 0.5 / 2)),
        ('SoftWingLoss', 0.5),  # the distance itself, near the truth
    ],
)
def test_losses_of_one_number_that_is_half_a_crop_off(loss, expected):
    head = build(loss=dict(type=loss, use_target_weight=True))
    torch.nn.init.zeros_(head.fc.weight)
    torch.nn.init.zeros_(head.fc.bias)
    label = torch.zeros(19, 2)
    label[3, 1] = 0.5
    losses = head.loss((torch.zeros(1, 36),), truth([label], [torch.ones(19)]))
    assert losses['loss_kpt'].item() == pytest.approx(expected)
