"""Write what was found as a first guess for people who correct it, and the labels.

mmlandmark predict --img films --results points.jsonl
mmlandmark label cvat --points points.jsonl --out annotations.xml
mmlandmark label label-studio --points points.jsonl --out tasks.json
"""

import argparse
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..formats import cvat, label_studio
from ..formats.common.image_names import names_below
from ..inference.batch.records import read_records


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('tool', choices=['cvat', 'label-studio'])
    parser.add_argument(
        '--points', required=True, type=Path, help='what inference.py --results wrote'
    )
    parser.add_argument('--out', required=True, type=Path, help='.xml or .json')
    parser.add_argument(
        '--label', default='head', help='what a set of points is called'
    )
    parser.add_argument(
        '--prefix',
        default=label_studio.LOCAL,
        help='label-studio: what stands before the name of an image in its address',
    )
    return parser.parse_args()


def checked(args):
    """The points of the first prediction, and the name of each image in the tool."""
    suffix = '.xml' if args.tool == 'cvat' else '.json'
    if args.out.suffix.lower() != suffix:
        raise InputError(f'{args.out.name}: {args.tool} reads {suffix}')
    first, images = None, []
    for record in read_records(args.points):
        images.append(record['image'])
        first = first or next(iter(record['predictions']), None)
    names = names_below(images)
    if first is None:
        raise InputError(f'{args.points} holds no points')
    return first['points'], names


def main():
    args = parse_args()
    points, images = checked(args)
    names = [point['name'] for point in points]
    records = read_records(args.points)
    if args.tool == 'cvat':
        labels = args.out.with_suffix('.labels.json')
        shape = np.array([[point['x'], point['y']] for point in points])
        text = cvat.cvat_labels(args.label, names, shape)
        count = cvat.write_cvat(args.out, records, args.label, images)
    else:
        labels = args.out.with_suffix('.labels.xml')
        text = label_studio.label_studio_interface(args.label, names)
        count = label_studio.write_label_studio(
            args.out, records, args.label, args.prefix, images
        )
    labels.write_text(text, encoding='utf-8')
    print(f'{count} images: {args.out}; the labels of the task: {labels}')
