"""Convert a data set in its own format to a folder that configs can read.

mmlandmark prepare photo-pickle --src FILE.pkl --out data/photo
mmlandmark prepare isbi2015 --src /path/to/isbi2015 --out data/isbi2015
mmlandmark prepare coco --src /path/to/export --out data/mine
mmlandmark prepare cvat --src annotations.xml --out data/mine
mmlandmark prepare label-studio --src export.json --out data/mine
mmlandmark prepare aariz --src /path/to/Aariz --out data/aariz
mmlandmark prepare cl-detection-2023 --src /path/to/cl-detection --out data/cld
mmlandmark prepare cl-detection-2024 --src "/path/to/Training Set" --out data/cld53
"""

from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'format', choices=common.FORMATS, help='the format of the data set'
    )
    parser.add_argument(
        '--src', required=True, type=Path, help='the file or folder to read'
    )
    parser.add_argument('--out', required=True, type=Path, help='the folder to write')
    parser.add_argument(
        '--scheme',
        help='the name or file of a scheme, for formats that have none of their own; '
        'default: the points that the file names',
    )
    parser.add_argument(
        '--category',
        help='coco: the category to read, if several have points',
    )
    parser.add_argument(
        '--max-side',
        type=common.positive(int),
        help='reduce larger images to this length of the longer side, in pixels',
    )
    for part in ('val', 'test'):
        parser.add_argument(
            f'--{part}',
            type=common.fraction,
            default=0.15,
            help=f'fraction of the patients in the part {part}, if the data set has no '
            'parts; default: 0.15',
        )
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the random split by patient; default: 0',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a folder prepared earlier'
    )
    return parser


def main(args):
    from ..datasets.preparation import prepare
    from ..formats import ReadReport

    if args.category is not None and args.format != 'coco':
        raise InputError(f'--category is for coco, not for {args.format}')
    if args.src.resolve().is_relative_to(args.out.resolve()):
        raise InputError(f'--src lies in --out {args.out}, which would be replaced')
    prepare.refuse_existing(args.out, args.overwrite)  # before hours of reading
    report = ReadReport()
    samples, scheme = read(args, report)
    samples = prepare.split_samples(samples, (args.val, args.test), args.seed)
    summary = prepare.write_dataset(
        samples, scheme, args.out, report, args.max_side, args.overwrite
    )
    print('\n'.join(prepare.summary_lines(summary, args.out)))


def read(args, report):
    """The samples of ``args.src`` and their scheme."""
    from .. import schemes
    from ..formats.registry import FORMATS

    fmt = FORMATS[args.format]
    if fmt.fixed is not None:
        samples = fmt.read(args.src, fmt.fixed, report)
        if fmt.name == 'isbi2015':
            samples = [replace(s, split=isbi_split(s)) for s in samples]
        return samples, fmt.fixed
    more = dict(category=args.category) if args.category is not None else {}
    if args.scheme:
        scheme = schemes.get_scheme(args.scheme)
    else:
        scheme = fmt.scheme_of(args.src, name=args.out.name, **more)
    return fmt.read(args.src, scheme, report, **more), scheme


def isbi_split(sample):
    """Images 121 to 150 are for validation: settings are never chosen on a test part."""
    return 'val' if sample.split == 'train' and sample.id > '120' else sample.split
