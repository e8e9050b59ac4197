"""Choice of images to label: uncertain ones first, then those unlike the others."""

import numpy as np
import pytest

from mmlandmark.errors import InputError
from mmlandmark.studies.label_set import LabelSet
from mmlandmark.studies.selection import select

SQUARE = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10], [5, 5]]) * 10
NAMES = ('a', 'b', 'c', 'd', 'e')


def pool(stretch, errors):
    """Squares stretched in x, so that one number is the shape of an image."""
    points = {f'{i}': SQUARE * (s, 1) for i, s in enumerate(stretch)}
    expected = {f'{i}': np.full(5, float(e)) for i, e in enumerate(errors)}
    return LabelSet('pool', NAMES, points, expected_errors=expected)


def chosen(*args, **kwargs):
    return [one.image for one in select(*args, **kwargs)]


def test_the_most_uncertain_image_is_first():
    found = select(pool([1, 1.01, 1.02, 1.01], [1, 1, 5, 1]), 1)
    assert found[0].image == '2'
    assert found[0].uncertainty > 3
    assert np.isnan(found[0].distance)


def test_equal_images_are_not_chosen_twice():
    # two clusters of shapes, the first of which is less certain
    images = pool([1, 1, 1, 1, 1.5, 1.5], [2, 2, 2, 2, 1, 1])
    first, second = chosen(images, 2)
    assert first in '0123'
    assert second in '45'


def test_images_like_labelled_ones_come_last():
    images = pool([1, 1.5, 2], [1, 1, 1])
    labelled = pool([2, 1.9], [1, 1])
    labelled.points = {'x': labelled.points['0'], 'y': labelled.points['1']}
    labelled.expected_errors = {'x': np.ones(5), 'y': np.ones(5)}
    assert chosen(images, 3, labelled)[0] == '0'


def test_too_many_images_are_refused():
    images = pool([1, 2, 3], [1, 1, 1])
    del images.expected_errors['0']
    with pytest.raises(InputError, match='2 images with expected errors: 3 cannot'):
        select(images, 3)


def test_other_points_are_refused():
    labelled = pool([1], [1])
    labelled.names = ('a', 'b', 'c', 'd', 'f')
    with pytest.raises(InputError, match='other points'):
        select(pool([1, 2], [1, 1]), 1, labelled)
