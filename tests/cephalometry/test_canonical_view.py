import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.cephalometry.canonical_view import CanonicalView, fit_canonical_view
from mmlandmark.structures.head_view import HeadView

SIZE = (120, 150)
SHAPE = np.array([[40, 60], [80, 50], [95, 60], [90, 110], [60, 120], [45, 95]], float)


def head(size=SIZE):
    """A dark edge, a bright skull at the back and a brighter bar in front."""
    image = np.full(size[::-1], 100, np.uint8)
    image[:10] = 5
    cv2.circle(image, (50, 50), 35, 150, -1)
    cv2.rectangle(image, (80, 60), (95, 115), 240, -1)
    return image


@pytest.fixture
def view():
    return fit_canonical_view(np.stack([SHAPE] * 3), [head()] * 3, SIZE, 'right')


def turned(image, points, degrees):
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 0.7)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return cv2.warpAffine(image, matrix, (width, height)), moved


def mirrored(image, points):
    return image[:, ::-1].copy(), points * (-1, 1) + (image.shape[1] - 1, 0)


def test_the_view_of_equal_images_is_that_of_one(view):
    np.testing.assert_allclose(view.points, SHAPE, atol=1e-6)
    assert view.template.shape == (60, 48)


@pytest.mark.parametrize('degrees', [0, 30, 90, -135, 180])
@pytest.mark.parametrize('mirror', [False, True])
@pytest.mark.parametrize('negative', [False, True])
def test_mirrored_turned_and_negative_images_are_recognised(
    view, degrees, mirror, negative
):
    image, points = head(), SHAPE
    if mirror:
        image, points = mirrored(image, points)
    image, points = turned(image, points, degrees)
    fit = view.fit(points, 255 - image if negative else image)
    assert fit.mirrored == mirror
    assert fit.negative == negative
    assert abs((fit.rotation - degrees + 180) % 360 - 180) < 0.1
    assert fit.scale == pytest.approx(0.7, abs=1e-3)
    assert fit.residual < 1e-3
    assert abs(fit.correlation) > 0.9


def test_the_canonical_image_is_drawn_from_a_changed_one(view):
    image, points = turned(*mirrored(head(), SHAPE), 60)
    fit = view.fit(points, 255 - image)
    upright, matrix = view.draw(255 - image, fit)
    assert upright.shape == (1200, 960)
    # the points of the canonical image, carried to the changed one
    canonical = (SHAPE + 0.5) * 8 - 0.5
    np.testing.assert_allclose(
        canonical @ matrix[:, :2].T + matrix[:, 2], points, atol=0.05
    )
    small = cv2.resize(upright, SIZE, interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(float) - head()).mean() < 12


@pytest.mark.parametrize(
    ('change', 'canonical'),
    [
        (lambda image, points: (image, points), True),
        (lambda image, points: turned(image, points, 0), False),  # a scale of 0.7
        (lambda image, points: mirrored(image, points), False),
        (lambda image, points: (255 - image, points), False),
        (lambda image, points: (image, points + np.array([0, 20])), False),
        (lambda image, points: (image, points - np.array([0, 10])), True),
    ],
)
def test_which_images_are_used_as_they_are(view, change, canonical):
    image, points = change(head(), SHAPE)
    box = np.array([0, 0, SIZE[0] - 1, SIZE[1] - 1])
    assert view.is_canonical(view.fit(points, image), box) == canonical


def test_the_size_of_the_image_does_not_matter(view):
    image = cv2.resize(head(), None, fx=3, fy=3)
    points = (SHAPE + 0.5) * 3 - 0.5
    box = np.array([0, 0, image.shape[1] - 1, image.shape[0] - 1])
    assert view.is_canonical(view.fit(points, image), box)


def test_two_wrong_points_of_six_do_not_change_the_fit(view):
    points = SHAPE.copy()
    points[[1, 4]] += (40, -30)
    fit = view.fit(points, head())
    assert fit.residual < 1e-6
    assert fit.rotation == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize('mirror', [False, True])
@pytest.mark.parametrize(('moved', 'far'), [(18, False), (20, True)])
def test_a_point_an_eighth_of_the_height_from_the_mean_shape_is_far(
    view, mirror, moved, far
):
    image, points = mirrored(head(), SHAPE) if mirror else (head(), SHAPE.copy())
    points[2, 0] += moved  # an eighth of 150 is 18.75
    image, points = turned(image, points, 30)
    found = view.far_points(view.fit(points, image), points)
    np.testing.assert_array_equal(found, [False, False, far, False, False, False])


def test_noise_and_other_shapes_are_not_heads(view):
    noise = np.random.default_rng(0).integers(0, 256, SIZE[::-1]).astype(np.uint8)
    assert view.is_head(view.fit(SHAPE, head()), 1.0)
    assert not view.is_head(view.fit(SHAPE, noise), 1.0)  # gray values
    assert not view.is_head(view.fit(SHAPE, head()), 30.0)  # expected error
    scattered = np.random.default_rng(1).uniform(0, 120, SHAPE.shape)
    fit = view.fit(scattered, head())
    assert fit is None or not view.is_head(fit, 1.0)  # shape


def test_points_at_one_place_have_no_fit(view):
    assert view.fit(np.zeros_like(SHAPE), head()) is None


def test_the_view_is_described_for_users(view):
    image, points = mirrored(head(), SHAPE)
    found = view.describe(view.fit(points, 255 - image), SIZE)
    assert (found.facing, found.negative) == ('left', True)
    np.testing.assert_allclose(found.frame, [-0.5, -0.5, 119.5, 149.5], atol=1e-3)
    assert HeadView.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_view_is_read_back(view):
    again = CanonicalView.from_dict(json.loads(json.dumps(view.to_dict())), 6)
    np.testing.assert_array_equal(again.points, view.points)
    np.testing.assert_allclose(again.template, view.template, atol=1)
    assert (again.size, again.facing) == (view.size, view.facing)


@pytest.mark.parametrize(
    'change',
    [{'points': [[1, 2]]}, {'template': 'AAAA'}, {'size': 3}, {'facing': 'up'}],
)
def test_damaged_views_are_refused(view, change):
    with pytest.raises(InputError, match='not a canonical view'):
        CanonicalView.from_dict({**view.to_dict(), **change}, 6)


def test_a_dark_image_of_little_contrast_is_brought_to_the_usual_levels(view):
    dark = (head() * 0.3 + 20).astype(np.uint8)
    fit = view.fit(SHAPE, dark)
    box = np.array([0, 0, SIZE[0] - 1, SIZE[1] - 1])
    assert not view.is_canonical(fit, box)
    drawn, _ = view.draw(dark, fit)
    low, high = np.percentile(drawn, [2, 98])
    assert (low, high) == (0, 255)


@pytest.mark.parametrize(
    ('gray', 'pixel', 'expected'),
    [
        (False, (100, 120, 200), (100, 120, 200)),
        # the luminance: 0.114 blue, 0.587 green, 0.299 red
        (True, (100, 120, 200), (142, 142, 142)),
    ],
)
def test_a_detector_of_gray_images_is_given_gray_ones(view, gray, pixel, expected):
    image = np.zeros((100, 100, 3), np.uint8)
    image[:50] = pixel
    found = replace(view, gray=gray).usual_colours(image)
    assert found[0, 0].tolist() == list(expected)


def test_a_dark_image_is_given_the_usual_range(view):
    found = view.usual_colours(np.dstack([head() // 8] * 3))
    assert np.ptp(found) > 240
    usual = np.dstack([head()] * 3)
    np.testing.assert_array_equal(view.usual_colours(usual), usual)


@pytest.mark.parametrize('gray', [False, True])
def test_gray_is_kept_in_files(view, gray):
    kept = replace(view, gray=gray).to_dict()
    assert CanonicalView.from_dict(kept, 6).gray is gray
    del kept['gray']  # of an earlier version
    assert CanonicalView.from_dict(kept, 6).gray is False
