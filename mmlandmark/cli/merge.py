"""Join prepared data sets into one, with the points that all share or with all points.

mmlandmark merge data/isbi2015 data/aariz --points shared --out data/both
mmlandmark merge data/isbi2015 data/aariz --points all --out data/both

A point that a data set does not have is missing in its images: it is not counted in
training and evaluation.
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'folders', nargs='+', type=Path, help='folders that mmlandmark prepare wrote'
    )
    parser.add_argument(
        '--points',
        choices=['shared', 'all'],
        required=True,
        help='shared: the points that every data set has; all: the points of any data set',
    )
    parser.add_argument('--out', required=True, type=Path, help='the folder to write')
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a folder prepared earlier'
    )
    return parser


def main(args):
    from ..datasets.preparation import prepare
    from ..datasets.preparation.merge import merge
    from ..structures.sample import ReadReport

    for folder in args.folders:
        if folder.resolve().is_relative_to(args.out.resolve()):
            raise InputError(
                f'{folder} lies in --out {args.out}, which would be replaced'
            )
    prepare.refuse_existing(args.out, args.overwrite)
    report = ReadReport()
    samples, scheme = merge(args.folders, args.points, args.out.name, report)
    summary = prepare.write_dataset(
        samples, scheme, args.out, report, overwrite=args.overwrite
    )
    print('\n'.join(prepare.summary_lines(summary, args.out)))
    print(f'  {len(scheme)} points: {", ".join(scheme.points)}')
