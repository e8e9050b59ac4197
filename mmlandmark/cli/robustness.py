"""How faces stand up to pose, resolution, bad boxes and what hides them:
mmlandmark robustness CONFIG [CONFIG=CHECKPOINT ...] --out work_dirs/robustness
"""

import argparse
import csv
from pathlib import Path

from ..engine.config import find_checkpoint, load_config
from ..engine.data import use_split
from ..errors import InputError
from ..evaluation.robustness import robustness
from ..evaluation.tables import print_rows
from ..evaluation.testing import require_faces
from ..visualization.robustness import plot_robustness
from . import common


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'models',
        nargs='+',
        metavar='CONFIG[=CHECKPOINT]',
        help="default checkpoint: of the config's own training run",
    )
    parser.add_argument('--data', help='the folder of the data set')
    parser.add_argument('--split', help='default: the one the config tests on')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/robustness'), help='a folder'
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def load(args, model):
    """A model's name, config and checkpoint."""
    path, _, checkpoint = model.partition('=')
    config = load_config(path, common.cfg_options(args.cfg_options), args.data)
    require_faces(config)
    if args.split:
        use_split(config.test_dataloader.dataset, args.split)
    checkpoint = checkpoint or find_checkpoint(config)
    if not Path(checkpoint).is_file():
        raise InputError(f'no checkpoint at {checkpoint}')
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir = str(args.out / 'runs')
    return Path(path).stem, config, checkpoint


def main():
    args = parse_args()
    models = [load(args, model) for model in args.models]  # before a long measuring
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for model in models:
        for row in robustness(*model):
            rows.append(row)
            print(
                *(f'{key} {value}' for key, value in row.items()), sep=', ', flush=True
            )
    with (args.out / 'robustness.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plot_robustness(rows, args.out / 'robustness.png')
    print_rows(f'Robustness: {args.out}/robustness.csv, robustness.png', rows)
