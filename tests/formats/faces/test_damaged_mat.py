"""Damaged MATLAB files of faces: an InputError of one line, and nothing else."""

import numpy as np
import pytest
from mutations import mutated
from PIL import Image
from scipy.io import savemat

from mmlandmark import InputError
from mmlandmark.formats import (
    read_300wlp,
    read_aflw19,
    read_aflw2000_3d,
    read_cofw,
)
from mmlandmark.structures.sample import ReadReport

COUNT = 150


def points(count, columns=2):
    return np.add.outer(np.arange(count, dtype=float) % 30 + 5, np.arange(columns))


def image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', (60, 50)).save(path)


def cofw(root):
    """As MATLAB v7.3 has it: arrays transposed, and cells as references."""
    h5py = pytest.importorskip('h5py')
    path = root / 'COFW_test_color.mat'
    with h5py.File(path, 'w') as mat:
        cells = mat.create_dataset('IsT', (1, 2), h5py.ref_dtype)
        for i in range(2):
            picture = np.full((6, 8), 9, np.uint8)
            cells[0, i] = mat.create_dataset(f'#refs#/{i}', data=picture).ref
        mat['phisT'] = np.tile(np.arange(87.0), (2, 1)).T
        mat['bboxesT'] = np.array([[8, 6, 30, 40.0]] * 2).T
    return path


def aflw19(root):
    names = np.empty((2, 1), object)
    names[:, 0] = ['0/image00002.jpg', '2/image00100.jpg']
    for name in names[:, 0]:
        image(root / 'flickr' / name)
    path = root / 'AFLWinfo_release.mat'
    savemat(
        path,
        dict(
            bbox=np.tile([7.0, 37, 5, 45], (2, 1)),
            data=np.tile(np.arange(10.0, 48), (2, 1)),
            mask_new=np.ones((2, 19), np.uint8),
            nameList=names,
            ra=np.array([[2, 1]]),
        ),
    )
    return path


def aflw2000(root):
    for name in 'ab':
        image(root / f'{name}.jpg')
        pose = np.array([[0.1, -0.2, 0.3, 200, 210, -100, 0.001]])
        savemat(root / f'{name}.mat', dict(pt3d_68=points(68, 3).T, Pose_Para=pose))
    return root / 'a.mat'


def lp(root):
    for name in 'ab':
        image(root / 'AFW' / f'{name}_0.jpg')
        path = root / 'landmarks' / 'AFW' / f'{name}_0_pts.mat'
        path.parent.mkdir(parents=True, exist_ok=True)
        savemat(path, dict(pts_2d=points(68), pts_3d=points(68)))
    return root / 'landmarks' / 'AFW' / 'a_0_pts.mat'


def lp_pose(root):
    lp(root)
    savemat(root / 'AFW' / 'a_0.mat', dict(Pose_Para=np.full((1, 7), 0.5)))
    return root / 'AFW' / 'a_0.mat'


SETS = {
    'cofw': (cofw, read_cofw),
    'aflw19': (aflw19, read_aflw19),
    'aflw2000-3d': (aflw2000, read_aflw2000_3d),
    '300wlp': (lp, read_300wlp),
    '300wlp, pose': (lp_pose, read_300wlp),
}


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize(('make', 'read'), SETS.values(), ids=SETS)
def test_a_damaged_file_is_read_or_told(tmp_path, make, read):
    path = make(tmp_path)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    assert len(read(tmp_path)) == 2  # it is right before it is damaged
    messages, shapes = [], set()
    for data in [b'', whole[:200], *(mutated(whole, random) for _ in range(COUNT))]:
        path.write_bytes(data)
        report = ReadReport()
        try:
            shapes |= {sample.points.shape for sample in read(tmp_path, report)}
        except InputError as error:
            messages.append(str(error))
        messages += [why for _, why in report.skipped]
    assert len(messages) > COUNT / 10
    assert not [text for text in messages if '\n' in text or not text]
    assert len(shapes) == 1
