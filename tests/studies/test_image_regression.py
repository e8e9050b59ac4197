"""Regression of points on the images of a data set."""

import numpy as np
import pytest

from mmlandmark.io.writing import write_image
from mmlandmark.studies import image_regression
from mmlandmark.studies.audit import audit
from mmlandmark.studies.audit_trial import trial
from mmlandmark.studies.image_regression import ImageRegression, out_of_fold
from mmlandmark.studies.label_set import LabelSet

NAMES = ('left', 'right', 'top', 'bottom', 'middle')
CORNERS = np.array([[-1.0, 0], [1, 0], [0, -1], [0, 1], [0, 0]])


@pytest.fixture(scope='module')
def crosses(tmp_path_factory):
    """Synthetic images of a bright cross at a random place, and its five points."""
    folder = tmp_path_factory.mktemp('crosses')
    rng = np.random.default_rng(0)
    points, images = {}, {}
    for i in range(60):
        centre, size = rng.uniform(120, 200, 2), rng.uniform(40, 60, 2)
        points[f'{i:02}'] = found = centre + CORNERS * size
        pixels = np.zeros((320, 320), np.uint8)
        (left, top), (right, bottom) = (
            found.min(0).astype(int),
            found.max(0).astype(int),
        )
        x, y = found[4].astype(int)
        pixels[y - 4 : y + 5, left : right + 1] = 200
        pixels[top : bottom + 1, x - 4 : x + 5] = 200
        images[f'{i:02}'] = folder / f'{i:02}.png'
        write_image(images[f'{i:02}'], pixels)
    return LabelSet('crosses', NAMES, points, images)


@pytest.fixture(scope='module')
def regression(crosses):
    return ImageRegression(crosses.images)


def test_a_linear_relation_is_found_from_the_other_images():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 3))
    targets = (features @ rng.normal(size=(3, 4)) + 7).reshape(200, 2, 2)
    # the penalty, 0.1 * 3, shrinks slopes by 0.3 / 180
    np.testing.assert_allclose(out_of_fold(features, targets), targets, atol=0.05)


def test_no_label_predicts_itself():
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(30, 50)), rng.normal(size=(30, 1, 2))
    before = out_of_fold(features, targets)[5]
    targets[5] = 1e6
    np.testing.assert_array_equal(out_of_fold(features, targets)[5], before)


def test_missing_labels_count_as_the_median():
    means, offsets = image_regression._limited(
        np.array([[1.0], [2], [3], [np.nan], [1000]])
    )
    # median 2.5; from it -1.5, -0.5, 0.5, 0 and 997.5, with a MAD of 0.5
    limit = 4 * 1.4826 * 0.5
    limited = np.array([-1.5, -0.5, 0.5, 0, limit])
    np.testing.assert_allclose(means, [2.5 + limited.mean()])
    np.testing.assert_allclose(offsets[:, 0], limited - limited.mean())


def test_points_are_predicted_in_pixels_of_the_image(crosses, regression):
    found = regression(crosses.points)
    away = [np.linalg.norm(found[k] - p, axis=1) for k, p in crosses.points.items()]
    spread = np.std(list(crosses.points.values()), axis=0).mean()
    assert np.mean(away) < 0.25 * spread


def test_the_points_of_another_picture_are_found_without_a_detector(
    crosses, regression
):
    points = dict(crosses.points)
    points['03'] = points['20'].copy()
    labels = LabelSet('crosses', NAMES, points, crosses.images)
    assert audit(labels).ranking[0].image != '03'
    found = audit(labels, regression=regression)
    assert found.ranking[0].image == '03'
    assert found.ranking[0].test in ('image', 'image, point')
    assert found.remarks[0].startswith('A shift of all points')


def test_without_all_images_only_shapes_are_compared(crosses, tmp_path):
    paths = dict(crosses.images, **{'07': tmp_path / 'none.png'})
    found = audit(crosses, regression=ImageRegression(paths))
    assert {one.test for one in found.ranking} <= {'shape', 'point', 'frame'}
    assert found.remarks[-1] == 'Images are missing, so only the shapes were compared.'


def test_a_trial_fits_the_regression_on_the_spoiled_labels(crosses, regression):
    ways = {'another picture': lambda points, other, rng: other.copy()}
    shapes = trial(crosses, seeds=range(2), ways=ways)
    images = trial(crosses, seeds=range(2), ways=ways, regression=regression)
    assert images.precision > shapes.precision
