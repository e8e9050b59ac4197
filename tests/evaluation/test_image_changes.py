import cv2
import numpy as np
import pytest

from mmlandmark.evaluation.image_changes import RADIOGRAPH_CHANGES
from mmlandmark.utils.image_bounds import inside_image

POINTS = np.array([[80, 110], [120, 90], [100, 150]], float)


def dotted():
    image = np.full((200, 180, 3), 60, np.uint8)
    for x, y in POINTS.astype(int):
        cv2.circle(image, (x, y), 6, (220,) * 3, -1)
    return image


def mapped(points, matrix):
    wide = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return wide[:, :2] / wide[:, 2:]


@pytest.mark.parametrize('name', RADIOGRAPH_CHANGES)
def test_the_matrix_takes_points_to_where_they_are_drawn(name):
    change = RADIOGRAPH_CHANGES[name]
    image, matrix = change(dotted(), np.random.default_rng(0))
    plain, _ = change(np.full_like(dotted(), 60), np.random.default_rng(0))
    assert image.dtype == np.uint8
    scale = np.sqrt(abs(np.linalg.det(matrix)))
    difference = np.abs(image[..., 1].astype(float) - plain[..., 1])
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    places = mapped(POINTS, matrix)
    places = places[inside_image(places, image.shape[1], image.shape[0])]
    assert len(places) >= 1
    for place in places:
        near = np.hypot(x - place[0], y - place[1]) < 10 * scale
        weights = difference * near * (difference > 0.5 * difference.max())
        centre = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
        assert np.linalg.norm(centre - place) < 1.2 * scale + 0.3


@pytest.mark.parametrize(
    ('name', 'point', 'shape'),
    [
        ('unchanged', (80, 110), (200, 180)),
        ('mirrored', (99, 110), (200, 180)),
        ('rotated by 90 degrees', (89, 80), (180, 200)),
        ('rotated by 180 degrees', (99, 89), (200, 180)),
        ('half the size', (39.75, 54.75), (100, 90)),
        ('black border of 25 %', (125, 160), (300, 270)),
        ('gray page of four times the sides', (350, 410), (800, 720)),
        ('top 20 % cut', (80, 70), (160, 180)),
        ('back of the head cut (left 25 %)', (35, 110), (200, 135)),
    ],
)
def test_places_by_hand(name, point, shape):
    image, matrix = RADIOGRAPH_CHANGES[name](dotted(), np.random.default_rng(0))
    np.testing.assert_allclose(mapped(POINTS, matrix)[0], point, atol=1e-9)
    assert image.shape[:2] == shape


def test_a_negative_is_one():
    image, _ = RADIOGRAPH_CHANGES['negative'](dotted(), np.random.default_rng(0))
    np.testing.assert_array_equal(image, 255 - dotted())


@pytest.mark.parametrize(
    ('name', 'colour'),
    [('blue tint', (36, 48, 60)), ('a sixteenth of the light', (3, 3, 3))],
)
def test_colours_by_hand(name, colour):
    image, _ = RADIOGRAPH_CHANGES[name](dotted(), np.random.default_rng(0))
    assert image[0, 0].tolist() == list(colour)


def test_stripes_by_hand():
    image, _ = RADIOGRAPH_CHANGES['stripes (moire)'](
        np.full((200, 12, 3), 100, np.uint8), np.random.default_rng(0)
    )
    # a period is 3 pixels in x: 100, 100 + 25 sin 120 degrees, 100 + 25 sin 240 degrees
    assert image[0, :4, 0].tolist() == [100, 122, 78, 100]
