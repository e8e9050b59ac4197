import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from mmlandmark import InputError
from mmlandmark.models import FAN
from mmlandmark.models.checkpoints.fan import (
    convert_fan,
    convert_fan_file,
    converted_name,
)


@pytest.mark.parametrize(
    ('published', 'ours'),
    [
        ('conv1.bias', 'stem.0.bias'),
        ('bn1.running_var', 'stem.1.running_var'),
        ('conv2.bn1.weight', 'stem.3.wide.0.weight'),
        ('conv4.downsample.2.weight', 'stem.6.skip.2.weight'),
        ('m0.b1_4.conv3.weight', 'hourglasses.0.skip.widest.2.weight'),
        ('m1.b2_3.bn2.bias', 'hourglasses.1.inner.before.wider.0.bias'),
        ('m0.b3_1.bn1.weight', 'hourglasses.0.inner.inner.inner.after.wide.0.weight'),
        (
            'm0.b2_plus_1.conv1.weight',
            'hourglasses.0.inner.inner.inner.inner.wide.2.weight',
        ),
        ('module.top_m_3.conv2.weight', 'features.3.0.wider.2.weight'),
        ('conv_last2.weight', 'features.2.1.weight'),
        ('bn_end0.running_mean', 'features.0.2.running_mean'),
        ('l3.bias', 'heatmaps.3.bias'),
        ('bl0.weight', 'from_features.0.weight'),
        ('al1.weight', 'from_heatmaps.1.weight'),
    ],
)
def test_names(published, ours):
    assert converted_name(published) == ours


@pytest.mark.parametrize('name', ['layer1.0.conv1.weight', 'm0.b4_1.x', 'fc.weight'])
def test_a_name_of_another_network(name):
    with pytest.raises(InputError, match=f'{name!r} is not a tensor of'):
        converted_name(name)


class Block(nn.Module):
    """The published block, written from its description with the published names."""

    def __init__(self, inputs, outputs):
        super().__init__()
        sizes = [(inputs, outputs // 2), (outputs // 2, outputs // 4)]
        sizes += [(outputs // 4, outputs // 4)]
        for i, (a, b) in enumerate(sizes, 1):
            self.add_module(f'bn{i}', nn.BatchNorm2d(a))
            self.add_module(f'conv{i}', nn.Conv2d(a, b, 3, padding=1, bias=False))
        self.downsample = None
        if inputs != outputs:
            one = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.downsample = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), one)

    def forward(self, x):
        a = self.conv1(F.relu(self.bn1(x)))
        b = self.conv2(F.relu(self.bn2(a)))
        c = self.conv3(F.relu(self.bn3(b)))
        return torch.cat([a, b, c], 1) + (self.downsample(x) if self.downsample else x)


class Published(nn.Module):
    """The published network of two stacks, flat as its names are."""

    def __init__(self, stacks=2, points=68):
        super().__init__()
        self.stacks = stacks
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64)
        self.conv2, self.conv3 = Block(64, 128), Block(128, 128)
        self.conv4 = Block(128, 256)
        for i in range(stacks):
            hourglass = nn.Module()
            for level in (1, 2, 3, 4):
                for name in ('b1', 'b2', 'b3') + ('b2_plus',) * (level == 1):
                    hourglass.add_module(f'{name}_{level}', Block(256, 256))
            self.add_module(f'm{i}', hourglass)
            self.add_module(f'top_m_{i}', Block(256, 256))
            self.add_module(f'conv_last{i}', nn.Conv2d(256, 256, 1))
            self.add_module(f'bn_end{i}', nn.BatchNorm2d(256))
            self.add_module(f'l{i}', nn.Conv2d(256, points, 1))
            if i < stacks - 1:
                self.add_module(f'bl{i}', nn.Conv2d(256, 256, 1))
                self.add_module(f'al{i}', nn.Conv2d(points, 256, 1))

    def level(self, i, depth, x):
        part = getattr(self, f'm{i}')
        low = getattr(part, f'b2_{depth}')(F.avg_pool2d(x, 2))
        low = self.level(i, depth - 1, low) if depth > 1 else part.b2_plus_1(low)
        low = getattr(part, f'b3_{depth}')(low)
        return getattr(part, f'b1_{depth}')(x) + F.interpolate(low, scale_factor=2)

    def forward(self, x):
        x = self.conv2(F.relu(self.bn1(self.conv1(x))))
        x = self.conv4(self.conv3(F.avg_pool2d(x, 2)))
        found = []
        for i in range(self.stacks):
            y = getattr(self, f'top_m_{i}')(self.level(i, 4, x))
            y = F.relu(getattr(self, f'bn_end{i}')(getattr(self, f'conv_last{i}')(y)))
            found.append(getattr(self, f'l{i}')(y))
            if i < self.stacks - 1:
                x = x + getattr(self, f'bl{i}')(y) + getattr(self, f'al{i}')(found[-1])
        return found


@pytest.fixture
def published():
    torch.manual_seed(0)
    model = Published().eval()
    for module in model.modules():  # so that a mistaken place shows
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def test_converted_weights_give_the_same_heatmaps(published):
    ours = FAN('ibug68', 2, pool='avg').eval()
    state = convert_fan(published.state_dict())
    ours.load_state_dict({k.removeprefix('backbone.'): v for k, v in state.items()})
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for a, b in zip(ours(image), published(image), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('scripted', [False, True])
def test_files(published, tmp_path, scripted):
    source, target = tmp_path / '2DFAN2.zip', tmp_path / 'fan.pth'
    if scripted:
        torch.jit.trace(published, torch.rand(1, 3, 64, 64)).save(str(source))
    else:
        torch.save(published.state_dict(), source)
    assert convert_fan_file(source, target) == 2
    written = torch.load(target, weights_only=True)
    assert len(written['state_dict']) == len(published.state_dict())
    assert written['meta']['dataset_meta']['keypoint_id2name'][8] == 'jaw 9'


def test_a_file_of_other_weights(tmp_path):
    path = tmp_path / 'other.pth'
    torch.save({'fc.weight': torch.zeros(1)}, path)
    with pytest.raises(InputError, match='not a tensor of a published FAN'):
        convert_fan_file(path, tmp_path / 'out.pth')
    assert not (tmp_path / 'out.pth').exists()
    path.write_bytes(b'nothing')
    with pytest.raises(InputError, match='not a readable checkpoint'):
        convert_fan_file(path, tmp_path / 'out.pth')
