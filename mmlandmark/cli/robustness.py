"""Measure face landmarks under pose, low resolution, inexact boxes, noise and occlusion.

mmlandmark robustness CONFIG [CONFIG=CHECKPOINT ...] --out work_dirs/robustness
"""

import csv
from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'models',
        nargs='+',
        metavar='CONFIG[=CHECKPOINT]',
        help="default checkpoint: the best one of the config's own training",
    )
    common.add_data(parser)
    common.add_split(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/robustness'),
        help='a folder; default: work_dirs/robustness',
    )
    common.add_cfg_options(parser)
    return parser


def main(args):
    from ..evaluation.robustness import robustness
    from ..evaluation.tables import print_rows
    from ..visualization.robustness import plot_robustness

    models = [load(args, model) for model in args.models]  # before a long measurement
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for model in models:
        for row in robustness(*model):
            rows.append(row)
            values = (f'{key} {value}' for key, value in row.items())
            print(*values, sep=', ', flush=True)
    with (args.out / 'robustness.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plot_robustness(rows, args.out / 'robustness.png')
    print_rows(f'Robustness: {args.out}/robustness.csv, robustness.png', rows)


def load(args, model):
    """A model's name, config and checkpoint."""
    from ..engine.config import find_checkpoint
    from ..evaluation.testing import require_faces

    path, _, checkpoint = model.partition('=')
    config = common.config_of(args, path)
    require_faces(config)
    checkpoint = checkpoint or find_checkpoint(config)
    if not Path(checkpoint).is_file():
        raise InputError(f'no checkpoint at {checkpoint}')
    common.quiet(config, 'test')
    config.work_dir = str(args.out / 'runs')
    return Path(path).stem, config, checkpoint
