"""Measure lateral radiographs, or photographs of frontal faces, and write a report.

mmlandmark report --img xray.jpg --mm-per-px 0.1 --out report.html
mmlandmark report --img xray.jpg --points work_dirs/inference/xray.json --out r.pdf
mmlandmark report --img first.jpg --later second.jpg third.jpg --out growth.html
mmlandmark report --img folder --out table.csv
mmlandmark report --img face.jpg --model face68 --out face.html
mmlandmark report --img face.jpg --model face68 --iris 812 604 853 605 --out face.pdf
mmlandmark report --img film.dcm --out report.dcm --overlay

The points of face68 give the symmetry and the proportions of a frontal face. Left and right
are the person's own: do not mirror the photograph.
"""

from collections import Counter
from pathlib import Path

from ..cephalometry.norms import SEXES
from ..cephalometry.orientation import FACINGS
from ..errors import InputError
from ..utils.plain_text import printable
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        '--img',
        required=True,
        type=Path,
        help='a radiograph or a photograph of one face, or a folder of them',
    )
    parser.add_argument(
        '--points',
        type=Path,
        help='the points file that predict wrote, corrected or not; for a folder of '
        'images, the folder of these files; default: the points are predicted by --model',
    )
    parser.add_argument(
        '--later',
        type=Path,
        nargs='+',
        metavar='FILE',
        help='later radiographs of the same head, or their points files, to superimpose',
    )
    parser.add_argument(
        '--ages',
        type=common.positive(float),
        nargs='+',
        metavar='YEARS',
        help='age at --img and at each of --later, for the norms and the plots',
    )
    parser.add_argument(
        '--method-error',
        type=Path,
        metavar='CSV',
        help='the measurements.csv that agree wrote; a change then also has to exceed this '
        'method error',
    )
    parser.add_argument(
        '--model',
        default='ceph19',
        help='a released detector, a config or a work folder; default: ceph19',
    )
    common.add_device(parser)
    parser.add_argument(
        '--out',
        required=True,
        type=Path,
        help='the file to write: .html, .pdf, .json, .csv or .dcm (DICOM report); for a '
        'folder of images .csv',
    )
    parser.add_argument(
        '--overlay',
        action='store_true',
        help='with a .dcm report: also write the tracing as a presentation state, '
        'OUT_overlay.dcm, which a DICOM viewer draws over the image',
    )
    add_scale(parser)
    parser.add_argument(
        '--norms', type=Path, help='a CSV file of norms; default: those of the package'
    )
    parser.add_argument(
        '--facing',
        choices=FACINGS,
        help='the side that the head faces; default: as the points show',
    )
    parser.add_argument('--sex', choices=SEXES, help='selects the norms')
    parser.add_argument(
        '--age',
        type=common.positive(float),
        help='age in years, which selects the norms; default: adult',
    )
    parser.add_argument(
        '--use-low-confidence',
        action='store_true',
        help='also measure from points of low confidence',
    )
    common.add_low_confidence(
        parser,
        '3, and the flags in a points file are kept',
    )
    return parser


def add_scale(parser):
    """The options that give the scale of one or two radiographs."""
    scale = parser.add_mutually_exclusive_group()
    common.add_spacing(scale)
    scale.add_argument(
        '--ruler',
        nargs=4,
        type=float,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='two points of a ruler, in pixels of --img; --ruler-mm is their distance',
    )
    scale.add_argument(
        '--iris',
        nargs=4,
        type=float,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='faces: the two ends of the horizontal diameter of an iris, in pixels of '
        '--img; the diameter is assumed to be 11.7 mm',
    )
    parser.add_argument(
        '--ruler-mm',
        type=common.positive(float),
        help='distance of the points of --ruler in mm; default: 10',
    )
    parser.add_argument(
        '--later-mm-per-px',
        type=common.positive(float),
        help='pixel spacing of the later radiographs in mm per pixel; default: that of '
        'their files',
    )


def main(args):
    from ..report.files import check_form
    from ..report.radiographs import Radiographs

    check_form(args.out)
    refuse_inputs(args)
    radiographs = Radiographs(settings_of(args), args.model, args.device)
    return (folder if args.img.is_dir() else one)(args, radiographs)


def settings_of(args):
    """The options that apply to every radiograph."""
    from ..cephalometry.frontal import spacing_from_iris
    from ..cephalometry.norms import NORMS_FILE, read_norms
    from ..cephalometry.orientation import spacing_from_ruler
    from ..report.model import ReportOptions
    from ..structures.pixel_spacing import PixelSpacing

    if args.ruler_mm and not args.ruler:
        raise InputError(
            '--ruler-mm is the distance of the points of --ruler: give --ruler'
        )
    spacing = PixelSpacing.of(args.mm_per_px)
    if args.ruler:
        length = args.ruler_mm or 10.0
        spacing = spacing_from_ruler(args.ruler[:2], args.ruler[2:], length)
    if args.iris:
        spacing = spacing_from_iris(args.iris[:2], args.iris[2:])
    return ReportOptions(
        read_norms(args.norms or NORMS_FILE),
        args.norms.name if args.norms else ReportOptions.norms_name,
        spacing,
        args.facing,
        args.sex,
        args.ages[0] if args.ages else args.age,
        args.use_low_confidence,
        args.low_confidence_mm or ReportOptions.low_confidence_mm,
        args.low_confidence_mm is not None,
        'check and correct them in the points file (--points), or measure with them '
        'anyway (--use-low-confidence)',
    )


def one(args, radiographs):
    """Write the report of one radiograph, with its later ones superimposed."""
    from ..io.load import load_image
    from ..report.files import write_report

    picture = load_image(args.img)
    report = radiographs.report(args.img, args.points, picture)
    refuse_for_faces(args, report)
    over = changes(args, radiographs, report) if args.later else None
    beside = write_report(
        args.out, picture.pixels, report, over, args.img, args.overlay
    )
    for line in report.warnings:
        print(f'  {line}')
    if over:
        for title, lines in zip(over.titles, over.warnings, strict=True):
            for line in lines:
                print(f'  {title}: {line}')
    print(printable(f'{args.out}: {report.summary}; scale: {report.scale}'))
    if report.spacing is None:
        print(
            '  for distances in mm give --mm-per-px, or --ruler X1 Y1 X2 Y2 --ruler-mm L'
        )
    for path in beside:
        what = (
            'overlay' if path.stem.endswith('_overlay') else 'image without a patient'
        )
        print(printable(f'  {path}: the {what} of this radiograph'))
    if over:
        print(f'superimposed on S-N: {over.scale}')


def changes(args, radiographs, report):
    """The later radiographs superimposed on the first."""
    from ..report.superimposition import read_method_errors, superimpose

    errors = read_method_errors(args.method_error) if args.method_error else None
    ages = args.ages or [None] * (1 + len(args.later))
    if len(ages) != 1 + len(args.later):
        raise InputError(
            f'--ages has {len(ages)} ages, and --img and --later are '
            f'{1 + len(args.later)} radiographs'
        )
    later = []
    for path, age in zip(args.later, ages[1:], strict=True):
        points = path if path.suffix.lower() == '.json' else None
        later.append(radiographs.later_report(path, points, *later_scales(args), age))
    return superimpose(report, later, args.ages, errors)


def later_scales(args):
    """The given spacing of the later radiographs, and its default."""
    from ..structures.pixel_spacing import PixelSpacing

    if args.later_mm_per_px:
        return PixelSpacing.square(args.later_mm_per_px), None
    # --ruler applies only to the first radiograph
    every = args.mm_per_px
    return None, every and PixelSpacing.square(every, 'given for all radiographs')


def folder(args, radiographs):
    """Write a table of all radiographs of a folder."""
    from rich.progress import track

    from ..io.load import left_out_lines, list_images
    from ..report.batch import write_table

    if args.out.suffix.lower() != '.csv' or args.later:
        raise InputError(
            'a folder is written as one table: give --out table.csv, and no --later'
        )
    skipped: Counter[str] = Counter()
    paths = list_images(args.img, skipped)
    if args.points and not args.points.is_dir():
        raise InputError(f'--points {args.points} is not a folder, but --img is')

    def report_of(path):
        points = args.points and args.points / f'{path.stem}.json'
        report = radiographs.report(path, points)
        refuse_for_faces(args, report)
        return report

    progress = track(paths, 'measuring', transient=True)
    left_out = write_table(args.out, progress, report_of)
    print(
        f'{printable(str(args.out))}: {len(paths) - len(left_out)} of {len(paths)} images'
    )
    for line in left_out:
        print(f'  skipped: {line}')
    for line in left_out_lines(skipped):
        print(f'  {line}')
    return common.SKIPPED if left_out else 0


def refuse_for_faces(args, report):
    """Refuse options that have no meaning for the report of a face."""
    from ..report.face import FaceReport

    if not isinstance(report, FaceReport):
        return
    for name in ('later', 'facing', 'norms', 'sex', 'age'):
        if getattr(args, name):
            raise InputError(
                f'--{name} is for lateral heads, and the points are those of a face: '
                'leave it out'
            )


def refuse_inputs(args):
    """Refuse to overwrite an input of the report, and options without --later."""
    inputs = [(name, getattr(args, name)) for name in ('img', 'points', 'norms')]
    inputs += [('later', path) for path in args.later or ()]
    inputs.append(('method-error', args.method_error))
    for name, path in inputs:
        if path and args.out.exists() and path.exists() and args.out.samefile(path):
            raise InputError(f'--out {args.out} is --{name}: give another file')
    if args.overlay and args.out.suffix.lower() != '.dcm':
        raise InputError('--overlay is for a DICOM report: give --out report.dcm')
    for name in ('later_mm_per_px', 'ages', 'method_error'):
        if getattr(args, name) and not args.later:
            raise InputError(f'--{name.replace("_", "-")} is for --later: give it, too')
    if args.ages and args.age:
        raise InputError('--age is the first of --ages: leave it out')
