import numpy as np
import pytest

from mmlandmark import InputError
from mmlandmark.face import head_pose
from mmlandmark.formats import read_aflw2000_3d
from mmlandmark.schemes import IBUG68

NOSE, CHIN, RIGHT_EYE, LEFT_EYE = 30, 8, 36, 45


def face(pose, scale=200.0):
    """The mean face in a pose, ``(68, 3)``: x right, y down, z to the viewer."""
    turned = head_pose.mean_face() @ head_pose.rotation_matrix(pose).T
    return turned * (scale, -scale, scale) + (300, 200, 50)


def test_the_mean_face_looks_at_the_viewer():
    mean = head_pose.mean_face()
    assert mean.shape == (68, 3)
    np.testing.assert_allclose(mean.mean(axis=0), 0, atol=1e-5)
    assert np.linalg.norm(mean) == pytest.approx(1, abs=1e-4)
    for a, b in IBUG68.flip_pairs:
        np.testing.assert_allclose(mean[a] * (-1, 1, 1), mean[b], atol=2e-5)
    assert mean[NOSE, 2] == mean[:, 2].max()
    assert mean[CHIN, 1] == mean[:, 1].min()
    assert mean[RIGHT_EYE, 0] < 0 < mean[LEFT_EYE, 0]


@pytest.mark.parametrize(
    ('pose', 'point', 'axis', 'sign'),
    [
        ((20, 0, 0), CHIN, 2, 1),  # raised: the chin moves forward
        ((0, 20, 0), NOSE, 0, -1),  # turns to its own right: left in the picture
        ((0, 0, 20), CHIN, 0, -1),  # leans to its own left: the chin goes to the left
    ],
)
def test_signs(pose, point, axis, sign):
    moved = (face(pose) - face((0, 0, 0)))[point]
    assert sign * moved[axis] > 5


@pytest.mark.parametrize(
    'pose', [(0, 0, 0), (25, -10, 5), (-30, 60, -20), (10, -85, 15), (5, 40, 120)]
)
def test_pose_of_a_turned_face(pose):
    points = face(pose)
    found = head_pose.head_pose(points[:, :2], points[:, 2])
    np.testing.assert_allclose(found, pose, atol=1e-3)
    # without depth, from a camera that is far and not infinitely far away
    np.testing.assert_allclose(head_pose.head_pose(points[:, :2]), pose, atol=3)


def test_size_and_place_do_not_matter():
    points = face((10, 20, 30))
    moved = points * 0.3 - 1000
    for depth in (lambda p: p[:, 2], lambda p: None):
        np.testing.assert_allclose(
            head_pose.head_pose(moved[:, :2], depth(moved)),
            head_pose.head_pose(points[:, :2], depth(points)),
            atol=1e-3,
        )


@pytest.mark.parametrize('points', [np.full((68, 2), np.nan), np.ones((68, 2))])
def test_no_pose(points):
    assert np.isnan(head_pose.head_pose(points)).all()


def test_other_points():
    with pytest.raises(InputError, match=r'68 points, not from \(19, 2\)'):
        head_pose.head_pose(np.zeros((19, 2)))


def test_against_annotated_poses(aflw2000_3d, monkeypatch):
    samples = read_aflw2000_3d(aflw2000_3d / 'original')
    faces = np.array(
        [np.column_stack([s.points, s.extra['points_z']]) for s in samples]
    )
    poses = np.degrees([s.extra['pose'] for s in samples])
    np.testing.assert_allclose(  # the file is what its tool makes
        head_pose.mean_shape(faces, poses), head_pose.mean_face(), atol=1e-5
    )
    errors = []
    for i, (points, pose) in enumerate(zip(faces, poses, strict=True)):
        # a mean face that the measured one is left out of
        others = head_pose.mean_shape(np.delete(faces, i, 0), np.delete(poses, i, 0))
        monkeypatch.setattr(head_pose, 'mean_face', lambda mean=others: mean)
        flat, deep = points[:, :2], points[:, 2]
        errors.append(
            [head_pose.head_pose(flat, deep) - pose, head_pose.head_pose(flat) - pose]
        )
    deep, flat = np.abs(errors).mean(axis=0)
    assert (deep < (1.5, 0.5, 1)).all()  # measured: 1.3, 0.4, 0.8 degrees
    assert (flat < (2.2, 0.7, 1.1)).all()  # measured: 1.9, 0.5, 0.9
