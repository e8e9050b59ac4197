"""Measure landmarks on changed images.

mmlandmark robustness face68 --data data/300w --out work_dirs/robustness
mmlandmark robustness ceph19 --data data/isbi2015 --split test1

Faces: under pose, low resolution, inexact boxes, noise and occlusion. Heads, one per
image: mirrored, turned, negative, bordered, cut, and in other qualities; errors are in mm,
points outside of an image are not counted.
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

    models = [load(args, model) for model in args.models]  # before a long measuring
    args.out.mkdir(parents=True, exist_ok=True)
    heads = [measures_heads(config) for _, config, _ in models]
    if any(heads):
        if not all(heads):
            raise InputError(
                'heads and faces are measured apart: give models of one kind'
            )
        rows = written(head_rows(models), args.out)
        print_rows(f'Robustness: {args.out}/robustness.csv', rows)
        return
    rows = written((row for model in models for row in robustness(*model)), args.out)
    plot_robustness(rows, args.out / 'robustness.png')
    print_rows(f'Robustness: {args.out}/robustness.csv, robustness.png', rows)


def measures_heads(config):
    """Whether a config measures radial errors, of one head per image."""
    evaluator = config.test_evaluator
    kind = evaluator[0] if isinstance(evaluator, list) else evaluator
    return kind['type'] == 'RadialError'


def head_rows(models):
    """Rows of each model on changed images of heads."""
    from ..benchmark.view_robustness import annotated_images, measure_changes
    from ..inference import LandmarkDetector

    for name, config, checkpoint in models:
        detector = LandmarkDetector(config, checkpoint)
        for row in measure_changes(detector, annotated_images(config)):
            yield dict(model=name, **row)


def written(found, out):
    """Print the rows as they come, and write them to a table."""
    rows = []
    for row in found:
        rows.append(row)
        print(*(f'{key} {value}' for key, value in row.items()), sep=', ', flush=True)
    with (out / 'robustness.csv').open('w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def load(args, model):
    """A model's name, config and checkpoint."""
    from ..engine.config import find_checkpoint
    from ..evaluation.testing import require_faces

    path, _, checkpoint = model.partition('=')
    config = common.config_of(args, path)
    if not measures_heads(config):
        require_faces(config)
    checkpoint = checkpoint or find_checkpoint(config)
    if not Path(checkpoint).is_file():
        raise InputError(f'no checkpoint at {checkpoint}')
    common.quiet(config, 'test')
    config.work_dir = str(args.out / 'runs')
    return Path(path).stem, config, checkpoint
