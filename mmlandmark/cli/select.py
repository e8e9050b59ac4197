"""Choose the unlabelled images to label next, by uncertainty and diversity.

mmlandmark select radiographs --count 50 --model ceph19 --out next.csv
mmlandmark select pool.jsonl --count 50 --labelled labelled.jsonl

POOL is a folder of images, or the .jsonl file that predict wrote for them.
"""

from pathlib import Path

from ..errors import InputError
from . import common
from .agree import track


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('pool', metavar='POOL', type=Path, help='the unlabelled images')
    parser.add_argument(
        '--count',
        type=common.positive(int),
        required=True,
        help='number of images to choose',
    )
    parser.add_argument(
        '--labelled',
        type=Path,
        help='the images that are labelled already: a folder or a .jsonl file, like POOL',
    )
    parser.add_argument(
        '--model',
        default='ceph19',
        help='a calibrated detector, which predicts the points of a folder; default: '
        'ceph19',
    )
    common.add_device(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('selected.csv'),
        help='the table to write; default: selected.csv',
    )
    return parser


def main(args):
    from ..studies.agreement_files import csv_bytes
    from ..studies.selection import select
    from ..utils.whole_file import check_writable, write_whole

    if args.out.suffix.lower() != '.csv':
        raise InputError(f'--out {args.out} is not a .csv file')
    check_writable(args.out)
    pool = predicted(args.pool, args)
    labelled = predicted(args.labelled, args) if args.labelled else None
    chosen = select(pool, args.count, labelled)
    rows = [
        dict(
            rank=rank,
            image=str(pool.images[one.image]),
            uncertainty=one.uncertainty,
            distance=one.distance,
        )
        for rank, one in enumerate(chosen, start=1)
    ]
    content = csv_bytes(rows)
    write_whole(args.out, lambda path: path.write_bytes(content))
    print(f'{args.out}: {len(chosen)} of {len(pool.points)} images, first to last:')
    for one in chosen[:10]:
        print(f'  {one.image} (uncertainty {one.uncertainty:.2f} times the median)')
    if len(chosen) > 10:
        print(f'  and {len(chosen) - 10} more')


def predicted(path, args):
    """The predictions of a .jsonl file, or of the model on a folder of images."""
    from ..io.load import list_images
    from ..studies.label_set import detect, read_label_set

    if path.is_dir():
        images = {image.stem: image for image in list_images(path)}
        return detect(args.model, images, {}, None, args.device, track(args.model))
    if path.suffix.lower() != '.jsonl':
        raise InputError(
            f'{path} is neither a folder of images nor a .jsonl file of predict'
        )
    return read_label_set(path)
