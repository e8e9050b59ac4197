import cv2
import numpy as np
import pytest

from mmlandmark.face.found import (
    FoundFaces,
    rotation_between,
    upright_map,
    upright_patch,
    wrapped,
)
from mmlandmark.utils.affine import inverse, mapped


@pytest.mark.parametrize(
    ('rotation', 'expected'),
    [
        (0, [40, 20, 60, 80]),
        (90, [20, 40, 80, 60]),
        (180, [40, 20, 60, 80]),
        # the ellipse of semi-axes 10 and 30: sqrt((100 + 900) / 2)
        (45, [50 - 500**0.5, 50 - 500**0.5, 50 + 500**0.5, 50 + 500**0.5]),
    ],
)
def test_the_upright_box_of_a_turned_face(rotation, expected):
    box = np.array([[40.0, 20, 60, 80]])
    found = FoundFaces(box, np.array([rotation]), np.ones(1))
    np.testing.assert_allclose(found.upright_boxes(), [expected], atol=1e-9)


def test_plain_boxes_are_upright_faces_without_scores():
    found = FoundFaces.of([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert len(found) == 2
    assert found.rotations.tolist() == [0, 0]
    assert np.isnan(found.scores).all()
    assert FoundFaces.of(found) is found
    assert len(FoundFaces.of(np.zeros((0, 4)))) == 0


@pytest.mark.parametrize(
    ('to', 'degrees'), [((1, 0), 0), ((0, 1), 90), ((-1, 0), 180), ((1, -1), -45)]
)
def test_angles_are_clockwise_as_displayed(to, degrees):
    assert rotation_between(np.zeros(2), np.array(to)) == pytest.approx(degrees)


def test_angles_are_wrapped():
    assert wrapped(np.array([190, -190, 360, 180])).tolist() == [-170, 170, 0, -180]


def test_a_face_turned_clockwise_is_turned_back():
    # its left eye is below its right eye: turned by 90 degrees clockwise
    right, left = np.array([[50.0, 40], [50, 60]])
    matrix = upright_map(np.array([50.0, 50]), 90, side=40, size=80)
    np.testing.assert_allclose(mapped(right, matrix), [39.5 - 20, 39.5], atol=1e-9)
    np.testing.assert_allclose(mapped(left, matrix), [39.5 + 20, 39.5], atol=1e-9)
    np.testing.assert_allclose(mapped(mapped(left, matrix), inverse(matrix)), left)


@pytest.mark.parametrize('rotation', [0, 30, 180])
@pytest.mark.parametrize('side', [40, 900])
def test_a_patch_shows_what_its_map_says(rotation, side):
    image = np.zeros((1000, 1200, 3), np.uint8)
    centre = np.array([700.0, 450])
    spot = centre + side * np.array([0.2, 0.1])
    cv2.circle(image, spot.astype(int).tolist(), side // 40, (255, 255, 255), -1)
    patch, matrix = upright_patch(image, centre, rotation, side, 100)
    rows, columns = np.nonzero(patch[..., 0] > 100)
    expected = mapped(spot.astype(int), matrix)
    np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=0.6)


def test_a_patch_is_black_outside_the_picture():
    patch, _ = upright_patch(np.full((50, 50), 200, np.uint8), np.zeros(2), 0, 20, 20)
    assert (patch[:9] == 0).all()
    assert (patch[11:, 11:] == 200).all()
