"""Write predictions as pre-annotations for people to correct, and the labels of the task.

mmlandmark predict --img radiographs --results points.jsonl
mmlandmark label cvat --points points.jsonl --out annotations.xml
mmlandmark label label-studio --points points.jsonl --out tasks.json
mmlandmark label labelme --points points.jsonl --out labelme/
"""

from pathlib import Path

from ..errors import InputError
from . import common

SUFFIXES = {'cvat': '.xml', 'label-studio': '.json'}


def build_parser():
    others = [name for name in common.WRITTEN if name not in SUFFIXES]
    parser = common.new_parser(__doc__)
    parser.add_argument('tool', choices=[*SUFFIXES, *others])
    parser.add_argument(
        '--points',
        required=True,
        type=Path,
        help='the .jsonl file that predict --results wrote',
    )
    parser.add_argument(
        '--out',
        required=True,
        type=Path,
        help='the file to write: .xml for cvat, .json for label-studio; other formats: as '
        'for mmlandmark convert',
    )
    parser.add_argument(
        '--label',
        default='head',
        help='name of a head (class, category, skeleton) in the written file; default: '
        'head',
    )
    parser.add_argument(
        '--prefix',
        help='label-studio: the address of the folder of the images; default: that of a '
        'local storage',
    )
    return parser


def main(args):
    import numpy as np

    from ..formats.cvat import writer as cvat
    from ..formats.label_studio import writer as label_studio
    from ..inference.batch.records import read_records

    if args.tool not in SUFFIXES:
        return write_other(args)
    points, images = checked(args, read_records(args.points))
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
        prefix = label_studio.LOCAL if args.prefix is None else args.prefix
        count = label_studio.write_label_studio(
            args.out, records, args.label, prefix, images
        )
    labels.write_text(text, encoding='utf-8')
    print(f'{count} images: {args.out}; the labels of the task: {labels}')
    return None


def write_other(args):
    """Write the points in a format that does not tell predictions from annotations."""
    from ..formats.common.records import samples_of
    from ..formats.convert import write_samples
    from ..formats.registry import get_format
    from ..inference.batch.records import read_records

    samples, scheme = samples_of(read_records(args.points))
    if not samples:
        raise InputError(f'{args.points} holds no points')
    target = get_format(args.tool)
    done = write_samples(samples, scheme, args.out, target, args.label)
    print(f'{len(done.names)} images: {args.out}')
    for line in done.lost:
        print(f'  {line}')


def checked(args, records):
    """The points of the first prediction, and the name of each image in the tool."""
    from ..formats.common.image_names import names_below

    suffix = SUFFIXES[args.tool]
    if args.out.suffix.lower() != suffix:
        raise InputError(
            f'--out {args.out} must end with {suffix}, which {args.tool} imports'
        )
    first, images = None, []
    for record in records:
        images.append(record['image'])
        first = first or next(iter(record['predictions']), None)
    names = names_below(images)
    if first is None:
        raise InputError(f'{args.points} holds no points')
    return first['points'], names
