import pytest
import torch

from mmlandmark import InputError
from mmlandmark.models import ResidualUNet


@pytest.mark.parametrize(
    ('inputs', 'channels', 'size', 'expected'),
    [
        (3, (16, 24), (16, 12), (1, 16, 8, 6)),
        (1, (16, 24, 32, 48), (32, 48), (1, 16, 16, 24)),
    ],
)
def test_half_the_size_of_the_input(inputs, channels, size, expected):
    model = ResidualUNet(inputs, channels)
    (features,) = model(torch.zeros(1, inputs, *size))
    assert features.shape == expected


def test_every_weight_learns_and_far_pixels_count():
    model = ResidualUNet(1, (16, 24, 32)).train()
    image = torch.randn(2, 1, 64, 64, requires_grad=True)
    (features,) = model(image)
    features[0, :, 16, 16].sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.eval()
    image.grad = None
    model(image)[0][0, :, 16, 16].sum().backward()
    seen = image.grad[0, 0].abs().sum(dim=0).nonzero()
    assert seen.max() - seen.min() >= 32  # pixels of the input, by the coarsest level
    assert image.grad[1].abs().sum() == 0  # nothing of the other image


def test_too_few_channels():
    with pytest.raises(InputError, match='16 channels or more, not 8'):
        ResidualUNet(channels=(16, 8))
