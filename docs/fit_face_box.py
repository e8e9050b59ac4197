"""Fit the map from YuNet's box and five points to the tight box of 68 points.

python docs/fit_face_box.py --data 300w --test 300w/lfpw/testset --out yunet_box68.json

The faces of --test are left out of the fit. Prints the mean overlap of the boxes.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from mmlandmark.face.detection import overlap, truth_box
from mmlandmark.face.found import upright_map
from mmlandmark.face.yunet import YuNetFaces
from mmlandmark.face.yunet_file import yunet_path
from mmlandmark.formats import read_300w
from mmlandmark.io.load import load_image

RIDGE = 1e-3


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--test', type=Path, required=True)
    parser.add_argument('--out', type=Path, required=True)
    args = parser.parse_args()
    detector = YuNetFaces(yunet_path(), threshold=0.5)
    tested = args.test.resolve()
    samples = read_300w(args.data)
    parts = [s for s in samples if tested not in Path(s.image).resolve().parents]
    faces, truths = matched(detector, parts)
    features = np.array([face.features() for face in faces])
    targets = np.array(
        [target(face, box) for face, box in zip(faces, truths, strict=True)]
    )
    halves = [np.arange(len(faces)) % 5 == fold for fold in range(5)]
    held_out = [
        iou(faces[n], truths[n], fitted(features[~half], targets[~half]))
        for half in halves
        for n in np.flatnonzero(half)
    ]
    weights = fitted(features, targets)
    test_faces, test_truths = matched(detector, read_300w(args.test))
    on_test = [
        iou(*pair, weights) for pair in zip(test_faces, test_truths, strict=True)
    ]
    values = dict(
        source='docs/fit_face_box.py on the 300-W training faces (AFW, HELEN and LFPW '
        'trainsets); ridge regression of the tight box of the 68 points',
        detector='face_detection_yunet_2023mar.onnx of OpenCV Zoo',
        faces=len(faces),
        mean_overlap_five_folds=round(float(np.mean(held_out)), 4),
        weights=np.round(weights, 5).tolist(),
    )
    args.out.write_text(json.dumps(values, indent=1) + '\n', encoding='utf-8')
    print(f'{len(faces)} of {len(parts)} faces found')
    print(f'mean overlap, five folds: {np.mean(held_out):.3f}')
    print(f'mean overlap, test: {np.mean(on_test):.3f} ({len(on_test)} faces)')


def matched(detector, samples):
    """The faces found at those of samples, and their points relative to each."""
    faces, truths = [], []
    for sample in samples:
        found = detector.rows(load_image(sample.image).pixels)
        truth = truth_box(sample.points)
        overlaps = [overlap(square(face), truth) for face in found]
        if overlaps and max(overlaps) > 0.3:
            faces.append(found[int(np.argmax(overlaps))])
            truths.append(sample.points)
    return faces, truths


def square(face):
    half = face.side / 2
    return np.concatenate([face.centre - half, face.centre + half])


def target(face, points):
    """Centre, width and height of the tight box in the frame of the face."""
    turn = upright_map(face.centre, face.roll, face.side, 1)
    there = points @ turn[:, :2].T + turn[:, 2]
    x1, y1, x2, y2 = truth_box(there)
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def fitted(features, targets):
    gram = features.T @ features + RIDGE * len(features) * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ targets).T


def iou(face, points, weights):
    """Overlap in the frame of the face."""
    centre = face.centre
    turn = upright_map(centre, face.roll, 1, 1)
    truth = truth_box(points @ turn[:, :2].T + turn[:, 2])
    box = face.box(weights)
    middle = (box[:2] + box[2:]) / 2 @ turn[:, :2].T + turn[:, 2]
    half = (box[2:] - box[:2]) / 2
    return overlap(np.concatenate([middle - half, middle + half]), truth)


if __name__ == '__main__':
    main()
