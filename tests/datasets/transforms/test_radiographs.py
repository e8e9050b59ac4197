import cv2
import numpy as np
import pytest

from mmlandmark.datasets import RandomCompression, RandomLabels


def ramp():
    """A smooth image of 100x80 pixels, whose gray values are 40 to 139."""
    return np.repeat(np.arange(40, 140, dtype=np.uint8)[None, :, None], 80, axis=0) * (
        np.ones(3, np.uint8)
    )


@pytest.mark.parametrize('transform', [RandomCompression(prob=0), RandomLabels(prob=0)])
def test_nothing_changes(transform):
    np.testing.assert_array_equal(transform(dict(img=ramp()))['img'], ramp())


def test_compression_is_that_of_a_jpeg_of_the_quality():
    noise = np.random.default_rng(0).integers(0, 256, (80, 100, 1), dtype=np.uint8)
    image = np.repeat(noise, 3, axis=2)
    results = RandomCompression(quality=(20, 20), prob=1)(dict(img=image.copy()))
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    np.testing.assert_array_equal(results['img'], cv2.imdecode(data, 1))
    assert (results['img'] != image).mean() > 0.5


def test_compression_draws_the_whole_range():
    np.random.seed(0)
    image = ramp()
    seen = {
        RandomCompression(quality=(10, 11), prob=1)(dict(img=image))['img'].tobytes()
        for _ in range(20)
    }
    assert len(seen) == 2


def test_labels_cover_rectangles_of_at_most_the_size():
    np.random.seed(0)
    columns = []
    for _ in range(60):
        results = RandomLabels(count=1, size=(0.3, 0.2), prob=1)(dict(img=ramp()))
        assert results['img'].shape == (80, 100, 3)
        changed = (results['img'] != ramp()).any(axis=2)
        rows, cols = np.argwhere(changed).T
        assert np.ptp(rows) + 1 <= 0.2 * 80
        assert np.ptp(cols) + 1 <= 0.3 * 100
        columns.append(cols.min())
    assert np.mean(np.array(columns) == 0) > 0.15  # a quarter touches the left border


def test_labels_do_not_change_the_image_that_was_passed():
    np.random.seed(0)
    image = ramp()
    results = RandomLabels(prob=1)(dict(img=image))
    np.testing.assert_array_equal(image, ramp())
    assert (results['img'] != image).any()
