"""Measure a checkpoint: python tools/test.py configs/ceph_hrnetv2.py [CHECKPOINT]

Without CHECKPOINT the best one of the config's own training run is measured.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from mmengine.config import DictAction
from mmengine.dist import is_main_process

import mmlandmark
from mmlandmark import InputError, cli
from mmlandmark.checkpoint import sha256
from mmlandmark.config import find_checkpoint, launch, load_config
from mmlandmark.evaluation.baseline import mean_shape_errors
from mmlandmark.evaluation.calibration_file import find_calibration
from mmlandmark.evaluation.measure import measure
from mmlandmark.evaluation.tables import print_reliability, print_rows, summary_row
from mmlandmark.schemes import get_scheme
from mmlandmark.visualization import plot_reliability


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
        '--mean-shape',
        action='store_true',
        help='also measure predicting the mean training shape',
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
        config.test_dataloader.dataset.ann_file = f'{args.split}.json'
    for path in (args.out, args.per_image, args.reliability):
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


def result(args, config, checkpoint, metric, methods, report):
    """What ``--out`` holds."""
    dataset = config.test_dataloader.dataset
    views = metric.errors.per_annotator(metric.radii_mm, metric.radii_px)
    return dict(
        metrics={f'ceph/{k}': v for k, v in methods['model'].items()},
        mean_shape=methods.get('mean training shape'),
        per_landmark=metric.errors.per_landmark(metric.radii_mm, metric.radii_px),
        **(dict(per_annotator=views) if views else {}),
        **(dict(reliability=report) if report else {}),
        dataset=str(Path(dataset.data_root) / dataset.ann_file),
        images=len(metric.errors.ids),
        config=str(args.config),
        checkpoint=str(checkpoint),
        checkpoint_sha256=sha256(checkpoint),
        version=mmlandmark.__version__,
    )


def main():
    args = parse_args()
    config, checkpoint = load(args)
    calibration = find_calibration(checkpoint, get_scheme(config.scheme).points)
    require_calibration(args, checkpoint, calibration)
    launch(config, args.launcher)
    metric = measure(config, checkpoint)
    if not is_main_process():
        return
    errors, radii = metric.errors, (metric.radii_mm, metric.radii_px)
    methods = {'model': errors.metrics(*radii)}
    if args.mean_shape:
        baseline = mean_shape_errors(config, errors)
        methods['mean training shape'] = baseline.metrics(*radii)
    print_rows('Per landmark', errors.per_landmark(*radii))
    title = (
        f'{checkpoint}, {len(errors.ids)} images, {np.isfinite(errors.px).sum()} points'
    )
    print_rows(title, [summary_row(name, m) for name, m in methods.items()])
    if views := errors.per_annotator(*radii):
        rows = [summary_row(name, m) for name, m in views.items()]
        print_rows('The model against each annotator', rows)
    report = errors.reliability(calibration) if calibration else None
    if report:
        print_reliability('Expected errors, surest points first', report)
    if report and args.reliability:
        plot_reliability(report, args.reliability)
    if args.per_image:
        errors.write_csv(args.per_image)
    if args.out:
        found = result(args, config, checkpoint, metric, methods, report)
        args.out.write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    cli.run(main)
