"""Write predictions as pre-annotations for people to correct, and the labels of the task.

mmlandmark predict --img films --results points.jsonl
mmlandmark label cvat --points points.jsonl --out annotations.xml
mmlandmark label label-studio --points points.jsonl --out tasks.json
"""

from pathlib import Path

from ..errors import InputError
from . import common

SUFFIXES = {'cvat': '.xml', 'label-studio': '.json'}


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('tool', choices=list(SUFFIXES))
    parser.add_argument(
        '--points',
        required=True,
        type=Path,
        help='the .jsonl file that predict --results wrote',
    )
    parser.add_argument('--out', required=True, type=Path, help='.xml or .json')
    parser.add_argument(
        '--label', default='head', help='name of a set of points; default: head'
    )
    parser.add_argument(
        '--prefix',
        help='label-studio: beginning of the address of an image, before its name; '
        'default: local files',
    )
    return parser


def main(args):
    import numpy as np

    from ..formats.cvat import writer as cvat
    from ..formats.label_studio import writer as label_studio
    from ..inference.batch.records import read_records

    points = first_points(args, read_records(args.points))
    names = [point['name'] for point in points]
    records = read_records(args.points)
    if args.tool == 'cvat':
        labels = args.out.with_suffix('.labels.json')
        shape = np.array([[point['x'], point['y']] for point in points])
        text = cvat.cvat_labels(args.label, names, shape)
        count = cvat.write_cvat(args.out, records, args.label)
    else:
        labels = args.out.with_suffix('.labels.xml')
        text = label_studio.label_studio_interface(args.label, names)
        prefix = label_studio.LOCAL if args.prefix is None else args.prefix
        count = label_studio.write_label_studio(args.out, records, args.label, prefix)
    labels.write_text(text, encoding='utf-8')
    print(f'{count} images: {args.out}; the labels of the task: {labels}')


def first_points(args, records):
    """The points of the first prediction; mistakes are found before anything is written."""
    suffix = SUFFIXES[args.tool]
    if args.out.suffix.lower() != suffix:
        raise InputError(f'{args.out.name}: {args.tool} reads {suffix}')
    first, names = None, set()
    for record in records:
        name = Path(record['image']).name
        if name in names:
            raise InputError(f'two images are called {name}: {args.tool} confuses them')
        names.add(name)
        first = first or next(iter(record['predictions']), None)
    if first is None:
        raise InputError(f'{args.points} holds no points')
    return first['points']
