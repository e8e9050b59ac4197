"""Compute the 3D mean face from which the pose of a head is estimated.

mmlandmark mean-face AFLW2000-3D mean_face68.csv

Faces with an annotated pose are rotated to the front, averaged and made symmetric.
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('data', help='the folder of AFLW2000-3D with its .mat files')
    parser.add_argument('out', type=Path, help='the CSV file to write')
    return parser


def main(args):
    import numpy as np

    from ..face.head_pose import mean_shape
    from ..formats import read_aflw2000_3d

    faces = [s for s in read_aflw2000_3d(args.data) if 'pose' in s.extra]
    if not faces:
        raise InputError(
            f'no face in {args.data} has a pose: give a folder with .mat files'
        )
    shapes = [np.column_stack([s.points, s.extra['points_z']]) for s in faces]
    poses = np.degrees([sample.extra['pose'] for sample in faces])
    mean = mean_shape(np.array(shapes), poses)
    np.savetxt(args.out, mean, '%.5f', delimiter=',', header='x,y,z', comments='')
    print(f'mean of {len(faces)} faces: {args.out}')
