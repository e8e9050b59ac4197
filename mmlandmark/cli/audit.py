"""Rank the labels of a data set that are probably wrong.

mmlandmark audit data/mine --out work_dirs/audit
mmlandmark audit labels.csv --model ceph19 --tool cvat
mmlandmark audit isbi2015 --split train --trial 10

DATA is a file or folder of points in any format that agree reads. Without --model the
labels of an image are compared with the shapes and the pixels of the other images.
"""

from pathlib import Path

from ..errors import InputError
from . import common
from .agree import track

OUT = Path('work_dirs/audit')


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('data', metavar='DATA', help='the labels to check')
    parser.add_argument('--split', help='only the images of this part of the data')
    parser.add_argument(
        '--model',
        help='also compare the labels with the points of this detector, or of the .jsonl '
        'file that predict wrote; use a detector that was not trained on these labels',
    )
    common.add_device(parser)
    parser.add_argument(
        '--shapes-only',
        action='store_true',
        help='without --model: compare the shapes only, and do not read the images',
    )
    parser.add_argument(
        '--count',
        type=common.positive(int),
        default=24,
        help='number of images in the contact sheet and for --tool; default: 24',
    )
    parser.add_argument(
        '--tool',
        choices=('cvat', 'label-studio'),
        help='also write the labels of these images for correction',
    )
    parser.add_argument(
        '--trial',
        type=common.positive(int),
        metavar='SEEDS',
        help='do not audit: introduce known errors into 5 %% of the labels, with this many '
        'seeds, and measure how many are found',
    )
    parser.add_argument(
        '--out', type=Path, default=OUT, help=f'the folder to write; default: {OUT}'
    )
    return parser


def main(args):
    from ..studies.audit import THRESHOLD, audit
    from ..studies.audit_files import write_audit
    from ..studies.image_regression import ImageRegression
    from ..studies.label_set import detect, read_label_set

    if args.out.is_file():
        raise InputError(f'{args.out} is a file: --out names a folder')
    labels = read_label_set(args.data, split=args.split)
    images = {k: p for k, p in labels.images.items() if k in labels.points}
    detected = regression = None
    if args.model and Path(args.model).suffix == '.jsonl':
        detected = read_label_set(args.model)
    elif args.model:
        detected = detect(
            args.model, images, labels.spacings, None, args.device, track(args.model)
        )
    elif not args.shapes_only:
        regression = ImageRegression(images, track('images'))
    if args.trial:
        return measure_audit(labels, detected, regression, args.trial)
    found = audit(labels, detected, regression)
    args.out.mkdir(parents=True, exist_ok=True)
    files = write_audit(args.out, found, labels, args.count, args.tool)
    for rank, one in enumerate(found.flagged, start=1):
        print(f'{rank:4}. {one.image}: {one.reason} (score {one.score:.1f})')
    print(
        f'{len(found.flagged)} of {len(found.ranking)} images have a score of '
        f'{THRESHOLD:g} or more'
    )
    for line in (*found.remarks, ', '.join(map(str, files))):
        print(line)
    return 0


def measure_audit(labels, detected, regression, seeds):
    """Print how many of the labels with introduced errors the audit finds."""
    from ..evaluation.tables import print_rows
    from ..studies.audit_trial import trial

    found = trial(labels, detected, seeds=range(seeds), regression=regression)
    rows = [
        {'introduced error': way, 'images': n, '% among the first': 100 * part}
        for way, (part, n) in found.by_way.items()
    ]
    print_rows(f'{found.spoiled} changed images in {seeds} trials', rows)
    print(
        f'of the first 5 % of the ranking {100 * found.precision:.0f} % were changed; '
        f'{100 * found.recall:.0f} % of the changed images were flagged, and '
        f'{100 * found.flagged_precision:.0f} % of the flagged images were changed'
    )
    return 0
