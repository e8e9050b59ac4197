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
from ..structures.pixel_spacing import PixelSpacing
from ..utils.plain_text import printable
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--img', required=True, type=Path, help='a film or a folder')
    parser.add_argument(
        '--points',
        type=Path,
        help='what tools/inference.py wrote of it, corrected or not; for a folder the '
        'folder of them; default: found by --model',
    )
    parser.add_argument(
        '--second', type=Path, help='a later film or its points, to be superimposed'
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
        help='the scale; also of a second film that has none of its own',
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
        help='the scale of the second film; default: its own',
    )
    parser.add_argument('--ruler-mm', type=common.positive(float), help='default: 10')
    parser.add_argument(
        '--norms', type=Path, help='a CSV; default: that of the package'
    )
    parser.add_argument('--facing', choices=FACINGS, help='default: found')
    parser.add_argument('--sex', choices=SEXES, help='for the norms')
    parser.add_argument(
        '--age',
        type=common.positive(float),
        help='in years, for the norms; default: adult',
    )
    parser.add_argument(
        '--use-doubtful',
        action='store_true',
        dest='use_low_confidence',
        help='measure from doubtful points too',
    )
    parser.add_argument(
        '--doubtful-mm',
        dest='low_confidence_mm',
        type=common.positive(float),
        help='a point is doubtful where more is expected; default: 3, and a points file '
        'that says of a point whether it is doubtful is believed',
    )
    return parser.parse_args()


def settings_of(args):
    """What holds for every film."""
    if args.ruler_mm and not args.ruler:
        raise InputError('--ruler-mm is the length between the points of --ruler')
    spacing = PixelSpacing.of(args.mm_per_px)
    if args.ruler:
        length = args.ruler_mm or 10.0
        spacing = spacing_from_ruler(args.ruler[:2], args.ruler[2:], length)
    return ReportOptions(
        read_norms(args.norms or NORMS_FILE),
        f'of {args.norms.name}' if args.norms else 'of the package',
        spacing,
        args.facing,
        args.sex,
        args.age,
        args.use_low_confidence,
        args.low_confidence_mm or ReportOptions.low_confidence_mm,
        args.low_confidence_mm is not None,
    )


def one(args, films):
    """The report of one film."""
    picture = read_picture(args.img)
    sheet, over = films.sheet(args.img, args.points, picture), None
    if args.second:
        is_points = args.second.suffix.lower() == '.json'
        later = films.second_sheet(
            args.second, args.second if is_points else None, *second_scales(args)
        )
        over = superimpose(sheet, later)
    write_report(args.out, picture.pixels, sheet, over)
    for line in sheet.warnings:
        print(f'  {line}')
    for line in over.warnings if over else ():
        print(f'  {over.title}: {line}')
    print(printable(f'{args.out}: {sheet.skeletal_class}; scale: {sheet.scale}'))
    if over:
        print(f'superimposed on S-N: {over.scale}')


def second_scales(args):
    """The scale given for the second film, and the one for where it has none."""
    if args.second_mm_per_px:
        return PixelSpacing.square(args.second_mm_per_px), None
    # a ruler was read off the first film
    both = args.mm_per_px
    return None, both and PixelSpacing.square(both, 'given for both films')


def folder(args, films):
    """A table of all films of a folder; 1 where some were left out."""
    if args.out.suffix.lower() != '.csv' or args.second:
        raise InputError(
            'a folder becomes one table: --out table.csv, without --second'
        )
    skipped = Counter()
    paths = pictures_in(args.img, skipped)
    if args.points and not args.points.is_dir():
        raise InputError(f'--points {args.points} is no folder, as --img is one')

    def sheet_of(film):
        return films.sheet(film, args.points and args.points / f'{film.stem}.json')

    progress = track(paths, 'measuring', transient=True)
    left_out = write_table(args.out, progress, sheet_of)
    print(
        f'{printable(str(args.out))}: {len(paths) - len(left_out)} of {len(paths)} films'
    )
    for line in left_out:
        print(f'  left out: {line}')
    for line in left_out_lines(skipped):
        print(f'  {line}')
    sys.exit(1 if left_out else 0)


def refuse_inputs(args):
    """Refuse to write over what the report is made from."""
    names = ('img', 'points', 'second', 'norms')
    for name in names:
        path = getattr(args, name)
        if path and args.out.exists() and path.exists() and args.out.samefile(path):
            raise InputError(f'--out {args.out} is --{name}: give another name')
    if args.second_mm_per_px and not args.second:
        raise InputError('--second-mm-per-px is the scale of --second')


def main():
    args = parse_args()
    check_form(args.out)
    refuse_inputs(args)
    films = Radiographs(settings_of(args), args.model, args.device)
    (folder if args.img.is_dir() else one)(args, films)
