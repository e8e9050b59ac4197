import numpy as np
import pytest

from mmlandmark.datasets import BBoxJitter, Cutout, ReduceResolution

BOX = np.array([[20, 30, 120, 80]], np.float32)  # 100 by 50


def item(name='a'):
    image = np.random.default_rng(0).integers(0, 256, (100, 150, 3), np.uint8)
    return dict(img=image, bbox=BOX.copy(), sample_id=name)


@pytest.mark.parametrize('share', [0.1, 0.3])
def test_boxes_move_no_further_than_their_share(share):
    moved = np.array(
        [BBoxJitter(share).transform(item(str(i)))['bbox'][0] for i in range(200)]
    )
    sides = moved[:, 2:] - moved[:, :2]
    centres = (moved[:, 2:] + moved[:, :2]) / 2 - (70, 55)
    assert share * 0.9 < np.abs(sides / (100, 50) - 1).max() <= share * 1.001
    assert share * 0.9 < np.abs(centres / (100, 50)).max() <= share * 1.001
    np.testing.assert_allclose(sides[:, 0] / sides[:, 1], 2, rtol=1e-4)
    assert np.abs(centres.mean(axis=0)).max() < 100 * share * 0.15  # to no side


@pytest.mark.parametrize('transform', [BBoxJitter(0.2), Cutout(0.2)])
def test_an_image_is_disturbed_alike_in_every_run(transform):
    one, same, other = (transform.transform(item(name)) for name in ('a', 'a', 'b'))
    key = 'bbox' if isinstance(transform, BBoxJitter) else 'img'
    np.testing.assert_array_equal(one[key], same[key])
    assert (one[key] != other[key]).any()


def test_a_face_becomes_small_and_its_image_stays_as_large():
    before = item()
    after = ReduceResolution(np.sqrt(5000) / 5).transform(item())['img']
    assert after.shape == before['img'].shape
    # noise averaged over 5 by 5 pixels loses four fifths of its spread
    assert after.std() < 0.3 * before['img'].std()
    kept = ReduceResolution(100).transform(item())['img']
    np.testing.assert_array_equal(kept, before['img'])


@pytest.mark.parametrize('share', [0.1, 0.4])
def test_as_much_of_the_face_is_hidden(share):
    before, after = item(), Cutout(share).transform(item())
    hidden = (before['img'] != after['img']).any(axis=2)
    assert hidden.sum() == pytest.approx(share * 5000, rel=0.05)
    assert (after['img'][hidden] == 128).all()
    rows, columns = np.nonzero(hidden)
    assert columns.min() >= 20
    assert columns.max() < 120
    assert rows.min() >= 30
    assert rows.max() < 80
