import pytest
import torch
from mmpose.registry import MODELS
from torch.nn.functional import max_pool2d

from mmlandmark.models import PlainCNN


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        # 3x3 kernels and a bias an output
        (dict(channels=(32, 64)), 32 * 9 + 32 + 64 * 32 * 9 + 64),
        (dict(channels=(5,), in_channels=3), 5 * 3 * 9 + 5),
        # and a scale and a shift each
        (dict(channels=(4, 6), batch_norm=True), 4 * 9 + 6 * 4 * 9 + 3 * (4 + 6)),
    ],
)
def test_parameters(arguments, expected):
    assert count(MODELS.build(dict(type='PlainCNN', **arguments))) == expected


@pytest.mark.parametrize(
    ('channels', 'size', 'expected'),
    [
        ((3, 4), (32, 48), (4, 8, 12)),
        ((3, 4, 5), (30, 17), (5, 3, 2)),
        ((2,), (2, 2), (2, 1, 1)),
    ],
)
@pytest.mark.parametrize('batch_norm', [False, True])
def test_every_layer_halves_the_picture(channels, size, expected, batch_norm):
    model = PlainCNN(channels, 3, batch_norm)
    (features,) = model(torch.randn(2, 3, *size))
    assert features.shape == (2, *expected)


def test_it_computes_what_it_says():
    model = PlainCNN((1,))
    convolution = model.layers[0]
    torch.nn.init.dirac_(convolution.weight)  # hands the picture on
    torch.nn.init.constant_(convolution.bias, -0.5)
    image = torch.tensor([[1.0, 2, -3, 0], [0, -1, -2, 0.25]])[None, None]
    (features,) = model(image)
    torch.testing.assert_close(features, torch.tensor([[[[1.5, 0]]]]))
    # the values are normalised before ReLU: half of a symmetric picture stays
    model = PlainCNN((1,), batch_norm=True)
    torch.nn.init.dirac_(model.layers[0].weight)
    image = torch.randn(1, 1, 64, 64)
    (features,) = model(3 * image + 7)
    normalised = (image - image.mean()) / image.std(correction=0)
    torch.testing.assert_close(
        features, max_pool2d(normalised.relu(), 2), rtol=1e-3, atol=1e-3
    )


def test_every_layer_learns():
    model = PlainCNN((2, 3), batch_norm=True)
    model(torch.randn(2, 1, 8, 8))[0].square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for n, p in model.named_parameters()
               if not n.endswith('bias'))  # fmt: skip
