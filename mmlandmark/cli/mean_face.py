"""Compute the 3D mean face from which the pose of a head is estimated.

mmlandmark mean-face AFLW2000-3D mean_face68.csv
mmlandmark mean-face AFLW2000-3D face_modes68.csv --modes 5

Faces with an annotated pose are rotated to the front, averaged and made symmetric. With
--modes the file has the mean and the main modes of variation of the training faces
instead, from which the depth of a face is estimated.
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('data', help='the folder of AFLW2000-3D with its .mat files')
    parser.add_argument('out', type=Path, help='the CSV file to write')
    parser.add_argument(
        '--modes',
        type=common.positive(int),
        help='number of modes; faces: the training part of configs/face3d_lite0.py',
    )
    return parser


def main(args):
    import numpy as np

    # needs SciPy, which is to be said before the data are read
    from ..face import head_pose  # noqa: F401
    from ..formats import read_aflw2000_3d

    samples = read_aflw2000_3d(args.data)
    if args.modes:
        faces, shapes = modes_of(samples, args.data, args.modes)
    else:
        faces, shapes = mean_of(samples, args.data)
    names = [f'{axis}{i or ""}' for i in range(len(shapes)) for axis in 'xyz']
    table, header = np.concatenate(list(shapes), axis=1), ','.join(names)
    np.savetxt(args.out, table, '%.5f', delimiter=',', header=header, comments='')
    print(f'mean of {len(faces)} faces: {args.out}')


def mean_of(samples, data):
    """The faces with an annotated pose, and their mean ``(1, 68, 3)``."""
    import numpy as np

    from ..face.head_pose import mean_shape

    faces = [face for face in samples if 'pose' in face.extra]
    if not faces:
        raise InputError(f'no face in {data} has a pose: give a folder with .mat files')
    poses = np.degrees([face.extra['pose'] for face in faces])
    return faces, mean_shape(in_depth(faces), poses)[None]


def modes_of(samples, data, count):
    """The training faces, and their mean and modes ``(1 + count, 68, 3)``."""
    from ..datasets.preparation.splits import split_samples
    from ..face.face_shape import shape_modes
    from ..face.head_pose import mean_face

    drawn = split_samples(samples, fractions=(0.2, 0.2), seed=0)
    faces = [face for face in drawn if face.split == 'train']
    if not faces:  # the original images are all of the test part
        raise InputError(
            f'{data} has no training faces: give the folder that contains the folders of '
            'original and of re-cropped images'
        )
    return faces, shape_modes(in_depth(faces), mean_face(), count)


def in_depth(faces):
    """The points of samples with their depth, ``(N, 68, 3)``."""
    import numpy as np

    return np.array(
        [np.column_stack([face.points, face.extra['points_z']]) for face in faces]
    )
