"""Measure a checkpoint: mmlandmark test configs/ceph_hrnetv2.py [CHECKPOINT]

Without CHECKPOINT the best one of the config's own training run is measured.
"""

import argparse
from pathlib import Path

from mmengine.dist import is_main_process

from ..engine.config import find_checkpoint, load_config
from ..engine.data import use_split
from ..engine.launch import launch
from ..errors import InputError
from ..evaluation.calibration_file import find_calibration
from ..evaluation.face_parts.occlusion import (
    listed_rows,
    occluded_rows,
    require_options,
)
from ..evaluation.mean_shape import mean_shape_errors
from ..evaluation.sheet import error_sheet
from ..evaluation.summary import (
    MEAN_SHAPE,
    print_results,
    results_of,
    write_results,
)
from ..evaluation.tables import print_rows
from ..evaluation.testing import measure, measured_on, require_ced
from ..io.image import write_image
from ..schemes.from_config import names_of
from ..visualization.curves import plot_reliability
from . import common


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config')
    parser.add_argument('checkpoint', nargs='?')
    parser.add_argument('--data', help='a folder made by tools/prepare_data.py')
    parser.add_argument('--split', help='default: the one the config tests on')
    parser.add_argument('--work-dir', help='default: work_dirs/CONFIG_NAME')
    parser.add_argument('--out', type=Path, help='write the metrics to this JSON file')
    parser.add_argument('--per-image', type=Path, help='write every error to this CSV')
    parser.add_argument(
        '--reliability',
        type=Path,
        help='draw observed over expected errors to this PNG (tools/calibrate.py first)',
    )
    parser.add_argument(
        '--ced',
        type=Path,
        help='draw the cumulative errors of faces to this PNG, and a CSV beside it',
    )
    parser.add_argument(
        '--sheet',
        type=Path,
        help='draw twelve images with predicted and true points, best to worst, to a PNG',
    )
    parser.add_argument(
        '--mean-shape',
        action='store_true',
        help='also measure predicting the mean training shape',
    )
    parser.add_argument(
        '--occluded',
        type=common.share,
        metavar='SHARE',
        help='face parts: also with a disc over that share of each face, and the drop',
    )
    parser.add_argument(
        '--occluded-list',
        type=Path,
        metavar='FILE',
        help='face parts: also the photographs whose ids the file lists, and the others',
    )
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm'], default='none'
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def load(args):
    """The config with the user's choices, and the checkpoint's path."""
    config = load_config(args.config, common.cfg_options(args.cfg_options), args.data)
    if args.work_dir:
        config.work_dir = args.work_dir
    if args.split:
        use_split(config.test_dataloader.dataset, args.split)
    if args.ced:
        require_ced(config, args.ced)
    require_options(config, vars(args))
    for path in (args.out, args.per_image, args.reliability, args.ced, args.sheet):
        if path and not path.parent.is_dir():
            raise InputError(f'no folder {path.parent} to write {path.name} in')
    checkpoint = args.checkpoint or find_checkpoint(config)
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir += '/test'  # the training's own config stays in its folder
    return config, checkpoint


def main():
    args = parse_args()
    config, checkpoint = load(args)
    calibration = find_calibration(checkpoint, names_of(config))
    if args.reliability and calibration is None:
        raise InputError(
            f'{checkpoint} is not calibrated: run tools/calibrate.py {args.config}'
        )
    launch(config, args.launcher)
    metric = measure(config, checkpoint)
    if not is_main_process():
        return
    others = {}
    if args.mean_shape:
        others[MEAN_SHAPE] = mean_shape_errors(config, metric.errors)
    found = results_of(metric, others, calibration)
    print_results(found, metric, checkpoint)
    occluded = []
    if args.occluded:
        occluded += occluded_rows(config, checkpoint, args.occluded)
    if args.occluded_list:
        occluded += listed_rows(metric.errors, args.occluded_list)
    print_rows('Occluded faces', occluded)
    if found['reliability'] and args.reliability:
        plot_reliability(found['reliability'], args.reliability)
    if args.ced:
        metric.errors.write_ced(args.ced, args.ced.with_suffix('.csv'), others)
    if args.sheet:
        write_image(args.sheet, error_sheet(config, metric.errors))
    if args.per_image:
        metric.errors.write_csv(args.per_image)
    if args.out:
        found |= dict(occluded=occluded) if occluded else {}
        found |= dict(dataset=measured_on(config), config=str(args.config))
        write_results(args.out, found, checkpoint)
