import math

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.models import build_pose_estimator
from mmpose.structures import PoseDataSample
from tests_support import save_untrained

from mmlandmark import InputError, LandmarkDetector, schemes
from mmlandmark.engine.config import load_config
from mmlandmark.models import ShapeRefiner
from mmlandmark.models.checkpoints.weights import load_weights

NAN = math.nan


def shapes(count, points=5):
    return 20 * torch.randn(count, points, 2) + 100


def untrained(**kwargs):
    """A refiner that moves points, as one that was trained does."""
    torch.manual_seed(0)
    refiner = ShapeRefiner(5, width=16, **kwargs)
    torch.nn.init.normal_(refiner.layers[-1].weight)
    return refiner.eval()


def test_begins_as_the_identity():
    points = shapes(4)
    assert torch.equal(ShapeRefiner(5)(points), points)
    points[1, 2] = NAN
    torch.testing.assert_close(ShapeRefiner(5)(points), points, equal_nan=True)


def test_place_and_size_do_not_matter():
    refiner, points = untrained(), shapes(4)
    moved = refiner(points) - points
    assert moved.abs().mean() > 0.01
    elsewhere = 3 * points + torch.tensor([50.0, -70.0])
    torch.testing.assert_close(
        refiner(elsewhere) - elsewhere, 3 * moved, atol=2e-3, rtol=1e-3
    )


def test_one_percent_of_the_size_by_hand():
    refiner = ShapeRefiner(2)
    with torch.no_grad():
        refiner.layers[-1].bias[0] = 1.0
    points = torch.tensor([[[-30.0, 0.0], [30.0, 0.0]]])
    (refined,) = refiner.eval()(points)
    np.testing.assert_allclose(refined.tolist(), [[-29.7, 0], [30, 0]], rtol=1e-6)


def test_a_missing_point_moves_nothing():
    refiner, points = untrained(), shapes(2)
    one, other = points.clone(), points.clone()
    one[:, 3] = torch.tensor([NAN, 7.0])
    other[:, 3] = NAN
    refined = refiner(one)
    assert refined[:, 3].isnan().any(-1).all()
    rest = [0, 1, 2, 4]
    assert refined[:, rest].isfinite().all()
    assert torch.equal(refined[:, rest], refiner(other)[:, rest])


def refined_config(tiny_config, **kwargs):
    config = load_config(tiny_config)
    config.model = dict(
        type='ShapeRefinedEstimator',
        detector=config.model,
        scheme='photo19',
        refiner=dict(width=32),
        **kwargs,
    )
    init_default_scope('mmpose')
    return config


@pytest.fixture(scope='module')
def detector_checkpoint(tiny_config, tmp_path_factory):
    return save_untrained(
        tiny_config, tmp_path_factory.mktemp('detector') / 'best_tiny.pth'
    )


@pytest.fixture
def model(tiny_config, detector_checkpoint):
    config = refined_config(tiny_config, detector_checkpoint=str(detector_checkpoint))
    model = build_pose_estimator(config.model)
    model.init_weights()
    return model


def image_batch():
    """Two pictures with the meta information of the tiny config's pipeline."""
    torch.manual_seed(1)
    sample = PoseDataSample(
        metainfo=dict(
            input_center=np.array([60.0, 45.0]),
            input_scale=np.array([120.0, 120.0]),
            input_size=(64, 64),
        )
    )
    points = np.random.default_rng(0).uniform(20, 100, (1, 19, 2))
    sample.gt_instances = InstanceData(
        bboxes=np.array([[0.0, 0, 119, 89]]),
        bbox_scores=np.ones(1),
        keypoints=points,
        keypoints_visible=np.ones((1, 19)),
    )
    sample.gt_instances.keypoints_visible[0, 4] = 0
    images = [torch.randint(255, (3, 64, 64), dtype=torch.uint8) for _ in range(2)]
    return dict(inputs=images, data_samples=[sample, sample.clone()])


def coarse(model):
    """``(2, 19, 2)`` points of the detector alone."""
    with torch.no_grad():
        samples = model.detector.test_step(image_batch())
    return torch.as_tensor(
        np.concatenate([s.pred_instances.keypoints for s in samples])
    )


def test_predicts_what_the_detector_does_and_then_moves_it(model):
    model.eval()
    before = coarse(model)
    samples = model.test_step(image_batch())
    keypoints = np.concatenate([s.pred_instances.keypoints for s in samples])
    assert keypoints.shape == (2, 19, 2)
    np.testing.assert_allclose(keypoints, before, rtol=1e-5)
    with torch.no_grad():
        model.refiner.layers[-1].bias.normal_()
    moved = model.test_step(image_batch())[1].pred_instances
    expected = model.refiner(before.float())[1].detach()
    np.testing.assert_allclose(moved.keypoints[0], expected, rtol=1e-5)
    assert np.abs(moved.keypoints[0] - before[1].numpy()).max() > 0.1
    assert moved.keypoint_scores.shape == (1, 19)


def test_measures_the_detector_on_annotated_images(model):
    line = model.measure_errors([image_batch()])
    assert 'on 2 images' in line
    truth = torch.as_tensor(image_batch()['data_samples'][0].gt_instances.keypoints[0])
    truth[4] = NAN
    centre = truth.nanmean(dim=0)
    size = (truth - centre).square().sum(1).nanmean().sqrt()
    errors = (coarse(model) - truth).mean(0) / size
    errors[4] = 0
    torch.testing.assert_close(
        model.errors.mean, errors.flatten().float(), atol=1e-5, rtol=1e-4
    )


def test_learns_what_the_detector_always_gets_wrong(model):
    """Every point 2 % of the size too far to the right, and a small random error."""
    torch.manual_seed(0)
    heads = torch.randn(19, 2) + 0.1 * torch.randn(30, 19, 2)
    batch = dict(inputs=[*heads], data_samples=[None] * len(heads))
    model.errors.mean[0::2] = 0.02
    model.errors.factor.copy_(0.002 * torch.eye(38))
    model.train()
    assert not model.detector.training
    trained = [p for p in model.parameters() if p.requires_grad]
    assert len(trained) == len([*model.refiner.parameters()])
    optimizer = torch.optim.Adam(trained, lr=1e-2)
    losses = []
    for _ in range(60):
        data = model.data_preprocessor(batch, True)
        loss = model(**data, mode='loss')['loss_shape']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    # smooth L1 of 0 and 2 percent, halved over y and x; less the half below its knee
    assert losses[0] == pytest.approx((0 + 1.5) / 2, abs=0.1)
    assert losses[-1] < 0.2
    model.eval()
    unseen = torch.randn(1, 19, 2) * 0.05 + heads[:1]
    wrong = model.errors.draw(unseen)
    before = (wrong - unseen).norm(dim=-1).mean()
    after = (model.refiner(wrong) - unseen).norm(dim=-1).mean()
    assert after < 0.6 * before


def test_points_that_are_not_annotated_count_nothing(model):
    model.errors.mean.fill_(0.02)
    model.errors.factor.copy_(1e-6 * torch.eye(38))
    heads = torch.randn(4, 19, 2)
    model.rotate = 0
    whole = model.loss(heads)['loss_shape']
    assert whole.item() == pytest.approx(1.5, rel=0.01)
    heads[:, 5:] = NAN
    part = model.loss(heads)['loss_shape']
    assert part.item() == pytest.approx(1.5, rel=0.01)
    part.backward()
    assert all(p.grad.isfinite().all() for p in model.refiner.parameters())
    assert model.loss(torch.full((2, 19, 2), NAN))['loss_shape'].item() == 0


def test_one_file_holds_both_stages(tiny_config, model, detector_checkpoint, tmp_path):
    with torch.no_grad():
        model.refiner.layers[-1].bias.normal_()
    path = tmp_path / 'refined.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    config = refined_config(tiny_config)
    other = build_pose_estimator(config.model)
    assert not load_weights(other, path, strict=True).unused
    for name, tensor in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    (before,) = LandmarkDetector(tiny_config, detector_checkpoint, 'cpu')(image)
    (after,) = LandmarkDetector(config, path, 'cpu')(image)
    points = torch.as_tensor(before.points[None], dtype=torch.float32)
    expected = other.eval().refiner(points)[0].detach()
    np.testing.assert_allclose(after.points, expected, atol=1e-3)
    np.testing.assert_array_equal(after.scores, before.scores)


def test_data_bring_their_own_scheme(tmp_path):
    schemes.Scheme('own', ('a', 'b'), ('A', 'B')).save(tmp_path / 'scheme.json')
    config = load_config('isbi2015_shape_refiner', data=tmp_path)
    model = build_pose_estimator(config.model)
    assert model.head.out_channels == 2
    assert model.errors.factor.shape == (4, 4)


def test_mistakes(tiny_config, model, tmp_path):
    def start(**kwargs):
        build_pose_estimator(refined_config(tiny_config, **kwargs).model).init_weights()

    with pytest.raises(InputError, match=r'set model.detector_checkpoint'):
        start()
    with pytest.raises(InputError, match=r'no checkpoint at .*none\.pth.*set by'):
        start(detector_checkpoint='none.pth')
    with pytest.raises(InputError, match=r'no best_\*\.pth in .*train first.*set by'):
        start(detector_checkpoint=str(tmp_path))
    with pytest.raises(InputError, match='MeasureErrorsHook'):
        model.loss(torch.zeros(1, 19, 2))
    with pytest.raises(InputError, match='PackShape'):
        model.loss(torch.zeros(1, 3, 64, 64))


def test_a_work_folder_names_its_best(tiny_config, detector_checkpoint):
    folder = str(detector_checkpoint.parent)
    config = refined_config(tiny_config, detector_checkpoint=folder)
    assert isinstance(config, Config)
    model = build_pose_estimator(config.model)
    model.init_weights()
    kept = torch.load(detector_checkpoint, weights_only=True)['state_dict']
    for name, tensor in kept.items():
        assert torch.equal(model.detector.state_dict()[name], tensor), name
