import pytest
import torch

from mmlandmark import InputError
from mmlandmark.models import SegNet


def test_parameters_of_vgg16():
    encoder = SegNet().encoder
    convolutions = [m for m in encoder.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 13
    # VGG16's convolutions without their biases
    assert sum(c.weight.numel() for c in convolutions) == 14_710_464


@pytest.mark.parametrize('size', [(64, 32), (50, 37)])
def test_features_of_the_inputs_size(size):
    torch.manual_seed(0)
    model = SegNet(channels=(16, 24, 32), depths=(1, 1, 2))
    (features,) = model(torch.zeros(2, 3, *size))
    assert features.shape == (2, 16, *size)


def test_maxima_return_to_their_places():
    model = SegNet(1, (16,), (1,))
    with torch.no_grad():
        for block in (model.encoder, model.decoder):
            convolution = block[0][0]
            torch.nn.init.zeros_(convolution.weight)
            for channel in range(16):
                # all of them contain the first channel of the input
                convolution.weight[
                    channel, 0 if block is model.encoder else channel, 1, 1
                ] = 1
    model.eval()
    image = torch.tensor([[0.0, 0, 3, 0], [0, 5, 0, 0]])[None, None]
    (features,) = model(image)
    assert features[0, 7].flatten().tolist() == pytest.approx(
        [0, 0, 3, 0, 0, 5, 0, 0], rel=1e-3
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_every_weight_is_trained(dtype):
    torch.manual_seed(0)
    model = SegNet(channels=(16, 24), depths=(1, 1)).to(
        memory_format=torch.channels_last
    )
    images = torch.rand(2, 3, 16, 16).to(memory_format=torch.channels_last)
    with torch.autocast('cpu', dtype, enabled=dtype != torch.float32):
        (features,) = model(images)
    features.float().square().mean().backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters()
    )


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(channels=(8, 16), depths=(1, 1)), '16 channels or more, not 8'),
        (dict(channels=(16, 16), depths=(1,)), '2 levels of SegNet, 1 depths'),
    ],
)
def test_mistakes(settings, message):
    with pytest.raises(InputError, match=message):
        SegNet(**settings)
