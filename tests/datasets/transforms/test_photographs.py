import numpy as np
import pytest

from mmlandmark.datasets import RandomBlur, RandomOcclusion

#: A square of 60 pixels and its centre.
POINTS = np.array([[20, 20], [80, 20], [80, 80], [20, 80], [50, 50]], np.float32)


def sample(visible=5):
    image = np.full((100, 100, 3), 7, np.uint8)
    image[::2] = 250  # no paint is near both
    weights = np.arange(5) < visible
    return dict(
        img=image,
        transformed_keypoints=POINTS[None].copy(),
        keypoints_visible=weights[None].astype(np.float32),
    )


def covered(transform):
    results = transform(sample())
    np.testing.assert_array_equal(results['transformed_keypoints'], POINTS[None])
    np.testing.assert_array_equal(results['keypoints_visible'], np.ones((1, 5)))
    return (results['img'] != sample()['img']).any(axis=2)


def test_a_mask_covers_the_face_below_a_line():
    np.random.seed(0)
    masks = [covered(RandomOcclusion(prob=1, mask=1)) for _ in range(60)]
    places = np.array([np.argwhere(mask).mean(axis=0) for mask in masks])
    assert places[:, 0].mean() > 55  # rows: mostly below the centre
    for mask in masks:
        assert 0.05 < mask.mean() < 0.36 * 1.15**2  # at most the enlarged square
        rows, columns = np.argwhere(mask).T
        assert min(rows.min(), columns.min()) > 10
        assert max(rows.max(), columns.max()) < 90


def test_a_rectangle_covers_a_point():
    np.random.seed(0)
    for _ in range(30):
        mask = covered(RandomOcclusion(prob=1, mask=0))
        assert any(mask[int(y), int(x)] for x, y in POINTS)
        assert 0.003 < mask.mean() < 0.5**2 * 0.36 + 0.02


@pytest.mark.parametrize(
    ('transform', 'visible'),
    [
        (RandomOcclusion(prob=0), 5),
        (RandomOcclusion(prob=1), 2),
        (RandomBlur(prob=0), 5),
    ],
)
def test_nothing_changes(transform, visible):
    results = transform(sample(visible))
    np.testing.assert_array_equal(results['img'], sample()['img'])


def test_a_blur_keeps_size_and_mean_and_reduces_contrast():
    np.random.seed(0)
    for _ in range(20):
        results = RandomBlur(sigma=0.05, side=20, prob=1)(sample())
        assert results['img'].shape == (100, 100, 3)
        assert results['img'].dtype == np.uint8
        assert results['img'].mean() == pytest.approx(sample()['img'].mean(), abs=3)
        assert results['img'].std() < sample()['img'].std()
