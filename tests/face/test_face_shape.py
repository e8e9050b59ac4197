"""Depth of faces by a fitted 3D shape."""

import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.cli.mean_face import modes_of
from mmlandmark.datasets.preparation.splits import split_samples
from mmlandmark.face.face_shape import face_depth, face_modes, shape_modes
from mmlandmark.face.head_pose import mean_face, rotation_matrix
from mmlandmark.formats import read_aflw2000_3d
from mmlandmark.schemes import IBUG68
from mmlandmark.structures.sample import LandmarkSample

POSES = [(0, 0, 0), (10, 30, -5), (-15, -60, 10), (5, 80, 0), (0, 20, 170)]


def in_image(shape, pose, scale=200.0):
    """A shape in a pose: x right, y down, z to the viewer with mean 0, pixels."""
    turned = (shape - shape.mean(axis=0)) @ rotation_matrix(pose).T
    return turned * (scale, -scale, scale) + (300, 200, 0)


def test_the_mean_of_the_modes_is_a_frontal_face():
    mean = face_modes()[0]
    assert np.linalg.norm(mean) == pytest.approx(1, abs=1e-4)
    # the mean face is of 16 faces, this one of 98: 3 % of the size of a face apart
    assert np.linalg.norm(mean - mean_face(), axis=1).max() < 0.03
    mirrored = mean[IBUG68.flip_indices()] * (-1, 1, 1)
    np.testing.assert_allclose(mean, mirrored, atol=2e-4)


@pytest.mark.parametrize('pose', POSES)
@pytest.mark.parametrize('scale', [1.0, 200.0])
def test_depth_of_the_mean_is_exact(pose, scale):
    points = in_image(face_modes()[0], pose, scale)
    np.testing.assert_allclose(
        face_depth(points[:, :2]), points[:, 2], atol=2e-3 * scale
    )


@pytest.mark.parametrize('pose', POSES)
@pytest.mark.parametrize('mode', range(1, 6))
def test_depth_of_other_faces_follows_their_shape(pose, mode):
    """The depth of a face two standard deviations from the mean is not that of the mean."""
    mean, *modes = face_modes()
    points = in_image(mean + 2 * modes[mode - 1], pose)
    depth = face_depth(points[:, :2])
    error = np.abs(depth - points[:, 2]).mean()
    assert depth.mean() == pytest.approx(0, abs=1e-6)
    assert error < 0.75 * np.abs(in_image(mean, pose)[:, 2] - points[:, 2]).mean()


@pytest.mark.parametrize('points', [np.full((68, 2), np.nan), np.ones((68, 2))])
def test_no_depth(points):
    assert np.isnan(face_depth(points)).all()


def test_other_points():
    with pytest.raises(InputError, match=r'needs 68 points, not \(19, 2\)'):
        face_depth(np.zeros((19, 2)))


def test_the_modes_are_those_of_the_faces():
    """Faces that differ in one symmetric way and in pose have that way as their mode."""
    mean, first, *_ = face_modes()
    symmetric = first + first[IBUG68.flip_indices()] * (-1, 1, 1)
    amounts = np.linspace(-1, 1, 9)
    faces = np.array(
        [
            in_image(mean + amount * symmetric, (3 * i, 5 * i, -2 * i))
            for i, amount in enumerate(amounts)
        ]
    )
    _, mode, other = shape_modes(faces, mean, 2)
    # similarity transforms of the faces are not part of it
    assert np.linalg.norm(mode) > 20 * np.linalg.norm(other)


def test_too_few_faces_for_the_modes():
    mean = face_modes()[0]
    with pytest.raises(InputError, match='2 faces and their mirror images have fewer'):
        shape_modes(np.stack([in_image(mean, pose) for pose in POSES[:2]]), mean, 4)


def test_modes_without_training_faces():
    faces = [LandmarkSample('a', 'a.jpg', np.zeros((68, 2)), split='test')]
    with pytest.raises(InputError, match='AFLW has no training faces: give the folder'):
        modes_of(faces, 'AFLW', 5)


def in_depth(samples):
    return np.array([np.column_stack([s.points, s.extra['points_z']]) for s in samples])


def test_against_annotated_depths(aflw2000_3d):
    drawn = split_samples(read_aflw2000_3d(aflw2000_3d), (0.2, 0.2), seed=0)
    faces = in_depth([s for s in drawn if s.split == 'train'])
    np.testing.assert_allclose(  # the file is what its command makes
        shape_modes(faces, mean_face(), 5), face_modes(), atol=1e-5
    )
    others = in_depth([s for s in drawn if s.split == 'val'])
    sizes = np.sqrt(np.ptp(others[..., :2], axis=1).prod(axis=1))
    depths = others[..., 2] - others[..., 2].mean(axis=1, keepdims=True)
    found = [face_depth(points) for points in others[..., :2]]
    errors = np.abs(found - depths).mean(axis=1) / sizes
    assert len(errors) == 33
    assert errors.mean() < 0.017  # measured: 1.5 % of the size of the box
