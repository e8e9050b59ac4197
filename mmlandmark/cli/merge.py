"""Join prepared data sets into one, with their shared points or with all.

mmlandmark merge data/isbi2015 data/aariz --points shared --out data/both
mmlandmark merge data/isbi2015 data/aariz --points all --out data/both

Points that a data set does not have are missing in it: training and measuring mask them.
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
        help='the points that all data sets have, or those of any',
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
