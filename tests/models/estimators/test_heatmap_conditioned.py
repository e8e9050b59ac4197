import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.models import build_pose_estimator
from mmpose.structures import PoseDataSample

from mmlandmark import InputError
from mmlandmark.models import DepthHead
from mmlandmark.models.estimators import heatmap_conditioned as guided

SIZE, POINTS = 64, 19
CODEC = dict(
    type='FANHeatmap', input_size=(SIZE, SIZE), heatmap_size=(16, 16), sigma=1.0
)
STACKED = dict(
    type='StackedHeatmapHead',
    scheme='aflw19',
    decoder=CODEC,
    loss=dict(type='KeypointMSELoss', use_target_weight=True),
)


def fan(**kwargs):
    return dict(type='FAN', scheme='aflw19', num_stacks=1, width=64, **kwargs)


def build(kind, backbone, head, **kwargs):
    init_default_scope('mmpose')
    torch.manual_seed(0)
    detector = dict(type='TopdownPoseEstimator', backbone=fan(), head=STACKED)
    return build_pose_estimator(
        dict(type=kind, detector=detector, backbone=backbone, head=head, **kwargs)
    )


@pytest.fixture
def to_3d():
    model = build(
        'HeatmapConditionedEstimator', fan(in_channels=3 + POINTS), STACKED, noise=0.0
    )
    return model


@pytest.fixture
def depth():
    backbone = dict(type='ResNet', depth=18, in_channels=3 + POINTS)
    head = dict(type='DepthHead', in_channels=512, scheme='aflw19')
    return build('DepthEstimator', backbone, head, noise=0.0)


def sample(guide=None, depths=None):
    """All points in the middle of a crop of 128 pixels about (100, 50)."""
    meta = dict(input_size=(SIZE, SIZE), input_center=np.array([100.0, 50.0]),
                input_scale=np.array([128.0, 128.0]))  # fmt: skip
    made = PoseDataSample(metainfo=meta)
    made.gt_instances = InstanceData(bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1))
    labels = InstanceData(
        keypoint_labels=torch.full((1, POINTS, 2), 0.5),
        keypoint_weights=torch.ones(1, POINTS),
    )
    if guide is not None:
        labels.guide_labels = torch.full((1, POINTS, 2), guide)
    if depths is not None:
        labels.depth_labels = depths[None]
    made.gt_instance_labels = labels
    return made


def maps_seen(model, monkeypatch):
    """Keeps what the second network is given."""
    seen = []
    whole = model.extract_feat
    monkeypatch.setattr(
        model, 'extract_feat', lambda inputs: seen.append(inputs) or whole(inputs)
    )
    return seen


@pytest.mark.parametrize(('guide', 'pixel'), [(None, 32), (0.25, 16)])
def test_training_is_guided_by_labels(to_3d, monkeypatch, guide, pixel):
    seen = maps_seen(to_3d, monkeypatch)
    losses = to_3d.loss(torch.rand(2, 3, SIZE, SIZE), [sample(guide), sample(guide)])
    assert seen[0].shape == (2, 3 + POINTS, SIZE, SIZE)
    maps = seen[0][:, 3:].flatten(2)
    assert (maps.argmax(dim=2) == pixel * SIZE + pixel).all()
    assert maps.amax().item() == pytest.approx(1)
    losses['loss_stack1'].backward()
    assert all(p.grad is None for p in to_3d.detector.parameters())
    assert all(p.grad is not None for p in to_3d.backbone.parameters())


def test_use_is_guided_by_the_detector(to_3d, monkeypatch):
    to_3d.eval()
    seen = maps_seen(to_3d, monkeypatch)
    monkeypatch.setattr(
        guided, 'detector_points', lambda *_: torch.full((1, POINTS, 2), 10.0)
    )
    (found,) = to_3d.predict(torch.rand(1, 3, SIZE, SIZE), [sample()])
    assert (seen[0][:, 3:].flatten(2).argmax(dim=2) == 10 * SIZE + 10).all()
    points = found.pred_instances.keypoints
    # of the second network: within the crop from 36 to 164 and -14 to 114
    assert points.shape == (1, POINTS, 2)
    assert (points >= (36, -14)).all()
    assert (points <= (164, 114)).all()


def test_depths_beside_the_detectors_points(depth, monkeypatch):
    depth.eval()
    monkeypatch.setattr(
        guided, 'detector_points', lambda *_: torch.full((1, POINTS, 2), 16.0)
    )
    shares = torch.linspace(-0.1, 0.1, POINTS)[None]
    monkeypatch.setattr(depth.head, 'forward', lambda feats: shares)
    (found,) = depth.predict(torch.rand(1, 3, SIZE, SIZE), [sample()])
    instances = found.pred_instances
    # a quarter of the crop from its upper left corner at (36, -14)
    np.testing.assert_allclose(instances.keypoints[0], [[68, 18]] * POINTS)
    np.testing.assert_allclose(instances.keypoint_depths[0], shares[0] * 128, rtol=1e-6)


def test_what_a_depth_head_learns():
    torch.manual_seed(0)
    head = DepthHead(4, 'aflw19')
    feats = (torch.rand(2, 4, 3, 3),)
    assert head(feats).mean(dim=1).abs().max() < 1e-6
    truth = head(feats).detach() + 0.02
    samples = [sample(depths=row) for row in truth]
    # two hundredths of the crop's side off: its square
    assert head.loss(feats, samples)['loss_depth'].item() == pytest.approx(4, rel=1e-4)


def test_a_guide_without_weights(to_3d):
    with pytest.raises(InputError, match=r'set model.detector_checkpoint'):
        to_3d.init_weights()
