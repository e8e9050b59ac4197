import numpy as np
import pytest

from mmlandmark.datasets import RandomBorder, RandomCollimation


def sample():
    image = np.full((20, 10, 3), 100, np.uint8)
    image[5, 3] = 250
    return dict(
        img=image,
        keypoints=np.array([[[3, 5]]], np.float32),
        bbox=np.array([[0, 0, 10, 20]], np.float32),
    )


def test_a_border_moves_points_and_box_along():
    results = RandomBorder(share=0.5, prob=1)(sample())
    assert results['img'].shape == (40, 30, 3)
    assert results['img_shape'] == (40, 30)
    x, y = results['keypoints'][0, 0].astype(int)
    assert results['img'][y, x, 0] == 250
    np.testing.assert_array_equal(results['bbox'], [[10, 10, 20, 30]])


@pytest.mark.parametrize('transform', [RandomBorder(prob=0), RandomCollimation(prob=0)])
def test_without_a_change_nothing_changes(transform):
    results = transform(sample())
    np.testing.assert_array_equal(results['img'], sample()['img'])


def test_collimation_hides_a_frame_and_keeps_the_points():
    np.random.seed(3)
    shares = []
    for _ in range(50):
        results = RandomCollimation(share=0.3, prob=1)(sample())
        np.testing.assert_array_equal(results['keypoints'], sample()['keypoints'])
        kept = (results['img'] == sample()['img']).all(axis=2)
        rows, columns = kept.any(axis=1), kept.any(axis=0)
        assert kept[rows][:, columns].all()  # a rectangle
        assert kept[7:13, 4:6].all()  # at most 0.3 of each side
        shares.append(kept.mean())
    assert min(shares) < 0.6
