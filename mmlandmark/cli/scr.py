"""Compute the success classification rates of the ISBI 2015 challenge.

mmlandmark scr --data FOLDER                      # points predicted by ceph19
mmlandmark scr --data FOLDER --points predicted   # a folder that predict --out wrote

FOLDER is the folder of the challenge, with RawImage, 400_senior and 400_junior.
"""

import json
from pathlib import Path

from ..cephalometry.isbi2015 import MODES
from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('--data', required=True, help='the folder of the challenge')
    parser.add_argument(
        '--split',
        choices=['train', 'test1', 'test2'],
        default='test1',
        help='the part of the data; default: test1',
    )
    parser.add_argument(
        '--model', default='ceph19', help='a detector of the 19 points; default: ceph19'
    )
    common.add_device(parser)
    parser.add_argument(
        '--points', type=Path, help='a folder of NNN.json files, instead of --model'
    )
    parser.add_argument(
        '--mode',
        choices=MODES,
        default='official',
        help="the definitions and class boundaries: those of the challenge's script, or "
        'clinical ones; default: official',
    )
    parser.add_argument(
        '--confusion',
        action='store_true',
        help='also print tables of true and predicted classes',
    )
    parser.add_argument('--out', type=Path, help='write the rates to this JSON file')
    return parser


def main(args):
    import numpy as np

    from ..cephalometry.isbi2015 import rate_rows
    from ..evaluation.tables import print_rows
    from ..formats.isbi2015 import ANNOTATORS

    samples = load(args)
    mean = np.array([sample.points for sample in samples])
    senior, junior = (
        np.array([sample.extra['annotators'][who] for sample in samples])
        for who in ANNOTATORS
    )
    found = predicted(args, samples)
    name = str(args.points or args.model)
    methods = {name: found, 'mean of both': mean, 'junior': junior}
    rates = dict(
        senior=rate_rows(senior, methods, args.mode),
        mean=rate_rows(mean, {name: found}, args.mode),
    )
    mre = dict(mean=mre_of(found, mean), senior=mre_of(found, senior))
    title = f'SCR in percent, {len(samples)} images, {args.mode}, against the'
    print_rows(f'{title} senior annotator', rates['senior'])
    print_rows(f'{title} mean of both annotators', rates['mean'])
    print(
        f'MRE {mre["mean"]:.2f} mm from the mean, {mre["senior"]:.2f} from the senior'
    )
    if args.confusion:
        print_confusions(senior, found, args.mode)
    if args.out:
        values = dict(points=name, images=len(samples), rates=rates, mre_mm=mre)
        write(args, values)


def load(args):
    """The samples of the split."""
    from ..formats import read_isbi2015
    from ..utils.whole_file import check_writable

    if args.out:
        check_writable(args.out)
    samples = [s for s in read_isbi2015(args.data) if s.split == args.split]
    if not samples:
        raise InputError(f'{args.data} has no image of {args.split}')
    return samples


def predicted(args, samples):
    """``(N, 19, 2)`` points, read from files or predicted."""
    import numpy as np
    from rich.progress import track

    from ..inference import LandmarkDetector
    from ..schemes import ISBI19

    if args.points:
        return np.array([in_order(args.points / f'{s.id}.json') for s in samples])
    detector = LandmarkDetector(args.model, device=args.device)
    if detector.scheme.points != ISBI19.points:
        raise InputError(f'{args.model} does not find the 19 points of the challenge')
    radiographs = track(samples, 'predicting', transient=True)
    return np.array([detector(sample.image)[0].points for sample in radiographs])


def in_order(path):
    """The points of a file in the order of the challenge."""
    from ..formats.points_json import read_points
    from ..schemes import ISBI19, name_key

    prediction = read_points(path)
    places = ISBI19.places()
    place = {places.get(name_key(name)): k for k, name in enumerate(prediction.names)}
    missing = [name for i, name in enumerate(ISBI19.points) if i not in place]
    if missing:
        raise InputError(f'{path} has no point {missing[0]}')
    return prediction.points[[place[i] for i in range(len(ISBI19))]]


def mre_of(found, truth):
    """The mean radial error in mm."""
    import numpy as np

    from ..evaluation.functional import mean_radial_error, radial_errors
    from ..formats.isbi2015 import SPACING

    spacing = np.tile(SPACING.pair, (len(truth), 1))
    return float(mean_radial_error(radial_errors(found, truth, spacing))[0])


def print_confusions(truth, found, mode):
    """One table per classification: true classes in rows, predicted ones in columns."""
    from ..cephalometry.isbi2015 import CLASS_WORDS, classes_of, confusions
    from ..evaluation.tables import print_rows

    tables = confusions(classes_of(truth, mode), classes_of(found, mode))
    for name, table in tables.items():
        words = CLASS_WORDS[name]
        rows = [
            {'true': word, **dict(zip(words, map(int, counts), strict=True))}
            for word, counts in zip(words, table, strict=True)
        ]
        print_rows(name, rows)


def write(args, values):
    """Write the rates as JSON."""
    from ..utils.whole_file import write_whole
    from ..version import __version__

    values |= dict(mode=args.mode, split=args.split, version=__version__)
    text = json.dumps(values, indent=1) + '\n'
    write_whole(args.out, lambda partial: partial.write_text(text, encoding='utf-8'))
