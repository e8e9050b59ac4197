"""Make the mean face in space: mmlandmark mean-face AFLW2000-3D mean_face68.csv

Faces whose pose is annotated are turned to the front, averaged and made symmetric.
"""

import argparse
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..face.head_pose import mean_shape
from ..formats import read_aflw2000_3d


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('data', help='a folder of AFLW2000-3D with .mat files')
    parser.add_argument('out', type=Path, help='a CSV file')
    return parser.parse_args()


def main():
    args = parse_args()
    faces = [s for s in read_aflw2000_3d(args.data) if 'pose' in s.extra]
    if not faces:
        raise InputError(f'no face in {args.data} has a pose: give a folder with .mat')
    shapes = [np.column_stack([s.points, s.extra['points_z']]) for s in faces]
    mean = mean_shape(
        np.array(shapes), np.degrees([sample.extra['pose'] for sample in faces])
    )
    np.savetxt(args.out, mean, '%.5f', delimiter=',', header='x,y,z', comments='')
    print(f'mean of {len(faces)} faces: {args.out}')
