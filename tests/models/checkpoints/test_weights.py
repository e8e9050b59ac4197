import pickle
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from torchvision.models import resnet18

from mmlandmark import InputError
from mmlandmark.models.checkpoints.weights import (
    load_weights,
    read_checkpoint,
)
from mmlandmark.utils.checksum import sha256


@pytest.fixture(scope='module')
def build():
    def make(config='configs/ceph_hrnetv2.py', **head):
        init_default_scope('mmpose')
        config = Config.fromfile(config)
        config.model.head.update(head)
        return build_pose_estimator(config.model)

    return make


def published_names(state):
    """Today's keys to those of the published AFLW checkpoint, written by MMPose 0.x."""
    return {
        re.sub('^head.conv_layers', 'keypoint_head.final_layer', re.sub(
            '^head.final_layer', 'keypoint_head.final_layer.3', key)): value
        for key, value in state.items()
    }  # fmt: skip


def randomise(model):
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor))


def test_aflw_checkpoint_fills_every_tensor(build, tmp_path):
    torch.manual_seed(0)
    source, target = build(), build()
    randomise(source)
    state = published_names(source.state_dict())
    assert 'keypoint_head.final_layer.3.weight' in state
    assert 'keypoint_head.final_layer.0.weight' in state
    torch.save(dict(meta=dict(epoch=60), state_dict=state), tmp_path / 'aflw.pth')
    report = load_weights(target, tmp_path / 'aflw.pth')
    assert report.missing == report.mismatched == report.unused == []
    for (name, a), b in zip(
        source.state_dict().items(), target.state_dict().values(), strict=True
    ):
        assert torch.equal(a, b), name


def test_a_head_for_other_points_is_left_and_reported(build, tmp_path):
    source, target = build(), build(scheme='isbi19')
    state = published_names(source.state_dict())
    weight = torch.rand(68, 270, 1, 1)
    state['keypoint_head.final_layer.3.weight'] = weight
    state['keypoint_head.final_layer.3.bias'] = torch.rand(68)
    state['extra.weight'] = torch.rand(2)
    del state['backbone.conv1.weight']
    torch.save(dict(state_dict=state), tmp_path / 'face68.pth')
    before = target.head.final_layer.weight.clone()
    report = load_weights(target, tmp_path / 'face68.pth')
    total = len(target.state_dict())
    assert torch.equal(target.head.final_layer.weight, before)
    assert report.mismatched == ['head.final_layer.bias', 'head.final_layer.weight']
    assert report.line() == (
        f'loaded {total - 3} of {total} tensors from {tmp_path / "face68.pth"}; '
        'other shape, kept as initialised: head.final_layer.bias, '
        'head.final_layer.weight; not in the file: backbone.conv1.weight; '
        'in the file but not in the model: extra.weight'
    )
    with pytest.raises(InputError, match='checkpoint of another model'):
        load_weights(target, tmp_path / 'face68.pth', strict=True)


def depth_model(build, **head):
    return build('configs/ceph_hrnetv2_depth.py', **head)


def test_a_stem_of_more_channels_starts_with_zeros_for_them(build, tmp_path):
    source, target = build(), depth_model(build)
    state = published_names(source.state_dict())
    torch.save(dict(state_dict=state), tmp_path / 'aflw.pth')
    report = load_weights(target, tmp_path / 'aflw.pth')
    weight = target.backbone.conv1.weight
    assert weight.shape == (64, 4, 3, 3)
    assert torch.equal(weight[:, :3], source.backbone.conv1.weight)
    assert not weight[:, 3].any()
    assert weight.requires_grad
    total = len(target.state_dict())
    assert report.line() == (
        f'loaded {total} of {total} tensors from {tmp_path / "aflw.pth"}; '
        'zeros for the input channels after the third: backbone.conv1.weight'
    )
    # what was loaded sees what it saw, whatever the depth
    colours, depth = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)
    source.eval(), target.eval()
    with torch.no_grad():
        expected = source.backbone(colours)[0]
        actual = target.backbone(torch.cat([colours, depth], 1))[0]
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_test_refuses_a_stem_of_fewer_channels(build, tmp_path):
    torch.save(build().state_dict(), tmp_path / 'rgb.pth')
    with pytest.raises(InputError, match='checkpoint of another model'):
        load_weights(depth_model(build), tmp_path / 'rgb.pth', strict=True)


def test_a_stem_of_fewer_channels_is_not_cut(build, tmp_path):
    torch.save(depth_model(build).state_dict(), tmp_path / 'depth.pth')
    report = load_weights(build(), tmp_path / 'depth.pth')
    assert report.mismatched == ['backbone.conv1.weight']
    assert report.stem == ''


def test_a_gray_stem_sums_the_colours(build, tmp_path):
    source, target = build(), build()
    target.backbone.conv1 = torch.nn.Conv2d(1, 64, 3, 2, 1, bias=False)
    torch.save(source.state_dict(), tmp_path / 'rgb.pth')
    report = load_weights(target, tmp_path / 'rgb.pth')
    assert 'summed over the colours: backbone.conv1.weight' in report.line()
    assert not report.mismatched
    # a gray picture gives the result of three equal channels
    gray = torch.rand(1, 1, 64, 64)
    source.eval(), target.eval()
    with torch.no_grad():
        expected = source.backbone(gray.expand(-1, 3, -1, -1))[0]
        actual = target.backbone(gray)[0]
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_bare_backbone_of_torchvision_fills_the_backbone(build, tmp_path):
    torch.manual_seed(0)
    state = resnet18().state_dict()
    for name, tensor in state.items():
        state[name] = torch.rand(tensor.shape).to(tensor.dtype)
    target = build('configs/face_300w_resnet18.py')
    head = {name: value.clone() for name, value in target.head.state_dict().items()}
    torch.save(state, tmp_path / 'resnet18.pth')
    report = load_weights(target, tmp_path / 'resnet18.pth')
    filled = target.backbone.state_dict()
    assert set(state) - set(filled) == {'fc.weight', 'fc.bias'}
    assert set(filled) <= set(state)
    for name, tensor in filled.items():
        given = state[name]
        expected = given.sum(1, keepdim=True) if name == 'conv1.weight' else given
        assert torch.equal(tensor, expected), name
    for name, value in target.head.state_dict().items():
        assert torch.equal(value, head[name]), name
    assert report.missing == [f'head.{name}' for name in head]
    assert report.mismatched == []
    assert report.unused == ['fc.bias', 'fc.weight']
    assert report.stem == 'summed over the colours: backbone.conv1.weight'
    # a test wants all of the model
    with pytest.raises(InputError, match='checkpoint of another model'):
        load_weights(target, tmp_path / 'resnet18.pth', strict=True)


def test_a_model_goes_before_a_bare_backbone(build, tmp_path):
    """Names are left alone where the file is a whole model's."""
    target = build('configs/face_300w_resnet18.py')
    state = target.state_dict()
    del state['backbone.bn1.bias']
    state['bn1.bias'] = torch.rand(64)
    torch.save(state, tmp_path / 'model.pth')
    report = load_weights(target, tmp_path / 'model.pth')
    assert report.missing == ['backbone.bn1.bias']
    assert report.unused == ['bn1.bias']


def test_another_model(build, tmp_path):
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / 'linear.pth')
    with pytest.raises(InputError, match='checkpoint of another model') as caught:
        load_weights(build(), tmp_path / 'linear.pth')
    assert '\n' not in str(caught.value)


class Hostile:
    def __reduce__(self):
        return eval, ("open('pwned', 'w')",)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'no checkpoint at'),
        (b'not a checkpoint', 'not a readable checkpoint'),
        (b'', 'not a readable checkpoint'),
        (pickle.dumps(Hostile()), 'not a readable checkpoint'),
        ([1, 2], 'holds a list'),
        ({'state_dict': Hostile()}, 'not a readable checkpoint'),
    ],
    ids=['none', 'text', 'empty', 'pickle', 'list', 'hostile'],
)
def test_unreadable(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'a.pth'
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(InputError, match=message) as caught:
        read_checkpoint(path)
    assert '\n' not in str(caught.value)
    assert not (tmp_path / 'pwned').exists()


def test_sha256(tmp_path):
    (tmp_path / 'a').write_bytes(b'abc')
    # the example of FIPS 180-2
    assert sha256(tmp_path / 'a').startswith('ba7816bf8f01cfea')
