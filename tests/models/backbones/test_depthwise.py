import pytest
import torch
from mmcv.cnn.bricks import Conv2dAdaptivePadding

from mmlandmark.models.backbones.depthwise import SameConv2d


def trained(layer_type, x, autocast, kernel, stride):
    torch.manual_seed(0)
    layer = layer_type(8, 8, kernel, stride=stride, groups=8, bias=False)
    x = x.clone().requires_grad_()
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        y = layer(x)
    (y.float() ** 2).sum().backward()
    return y, x.grad, layer.weight.grad


@pytest.mark.parametrize('size', [(9, 12), (10, 7)])
@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('kernel', [3, 5])
def test_bf16_is_float32_rounded(kernel, stride, size):
    torch.manual_seed(1)
    x = torch.randn(2, 8, *size)
    expected = trained(Conv2dAdaptivePadding, x, False, kernel, stride)
    found = trained(SameConv2d, x, True, kernel, stride)
    assert found[0].dtype == torch.bfloat16
    assert found[1].dtype == found[2].dtype == torch.float32
    for a, b in zip(found, expected, strict=True):
        a, b = a.detach().float(), b.detach()
        torch.testing.assert_close(a, b, rtol=0.03, atol=0.03 * float(b.abs().max()))


def test_a_frozen_weight_has_no_gradient():
    layer = SameConv2d(4, 4, 3, stride=2, groups=4, bias=False)
    layer.weight.requires_grad_(False)
    x = torch.randn(1, 4, 8, 8, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        layer(x).sum().backward()
    assert layer.weight.grad is None
    assert x.grad.shape == x.shape


def test_without_autocast_it_is_mmcv_s_layer():
    x = torch.randn(1, 8, 9, 9)
    for a, b in zip(
        trained(SameConv2d, x, False, 5, 2),
        trained(Conv2dAdaptivePadding, x, False, 5, 2),
        strict=True,
    ):
        assert torch.equal(a, b)
