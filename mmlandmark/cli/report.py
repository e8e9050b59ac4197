"""Measure lateral radiographs and write a report.

mmlandmark report --img xray.jpg --mm-per-px 0.1 --out report.html
mmlandmark report --img xray.jpg --points work_dirs/inference/xray.json --out r.pdf
mmlandmark report --img first.jpg --second second.jpg --out growth.html
mmlandmark report --img folder --out table.csv
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from rich.progress import track

from ..cephalometry.norms import NORMS_FILE, SEXES, read_norms
from ..cephalometry.orientation import FACINGS, spacing_from_ruler
from ..errors import InputError
from ..io.load import left_out_lines, pictures_in, read_picture
from ..report.batch import write_table
from ..report.files import check_form, write_report
from ..report.films import Radiographs
from ..report.model import ReportOptions
from ..report.superimposition import superimpose
from ..utils.plain_text import printable
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--img', required=True, type=Path, help='an image file or a folder'
    )
    parser.add_argument(
        '--points',
        type=Path,
        help='its points file, as `mmlandmark predict` writes it; for a folder, the '
        'folder of points files; default: detect the points with --model',
    )
    parser.add_argument(
        '--second',
        type=Path,
        help='a later radiograph or its points file, to superimpose',
    )
    parser.add_argument(
        '--model',
        default='ceph19',
        help='a released detector, a config or a work folder',
    )
    parser.add_argument('--device', help='such as cpu or cuda:0')
    parser.add_argument(
        '--out', required=True, type=Path, help='.html, .pdf, .json or .csv'
    )
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument(
        '--mm-per-px',
        type=common.positive(float),
        help='the scale; also for a second radiograph without a scale of its own',
    )
    scale.add_argument(
        '--ruler',
        nargs=4,
        type=float,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='two points of a ruler in pixels of --img, --ruler-mm apart',
    )
    parser.add_argument(
        '--second-mm-per-px',
        type=common.positive(float),
        help='the scale of the second radiograph; default: its own',
    )
    parser.add_argument(
        '--ruler-mm',
        type=common.positive(float),
        help='distance of the two points of --ruler; default: 10',
    )
    parser.add_argument(
        '--norms', type=Path, help='a CSV file; default: the norms of the package'
    )
    parser.add_argument(
        '--facing', choices=FACINGS, help='default: determined from the points'
    )
    parser.add_argument('--sex', choices=SEXES, help='selects the norms')
    parser.add_argument(
        '--age',
        type=common.positive(float),
        help='in years, selects the norms; default: adult',
    )
    parser.add_argument(
        '--use-low-confidence',
        action='store_true',
        help='also measure from points of low confidence',
    )
    parser.add_argument(
        '--low-confidence-mm',
        type=common.positive(float),
        help='expected error above which a point is of low confidence; default: '
        f'{ReportOptions.low_confidence_mm:g}, except for points that their file marks '
        'as "low_confidence": false',
    )
    return parser.parse_args()


def options_from(args):
    """The options that apply to every radiograph."""
    if args.ruler_mm and not args.ruler:
        raise InputError(
            '--ruler-mm is the distance of the points of --ruler: give --ruler'
        )
    spacing, origin = args.mm_per_px, 'as given'
    if args.ruler:
        length = args.ruler_mm or 10.0
        spacing = spacing_from_ruler(args.ruler[:2], args.ruler[2:], length)
        origin = f'from a ruler of {length:g} mm'
    return ReportOptions(
        read_norms(args.norms or NORMS_FILE),
        args.norms.name if args.norms else ReportOptions.norms_name,
        (spacing, spacing) if spacing else None,
        origin,
        args.facing,
        args.sex,
        args.age,
        args.use_low_confidence,
        args.low_confidence_mm or ReportOptions.low_confidence_mm,
        args.low_confidence_mm is not None,
        'check and correct them in the points file, or measure from them anyway with '
        '--use-low-confidence',
    )


def one(args, radiographs):
    """Write the report of one radiograph."""
    picture = read_picture(args.img)
    report, over = radiographs.report(args.img, args.points, picture), None
    if args.second:
        is_points = args.second.suffix.lower() == '.json'
        later = radiographs.second_report(
            args.second, args.second if is_points else None, *second_scales(args)
        )
        over = superimpose(report, later)
    write_report(args.out, picture.pixels, report, over)
    for line in report.warnings:
        print(f'  {line}')
    if over:
        for line in over.warnings:
            print(f'  {over.title}: {line}')
    print(printable(f'{args.out}: {report.skeletal_class}; scale: {report.scale}'))
    if over:
        print(f'superimposed on S-N: {over.scale}')


def second_scales(args):
    """The given scale of the second radiograph, and the scale to use if it has none."""
    if args.second_mm_per_px:
        return ((args.second_mm_per_px,) * 2, 'as given'), None
    # --ruler holds only for the first radiograph
    both = args.mm_per_px and ((args.mm_per_px,) * 2, 'as given for both radiographs')
    return None, both


def folder(args, radiographs):
    """Write a table of all radiographs of a folder; exit status 1 if any was skipped."""
    if args.out.suffix.lower() != '.csv' or args.second:
        raise InputError(
            'a folder is measured into one table: give --out table.csv, without --second'
        )
    skipped: Counter[str] = Counter()
    paths = pictures_in(args.img, skipped)
    if args.points and not args.points.is_dir():
        raise InputError(
            f'--points {args.points} must be a folder, because --img is one'
        )

    def report_of(path):
        points = args.points and args.points / f'{path.stem}.json'
        return radiographs.report(path, points)

    progress = track(paths, 'measuring', transient=True)
    left_out = write_table(args.out, progress, report_of)
    print(
        f'{printable(str(args.out))}: {len(paths) - len(left_out)} of {len(paths)} images'
    )
    for line in left_out:
        print(f'  skipped: {with_options(line)}')
    for line in left_out_lines(skipped):
        print(f'  {line}')
    sys.exit(1 if left_out else 0)


def refuse_inputs(args):
    """Refuse an --out that would overwrite an input."""
    names = ('img', 'points', 'second', 'norms')
    for name in names:
        path = getattr(args, name)
        if path and args.out.exists() and path.exists() and args.out.samefile(path):
            raise InputError(f'--out {args.out} is --{name}: give another file')
    if args.second_mm_per_px and not args.second:
        raise InputError('--second-mm-per-px is the scale of --second: give --second')


def with_options(message):
    """A message about arguments of the library, in terms of the options that set them."""
    for argument, option in (
        ('low_confidence_mm', '--low-confidence-mm'),
        ('give facing', 'give --facing'),
        ('give spacing', 'give --mm-per-px'),
    ):
        message = message.replace(argument, option)
    return message


def main():
    args = parse_args()
    check_form(args.out)
    refuse_inputs(args)
    radiographs = Radiographs(options_from(args), args.model, args.device)
    try:
        (folder if args.img.is_dir() else one)(args, radiographs)
    except InputError as error:
        raise InputError(with_options(str(error))) from None
