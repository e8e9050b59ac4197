import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.models import build_pose_estimator
from mmpose.structures import PoseDataSample
from tests_support import ROOT

from mmlandmark import InputError
from mmlandmark.engine.config import load_config
from mmlandmark.models.estimators import coarse_to_fine
from mmlandmark.models.estimators.crops import gaussian_maps
from mmlandmark.models.estimators.two_stage import detector_points

POINTS = 19


@pytest.fixture
def model():
    init_default_scope('mmpose')
    torch.manual_seed(0)
    config = load_config(ROOT / 'tests' / 'tiny_coarse_to_fine.py')
    return build_pose_estimator(config.model)


def sample(points=None, weights=None):
    """A sample of the whole of a 128x128 image."""
    meta = dict(input_size=(128, 128), input_center=np.array([64.0, 64.0]),
                input_scale=np.array([128.0, 128.0]))  # fmt: skip
    data = PoseDataSample(metainfo=meta)
    data.gt_instances = InstanceData(
        bboxes=np.array([[0, 0, 127, 127]]), bbox_scores=np.ones(1)
    )
    if points is not None:
        data.gt_instance_labels = InstanceData(
            keypoint_labels=points[None] / 128, keypoint_weights=weights[None]
        )
    return data


def test_crop_k_is_asked_for_point_k_alone(model):
    features = torch.randn(2 * POINTS, 16, 16, 16)
    before = model.head((features,))
    assert before.shape == (2, POINTS, 16, 16)
    changed = features.clone()
    changed[POINTS + 3] += torch.randn(16, 16, 16)  # the second image's fourth crop
    with torch.no_grad():
        model.head.final_layer.weight.normal_()
    before, after = model.head((features,)), model.head((changed,))
    differs = (before - after).abs().amax(dim=(2, 3)) > 0
    assert differs.nonzero().tolist() == [[1, 3]]


def brightest(crops):
    """Where each crop is brightest, ``(1, K, 2)`` of its pixels."""
    spot = crops[:, 0].flatten(1).argmax(dim=1)
    size = crops.shape[-1]
    return torch.stack([spot % size, spot // size], dim=1)[None].float()


def test_targets_are_where_the_crops_show_the_points(model, monkeypatch):
    """The shifted, turned and scaled crops and their targets fit one another."""
    places, seen = [], []

    def remember(points, size, sigma):
        places.append(points)
        return gaussian_maps(points, size, sigma)

    def look(self, crops):
        seen.append(brightest(crops))
        return (torch.zeros(len(crops), 16, 16, 16),)

    monkeypatch.setattr(
        'mmlandmark.models.estimators.coarse_to_fine.gaussian_maps', remember
    )
    monkeypatch.setattr(type(model), 'extract_feat', look)
    truth = torch.stack(
        [20.0 + torch.arange(POINTS) * 5, torch.full((POINTS,), 60.0)], 1
    )
    for point in range(0, POINTS, 4):
        # one soft spot an image: neighbours would be in the crop too
        image = 255 * gaussian_maps(truth[None, point : point + 1], 128, 1.5)
        torch.manual_seed(point)
        with torch.autocast('cpu', torch.bfloat16):  # which must not round the places
            model.loss(image.expand(-1, 3, -1, -1), [sample(truth, torch.ones(POINTS))])
        error = (2 * places[-1] - seen[-1])[0, point]
        assert error.abs().max() < 0.8  # the brightest is a whole pixel
    spread = torch.stack([p[0, 0] for p in places]).std(dim=0)
    assert spread.min() > 0.5  # the crops were shifted


def test_missing_points_cost_nothing(model, monkeypatch):
    image, truth = torch.randn(1, 3, 128, 128), torch.full((POINTS, 2), 64.0)
    weights = torch.ones(POINTS)
    weights[5] = 0
    with torch.no_grad():
        model.head.final_layer.weight.normal_()

    def loss(where):
        truth[5] = where
        torch.manual_seed(0)
        return model.loss(image, [sample(truth, weights)])['loss_kpt'].item()

    model.eval()  # in training all crops of a batch share their statistics
    missing = loss(20.0)
    assert missing == pytest.approx(loss(90.0), rel=1e-6)
    weights[5] = 1
    assert missing != pytest.approx(loss(90.0), rel=1e-6)


def test_the_second_stage_finds_what_is_in_the_crop(model, monkeypatch):
    """A bright spot a few pixels off the coarse point is found where it is."""
    truth = np.stack([10 + 6 * np.arange(POINTS), np.full(POINTS, 60)], axis=1)
    image = torch.zeros(1, 3, 128, 128)
    for x, y in truth:
        image[0, :, y, x] = 1
    coarse = torch.tensor(truth + np.array([2, -2])).float()[None]
    monkeypatch.setattr(coarse_to_fine, 'detector_points', lambda *_: coarse)
    monkeypatch.setattr(model, 'extract_feat', lambda crops: crops)

    def heatmaps(self, crops):
        # the neighbours' spots are in the crop too: look about its middle alone
        near = crops.clone()
        near[..., :11] = near[..., 20:] = 0
        assert near.flatten(1).amax(dim=1).min() > 0.999  # cut without resampling
        return gaussian_maps(brightest(near) / 2, 16, 1.0)

    monkeypatch.setattr(type(model.head), 'forward', heatmaps)
    (found,) = model.predict(image, [sample()])
    np.testing.assert_allclose(found.pred_instances.keypoints[0], truth, atol=0.02)


def test_only_the_second_stage_learns(model):
    model.train()
    assert model.training
    assert not model.detector.training
    before = {k: v.clone() for k, v in model.detector.state_dict().items()}
    data = [sample(torch.full((POINTS, 2), 64.0), torch.ones(POINTS)) for _ in range(2)]
    loss = model.loss(torch.randn(2, 3, 128, 128), data)['loss_kpt']
    loss.backward()
    assert all(p.grad is None for p in model.detector.parameters())
    assert all(
        p.grad is not None for n, p in model.named_parameters()
        if not n.startswith('detector')
    )  # fmt: skip
    for name, tensor in model.detector.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_predict_runs_both_stages(model):
    model.eval()
    (found,) = model.predict(torch.randn(1, 3, 128, 128), [sample()])
    assert found.pred_instances.keypoints.shape == (1, POINTS, 2)
    assert found.pred_instances.keypoint_scores.shape == (1, POINTS)


def test_input_must_be_a_multiple_of_the_detectors(model):
    with pytest.raises(InputError, match='whole number of times 64x64'):
        detector_points(model.detector, torch.zeros(1, 3, 128, 160), [sample()])


def test_training_needs_the_detectors_weights(model):
    with pytest.raises(InputError, match=r'set model\.detector_checkpoint'):
        model.init_weights()


def test_coarse_points_are_where_udp_put_them(model, monkeypatch):
    """Pixel 15 of UDP's heatmap is pixel 63 of the input, twice as far in the finer."""
    places = torch.tensor([[10.0, 5.0], [3.0, 12.0]]).repeat(10, 1)[None, :POINTS]
    head = type(model.detector.head)
    monkeypatch.setattr(head, 'forward', lambda *_: gaussian_maps(places, 16, 1.0))
    found = detector_points(model.detector, torch.zeros(1, 3, 128, 128), [sample()])[
        0, :2
    ]
    # (heatmap pixel * 63 / 15 + 0.5) * 2 - 0.5
    expected = torch.tensor([[84.5, 42.5], [25.7, 101.3]])
    torch.testing.assert_close(found, expected, atol=0.1, rtol=0)
