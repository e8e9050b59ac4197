import numpy as np
import pytest
from mmcv.transforms import Compose
from mmpose.registry import TRANSFORMS
from PIL import Image

from mmlandmark import InputError
from mmlandmark.datasets import LoadLandmarkImage, RandomIntensity


def test_load_takes_files_and_arrays(tmp_path):
    gray = np.full((30, 40), 7, np.uint8)
    Image.fromarray(gray).save(tmp_path / 'a.png')
    loaded = LoadLandmarkImage()(dict(img_path=str(tmp_path / 'a.png')))
    assert loaded['img'].shape == (30, 40, 3)
    assert loaded['ori_shape'] == (30, 40)
    array = LoadLandmarkImage()(dict(img=loaded['img']))
    assert array['img_path'] is None
    with pytest.raises(InputError, match='no image'):
        LoadLandmarkImage()(dict(img_path=str(tmp_path / 'none.png')))


def test_intensity_leaves_geometry_and_range(monkeypatch):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    np.random.seed(0)
    changed = [
        RandomIntensity(noise=0)(dict(img=ramp.copy()))['img'] for _ in range(50)
    ]
    assert all(c.dtype == np.uint8 and c.shape == ramp.shape for c in changed)
    # gamma, contrast and brightness keep the order of gray values
    assert all((np.diff(c[0, :, 0].astype(int)) >= 0).all() for c in changed)
    assert len({c.tobytes() for c in changed}) > 25


def test_intensity_by_hand(monkeypatch):
    monkeypatch.setattr(np.random, 'rand', lambda: 0.0)  # every change happens
    monkeypatch.setattr(np.random, 'uniform', lambda low, high: high)
    flat = np.full((4, 4, 3), 64, np.uint8)
    # gamma 2: 255 * (64/255)^2 = 16.06; the mean maps to itself; brightness +10
    changed = RandomIntensity(gamma=2, contrast=3, brightness=10, noise=0)(
        dict(img=flat)
    )
    assert changed['img'][0, 0, 0] == 26


def test_intensity_leaves_depth_alone():
    """Colours change as they do without depth, the fourth channel does not."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (16, 16, 4), dtype=np.uint8)
    for seed in range(5):
        np.random.seed(seed)
        four = RandomIntensity(prob=1)(dict(img=image))['img']
        np.random.seed(seed)
        three = RandomIntensity(prob=1)(dict(img=image[..., :3].copy()))['img']
        assert four.dtype == np.uint8
        np.testing.assert_array_equal(four[..., :3], three)
        np.testing.assert_array_equal(four[..., 3], image[..., 3])
        assert (three != image[..., :3]).any()


def test_noise_is_gray():
    np.random.seed(1)
    flat = np.full((16, 16, 3), 128, np.uint8)
    noisy = RandomIntensity(prob=1, gamma=1, contrast=1, brightness=0)(dict(img=flat))
    assert noisy['img'].std() > 0
    assert (noisy['img'][..., 0] == noisy['img'][..., 2]).all()


def test_points_follow_the_picture():
    """A dot drawn at the point is where the point is after rotation and scale."""
    image = np.zeros((101, 101, 3), np.uint8)
    image[30, 70] = 255
    pipeline = Compose(
        [
            TRANSFORMS.build(dict(type=name, **kwargs))
            for name, kwargs in (
                ('GetBBoxCenterScale', dict(padding=1.0)),
                ('RandomBBoxTransform', dict(rotate_factor=30, rotate_prob=1.0)),
                ('TopdownAffine', dict(input_size=(202, 202), use_udp=True)),
            )
        ]
    )
    np.random.seed(4)
    seen = 0
    for _ in range(8):
        item = dict(
            img=image,
            bbox=np.array([[0, 0, 100, 100]], np.float32),
            keypoints=np.array([[[70, 30]]], np.float32),
            keypoints_visible=np.ones((1, 1), np.float32),
        )
        item = pipeline(item)
        weights = item['img'][..., 0].astype(float)
        if weights.sum() == 0:
            continue  # turned out of the picture
        seen += 1
        ys, xs = np.mgrid[:202, :202]
        centre = [(xs * weights).sum(), (ys * weights).sum()] / weights.sum()
        np.testing.assert_allclose(
            item['transformed_keypoints'][0, 0], centre, atol=0.3
        )
    assert seen >= 4


def test_pack_hands_on_spacing_and_id():
    pack = TRANSFORMS.build(dict(type='PackLandmarkInputs'))
    packed = pack(
        dict(img=np.zeros((8, 8, 3), np.uint8), spacing=(0.1, 0.2), sample_id='x', id=3)
    )
    assert 'annotators' not in packed['data_samples'].metainfo
    meta = packed['data_samples'].metainfo
    assert (meta['spacing'], meta['sample_id'], meta['id']) == ((0.1, 0.2), 'x', 3)


def test_pack_hands_on_each_annotators_points():
    pack = TRANSFORMS.build(dict(type='PackLandmarkInputs'))
    views = dict(senior=np.ones((2, 2)))
    packed = pack(dict(img=np.zeros((8, 8, 3), np.uint8), annotators=views))
    assert (packed['data_samples'].metainfo['annotators']['senior'] == 1).all()
