import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from mmlandmark import InputError
from mmlandmark.formats import read_300wlp, read_aflw2000_3d
from mmlandmark.structures.sample import ReadReport

POSE = np.array([[0.1, -0.2, 0.3, 200, 210, -100, 0.001]])
FACES = ('AFW/AFW_1051618982_1_0', 'AFW/AFW_1051618982_1_17', 'IBUG/IBUG_image_092 _01_0',
         'LFPW/LFPW_image_train_0001_0')  # fmt: skip


def shape(start):
    return np.column_stack([np.arange(68) + start, np.arange(68) + 20.0])


def save_image(path, size=(100, 90)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', size).save(path)


@pytest.fixture
def lp(tmp_path):
    """Poses of three photographs and a mirror image that has no landmarks of its own."""
    for name in (*FACES, 'AFW_Flip/AFW_1051618982_1_0'):
        save_image(tmp_path / f'{name}.jpg')
        mat = dict(Pose_Para=POSE, roi=np.array([[5, 6, 300, 400]]))
        savemat(tmp_path / f'{name}.mat', mat)
    for name in FACES:
        path = tmp_path / 'landmarks' / f'{name}_pts.mat'
        path.parent.mkdir(parents=True, exist_ok=True)
        savemat(path, dict(pts_2d=shape(11.5), pts_3d=shape(12)))
    return tmp_path


def test_poses_of_a_photograph_stay_together(lp):
    samples = {s.id: s for s in read_300wlp(lp)}
    assert {s.id: s.subject for s in samples.values()} == {
        FACES[0]: 'AFW_1051618982',
        FACES[1]: 'AFW_1051618982',
        'AFW_Flip/AFW_1051618982_1_0': 'AFW_1051618982',
        FACES[2]: 'IBUG_image_092',
        FACES[3]: 'LFPW_image_train_0001',
    }
    face = samples[FACES[0]]
    np.testing.assert_array_equal(face.points[[0, 67]], [[10.5, 19], [77.5, 86]])
    assert face.split is None
    assert face.extra['pose'] == (0.1, -0.2, 0.3)
    assert 'points_2d' not in face.extra
    projected = read_300wlp(lp, points='3d')[0]
    np.testing.assert_array_equal(projected.points[0], [11, 19])
    np.testing.assert_array_equal(projected.extra['points_2d'], face.points)


def test_a_mirror_image_gets_its_originals_points_mirrored(lp):
    flip = next(s for s in read_300wlp(lp) if 'Flip' in s.id)
    # jaw 17 at x 26.5 of 100 pixels becomes jaw 1; the chin, jaw 9, keeps its place
    np.testing.assert_array_equal(
        flip.points[[0, 8]], [[99 - 26.5, 35], [99 - 18.5, 27]]
    )
    own = lp / 'landmarks' / 'AFW_Flip' / 'AFW_1051618982_1_0_pts.mat'
    own.parent.mkdir()
    savemat(own, dict(pts_2d=shape(31)))
    flip = next(s for s in read_300wlp(lp) if 'Flip' in s.id)
    np.testing.assert_array_equal(flip.points[0], [30, 19])


def test_an_image_without_a_pose_is_counted(lp):
    (lp / f'{FACES[0]}.mat').unlink()
    report = ReadReport()
    samples = read_300wlp(lp, report)
    assert report.counts == {'images without a pose': 1}
    assert 'pose' not in samples[0].extra


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'no file'),
        (b'', 'not a readable MATLAB file'),
        (b'version: 1\n' * 30, 'not a readable MATLAB file'),
        (dict(pts_3d=shape(1)), 'lacks pts_2d'),
        (dict(pts_2d=shape(1)[:67]), r'shape \(67, 2\), numbers \(68, 2\) are needed'),
        (dict(pts_2d=np.full((68, 2), 'a', object)), 'object of shape'),
        (dict(pts_2d=shape(np.nan)), 'lacks a coordinate'),
    ],
)
def test_bad_landmarks_are_an_error_or_reported(lp, content, message):
    path = lp / 'landmarks' / f'{FACES[1]}_pts.mat'
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        savemat(path, content)
    with pytest.raises(InputError, match=message):
        read_300wlp(lp)
    report = ReadReport()
    assert len(read_300wlp(lp, report)) == 4
    ((where, _),) = report.skipped
    assert where.endswith('AFW_1051618982_1_17.jpg')


def test_a_mirror_image_of_no_size(lp):
    path = lp / 'AFW_Flip' / 'AFW_1051618982_1_0.jpg'
    path.write_bytes(b'')
    with pytest.raises(InputError, match='is not an image'):
        read_300wlp(lp)


def test_what_is_no_300wlp_is_named(lp, tmp_path):
    with pytest.raises(InputError, match='must hold landmarks and photographs in AFW'):
        read_300wlp(lp / 'AFW')
    with pytest.raises(InputError, match="points is '4d', not '2d' or '3d'"):
        read_300wlp(lp, points='4d')
    with pytest.raises(InputError, match='lacks pt3d_68'):
        read_aflw2000_3d(lp)
    with pytest.raises(InputError, match=r'NAME.jpg with NAME.mat, or names.txt'):
        read_aflw2000_3d(lp / 'none')


@pytest.fixture
def aflw2000(tmp_path):
    for i in (2, 4):
        save_image(tmp_path / f'image0000{i}.jpg')
        points = np.column_stack([shape(11.5), np.arange(68) - 30]).T
        mat = dict(pt3d_68=points.astype('f4'), Pose_Para=POSE, roi=[[5, 6, 300, 400]])
        savemat(tmp_path / f'image0000{i}.mat', mat)
    return tmp_path


def test_points_in_space(aflw2000):
    samples = read_aflw2000_3d(aflw2000)
    assert [(s.id, s.split) for s in samples] == [
        ('image00002', 'test'),
        ('image00004', 'test'),
    ]
    np.testing.assert_array_equal(samples[0].points[[0, 67]], [[10.5, 19], [77.5, 86]])
    np.testing.assert_array_equal(samples[0].extra['points_z'], np.arange(68) - 30)
    assert samples[0].extra['pose'] == (0.1, -0.2, 0.3)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda f: f.with_suffix('.jpg').unlink(), 'no image at'),
        (lambda f: savemat(f, dict(Pose_Para=POSE)), 'lacks pt3d_68'),
        (
            lambda f: savemat(f, dict(pt3d_68=np.ones((3, 21)), Pose_Para=POSE)),
            r'shape \(21, 3\)',
        ),
        (
            lambda f: savemat(f, dict(pt3d_68=np.ones((3, 68)), Pose_Para=[[1, 2]])),
            r'shape \(1, 2\)',
        ),
        (lambda f: f.write_bytes(f.read_bytes()[:150]), 'not a readable MATLAB file'),
    ],
)
def test_a_bad_face_is_an_error_or_reported(aflw2000, change, message):
    change(aflw2000 / 'image00002.mat')
    with pytest.raises(InputError, match=message):
        read_aflw2000_3d(aflw2000)
    report = ReadReport()
    assert [s.id for s in read_aflw2000_3d(aflw2000, report)] == ['image00004']
    assert len(report.skipped) == 1


@pytest.fixture
def recropped(tmp_path):
    for name in ('a.jpg', 'b.jpg'):
        save_image(tmp_path / name)
    (tmp_path / 'names.txt').write_text('a.jpg\nb.jpg\n')
    points = np.column_stack([shape(11.5), np.arange(68)])
    np.save(tmp_path / 'points68_3d.npy', np.stack([points, points + 1]).astype('f4'))
    return tmp_path


def test_faces_cut_out_anew(recropped):
    a, b = read_aflw2000_3d(recropped)
    assert (a.id, a.split, b.image.name) == ('a', None, 'b.jpg')
    np.testing.assert_array_equal(a.points[0], [10.5, 19])
    np.testing.assert_array_equal(b.extra['points_z'], np.arange(68) + 1)


def test_folders_of_both_kinds(tmp_path):
    for folder, x in (('original', 11.5), ('recropped', 40)):
        save_image(tmp_path / folder / 'a.jpg')
        points = np.column_stack([shape(x), np.arange(68)]).astype('f4')
        if folder == 'original':
            mat = dict(pt3d_68=points.T, Pose_Para=POSE)
            savemat(tmp_path / folder / 'a.mat', mat)
        else:
            save_image(tmp_path / folder / 'b.jpg')
            (tmp_path / folder / 'names.txt').write_text('a.jpg\nb.jpg\n')
            np.save(tmp_path / folder / 'points68_3d.npy', np.stack([points, points]))
    a, b = read_aflw2000_3d(tmp_path)
    assert (a.id, a.split, a.extra['pose']) == ('a', None, (0.1, -0.2, 0.3))
    np.testing.assert_array_equal(a.points[0], [10.5, 19])
    assert (b.id, 'pose' in b.extra) == ('b', False)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('names.txt', b'a.jpg\n', r'\(2, 68, 3\) but names.txt has 1 names'),
        ('names.txt', b'a.jpg\nc.jpg\n', 'no image at .*c.jpg'),
        ('names.txt', b'\xff\xfe\x00', 'is not UTF-16 text'),
        ('points68_3d.npy', b'', 'cannot be read'),
        ('points68_3d.npy', b'12,13', 'cannot be read'),
    ],
)
def test_bad_recropped_files(recropped, name, content, message):
    (recropped / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_aflw2000_3d(recropped)


def test_real_faces(aflw2000_3d):
    faces = read_aflw2000_3d(aflw2000_3d / 'original')
    cut = {s.id: s for s in read_aflw2000_3d(aflw2000_3d / 'recropped')}
    assert (len(faces), len(cut)) == (16, 150)
    first = faces[0]
    # image00050.mat by hand: x 125.84849, y 209.62408, z -83.308266 of the first point
    np.testing.assert_allclose(first.points[0], [124.84849, 208.62408], atol=1e-4)
    assert first.extra['points_z'][0] == pytest.approx(-83.308266)
    assert first.extra['pose'][1] == pytest.approx(0.016389934)
    for face in faces:
        # the photograph's left holds the person's right eye unless the head is upside down
        assert face.points[36:42, 0].mean() < face.points[42:48, 0].mean()
        assert (face.points > 0).all()
        assert (face.points < 449).all()
    both = [face for face in faces if face.id in cut]
    assert both
    for face in both:
        residual = _affine_residual(face.points, cut[face.id].points)
        assert residual < 1e-3


def _affine_residual(a, b):
    design = np.column_stack([a, np.ones(len(a))])
    solution, *_ = np.linalg.lstsq(design, b, rcond=None)
    return np.abs(design @ solution - b).max()
