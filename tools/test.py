"""Measure a checkpoint: python tools/test.py configs/ceph_hrnetv2.py [CHECKPOINT]

Without CHECKPOINT the best one of the config's own training run is measured.
"""

import argparse
import json
from pathlib import Path

from mmengine.config import DictAction
from mmengine.dist import is_main_process

import mmlandmark
from mmlandmark import InputError, cli
from mmlandmark.checkpoint import sha256
from mmlandmark.config import (
    find_checkpoint,
    launch,
    load_config,
    names_of,
    use_split,
)
from mmlandmark.evaluation.baseline import mean_shape_errors
from mmlandmark.evaluation.calibration_file import find_calibration
from mmlandmark.evaluation.measure import measure, measured_on, require_ced
from mmlandmark.evaluation.occlusion import listed_rows, occluded_rows, require_parts
from mmlandmark.evaluation.sheet import error_sheet
from mmlandmark.evaluation.tables import print_reliability, print_rows
from mmlandmark.readers.image import write_image
from mmlandmark.visualization import plot_reliability

MEAN_SHAPE = 'mean training shape'


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
        type=cli.share,
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
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE'
    )
    return parser.parse_args()


def load(args):
    """The config with the user's choices, and the checkpoint's path."""
    config = load_config(args.config, args.cfg_options, args.data)
    if args.work_dir:
        config.work_dir = args.work_dir
    if args.split:
        use_split(config.test_dataloader.dataset, args.split)
    if args.ced:
        require_ced(config, args.ced)
    require_parts(config, args)
    for path in (args.out, args.per_image, args.reliability, args.ced, args.sheet):
        if path and not path.parent.is_dir():
            raise InputError(f'no folder {path.parent} to write {path.name} in')
    checkpoint = args.checkpoint or find_checkpoint(config)
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir += '/test'  # the training's own config stays in its folder
    return config, checkpoint


def require_calibration(args, checkpoint, calibration):
    """Say that ``--reliability`` cannot be drawn before a long test."""
    if args.reliability and calibration is None:
        raise InputError(
            f'{checkpoint} is not calibrated: run tools/calibrate.py {args.config}'
        )


def result(args, config, checkpoint, metric, methods, report, occluded):
    """What ``--out`` holds."""
    errors = metric.errors
    views = errors.per_annotator(*metric.settings)
    return dict(
        metrics={f'{metric.prefix}/{k}': v for k, v in methods['model'].items()},
        mean_shape=methods.get(MEAN_SHAPE),
        per_landmark=errors.per_landmark(*metric.settings),
        by_yaw=errors.by_yaw(),
        **(dict(per_annotator=views) if views else {}),
        **(dict(reliability=report) if report else {}),
        dataset=measured_on(config),
        boxes=metric.boxes,
        images=len(errors.ids),
        **errors.facts(),
        **({'occluded': occluded} if occluded else {}),
        config=str(args.config),
        checkpoint=str(checkpoint),
        checkpoint_sha256=sha256(checkpoint),
        version=mmlandmark.__version__,
    )


def main():
    args = parse_args()
    config, checkpoint = load(args)
    calibration = find_calibration(checkpoint, names_of(config))
    require_calibration(args, checkpoint, calibration)
    launch(config, args.launcher)
    metric = measure(config, checkpoint)
    if not is_main_process():
        return
    errors, settings = metric.errors, metric.settings
    others = {MEAN_SHAPE: mean_shape_errors(config, errors)} if args.mean_shape else {}
    methods = {'model': errors, **others}
    methods = {name: found.metrics(*settings) for name, found in methods.items()}
    print_rows(errors.title, errors.per_landmark(*settings))
    title = f'{len(errors.ids)} images, {errors.counted()}, boxes: {metric.boxes}'
    print_rows(f'{checkpoint}, {title}', errors.summary(methods))
    print_rows('By yaw of the head, degrees', errors.by_yaw())
    if views := errors.per_annotator(*settings):
        print_rows('The model against each annotator', errors.summary(views))
    report = errors.reliability(calibration) if calibration else None
    if report:
        print_reliability('Expected errors, surest points first', report)
    if report and args.reliability:
        plot_reliability(report, args.reliability)
    occluded = []
    if args.occluded:
        occluded += occluded_rows(config, checkpoint, args.occluded)
    if args.occluded_list:
        occluded += listed_rows(errors, args.occluded_list)
    if occluded:
        print_rows('Occluded faces', occluded)
    if args.ced:
        errors.write_ced(args.ced, args.ced.with_suffix('.csv'), others)
    if args.sheet:
        write_image(args.sheet, error_sheet(config, errors))
    if args.per_image:
        errors.write_csv(args.per_image)
    if args.out:
        found = result(args, config, checkpoint, metric, methods, report, occluded)
        args.out.write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    cli.run(main)
