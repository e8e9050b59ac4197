"""Compare the points of observers: agreement of landmarks and of measurements.

mmlandmark agree senior.csv junior.csv --mm-per-px 0.1
mmlandmark agree isbi2015/400_senior isbi2015/400_junior --split test1
mmlandmark agree isbi2015 ceph19 --split test1 --out work_dirs/agreement
mmlandmark agree anna=may.csv anna=june.csv ben=may_ben.csv

An observer is a file or folder of points in any supported format, or a detector, which
predicts the points in the images of the first observer. A name that is given twice is one
observer with repeated sessions, which are compared with one another.
"""

from pathlib import Path

from ..errors import InputError
from . import common

OUT = Path('work_dirs/agreement')


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'observers',
        nargs='+',
        metavar='[NAME=]OBSERVER',
        help='a file or folder of points, or a released detector; at least two',
    )
    parser.add_argument('--split', help='only the images of this part of the data')
    common.add_spacing(parser)
    common.add_device(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=OUT,
        help=f'the folder for the HTML page, the PDF and the CSV tables; default: {OUT}',
    )
    return parser


def main(args):
    from ..structures.pixel_spacing import PixelSpacing
    from ..studies.agreement import align, study
    from ..studies.agreement_files import write_study

    if len(args.observers) < 2:
        raise InputError('agree compares at least two observers: give a second one')
    if args.out.is_file():
        raise InputError(f'{args.out} is a file: --out names a folder')
    sets = read_sets(args.observers, args.split, args.device)
    found = study(align(sets, PixelSpacing.of(args.mm_per_px)))
    files = write_study(args.out, found)
    print_study(found)
    print(', '.join(str(path) for path in files))


def read_sets(observers, split, device=None):
    """The points of each observer; a detector reads the images of the first other one."""
    from ..engine.model_zoo import list_models
    from ..studies.label_set import detect, of_split, read_label_set

    named = [named_observer(text) for text in observers]
    models = {*list_models()}
    sets = {
        place: read_label_set(source, name)
        for place, (name, source) in enumerate(named)
        if source not in models or Path(source).exists()
    }
    if split is not None:
        sets = of_split(sets, split)
    if not sets:
        raise InputError('one observer must be points in a file, which name the images')
    first = next(iter(sets.values()))
    images = {one: first.images[one] for one in first.points if one in first.images}
    for place, (name, source) in enumerate(named):
        if place not in sets:
            sets[place] = detect(
                source, images, first.spacings, name or source, device, track(source)
            )
    return [sets[place] for place in sorted(sets)]


def track(model):
    """A progress bar for the images of a detector."""
    from rich.progress import track as bar

    return lambda ids: bar(ids, model, transient=True)


def named_observer(text):
    """The name, or None, and the source of ``[NAME=]SOURCE``."""
    name, sign, source = text.partition('=')
    if not sign or Path(text).exists():
        return None, text
    if not name or not source:
        raise InputError(f'{text!r} is not NAME=OBSERVER')
    return name, source


def print_study(found):
    """A table with one row per landmark of each comparison."""
    from ..evaluation.tables import print_rows

    for c in found.comparisons:
        rows = [
            {
                'landmark': one.name,
                'n': one.n,
                f'MRE {c.unit}': one.mre,
                'SD': one.sd,
                **{f'SDR {radius:g}': rate for radius, rate in one.sdr.items()},
                'bias x': float(one.bias.mean[0]),
                'bias y': float(one.bias.mean[1]),
            }
            for one in (c.overall, *c.landmarks)
        ]
        print_rows(f'{c.second} against {c.first} ({c.kind})', rows)
    for line in found.series.left_out:
        print(f'  not compared: {line}')
