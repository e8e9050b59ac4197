"""Measure the errors of a checkpoint on annotated images.

mmlandmark test configs/ceph_hrnetv2.py
mmlandmark test ceph19 --data data/isbi2015 --split test1 --out metrics.json

Points: mean radial error (MRE) and success detection rates (SDR). Faces: normalized mean
error (NME), failure rate (FR) and AUC. Face parts: IoU and F1. Without CHECKPOINT the best
checkpoint of the config's own training is measured.
"""

from pathlib import Path
from typing import Any

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser)
    common.add_data(parser)
    common.add_split(parser)
    common.add_work_dir(parser)
    parser.add_argument('--out', type=Path, help='write the metrics to this JSON file')
    parser.add_argument(
        '--per-image', type=Path, help='write the error of every point to this CSV file'
    )
    parser.add_argument(
        '--reliability',
        type=Path,
        help='draw observed against expected errors to this PNG file; the model must be '
        'calibrated (mmlandmark calibrate)',
    )
    parser.add_argument(
        '--ced',
        type=Path,
        help='faces: draw the cumulative error distribution to this PNG file, and write a '
        'CSV file beside it',
    )
    parser.add_argument(
        '--sheet',
        type=Path,
        help='draw twelve images with predicted and true points, from best to worst, to '
        'this PNG file',
    )
    parser.add_argument(
        '--mean-shape',
        action='store_true',
        help='also measure the mean shape of the training images as a baseline',
    )
    parser.add_argument(
        '--occluded',
        type=common.fraction,
        metavar='FRACTION',
        help='face parts: also measure with a disc over this fraction of each face',
    )
    parser.add_argument(
        '--occluded-list',
        type=Path,
        metavar='FILE',
        help='face parts: also measure the photographs whose ids are in this file apart '
        'from the others',
    )
    common.add_launcher(parser)
    common.add_cfg_options(parser)
    return parser


def load(args):
    """The config with the options applied, and the path of the checkpoint."""
    from ..engine.config import find_checkpoint
    from ..evaluation.testing import require_ced

    config = common.config_of(args)
    if args.ced:
        require_ced(config, args.ced)
    refuse_unfit_options(config, args)
    for path in (args.out, args.per_image, args.reliability, args.ced, args.sheet):
        if path and not path.parent.is_dir():
            raise InputError(f'no folder {path.parent} to write {path.name} in')
    checkpoint = args.checkpoint or find_checkpoint(config)
    common.quiet(config, 'test')
    return config, checkpoint


def refuse_unfit_options(config, args):
    """Refuse options that do not apply to this kind of config, before a long test."""
    of_points = ['sheet', 'mean_shape', 'reliability']
    of_parts = ['occluded', 'occluded_list']
    is_parts = 'parts' in config
    kind = 'face parts' if is_parts else 'landmarks'
    for name in of_points if is_parts else of_parts:
        if getattr(args, name):
            option = f'--{name.replace("_", "-")}'
            raise InputError(f'{option} is not for a config of {kind}: leave it out')
    if args.occluded_list and not args.occluded_list.is_file():
        raise InputError(f'no list of photographs at {args.occluded_list}')


def main(args):
    from mmengine.dist import is_main_process

    from ..engine.launch import launch
    from ..evaluation.calibration_file import find_calibration
    from ..evaluation.mean_shape import mean_shape_errors
    from ..evaluation.summary import MEAN_SHAPE, print_results, results_of
    from ..evaluation.testing import measure
    from ..schemes.from_config import names_of

    config, checkpoint = load(args)
    calibration = find_calibration(checkpoint, names_of(config))
    if args.reliability and calibration is None:
        raise InputError(
            f'{checkpoint} is not calibrated: run mmlandmark calibrate {args.config}'
        )
    launch(config, args.launcher)
    metric = measure(config, checkpoint)
    if not is_main_process():
        return
    errors: Any = metric.errors  # points, faces or parts
    others = {}
    if args.mean_shape:
        others[MEAN_SHAPE] = mean_shape_errors(config, errors)
    results = results_of(metric, others, calibration)
    print_results(results, metric, checkpoint)
    if occluded := measure_occluded(args, config, checkpoint, errors):
        results['occluded'] = occluded
    write_files(args, config, checkpoint, errors, results, others)


def measure_occluded(args, config, checkpoint, errors):
    """Print the tables of the two kinds of occlusion; return their rows."""
    from ..evaluation.face_parts.occlusion import listed_rows, occluded_rows
    from ..evaluation.tables import print_rows

    rows = []
    if args.occluded:
        rows += occluded_rows(config, checkpoint, args.occluded)
    if args.occluded_list:
        rows += listed_rows(errors, args.occluded_list)
    print_rows('Occluded faces', rows)
    return rows


def write_files(args, config, checkpoint, errors, results, others):
    """Write each requested file."""
    from ..evaluation.sheet import error_sheet
    from ..evaluation.summary import write_results
    from ..evaluation.testing import measured_on
    from ..io.writing import write_image
    from ..visualization.curves import plot_reliability

    if args.reliability and results['reliability']:
        plot_reliability(results['reliability'], args.reliability)
    if args.ced:
        errors.write_ced(args.ced, args.ced.with_suffix('.csv'), others)
    if args.sheet:
        write_image(args.sheet, error_sheet(config, errors))
    if args.per_image:
        errors.write_csv(args.per_image)
    if args.out:
        facts = dict(dataset=measured_on(config), config=str(args.config))
        write_results(args.out, results | facts, checkpoint)
