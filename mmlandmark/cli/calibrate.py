"""Calibrate the expected errors of a model on images it was not trained on.

mmlandmark calibrate configs/ceph_hrnetv2.py

Without CHECKPOINT the best checkpoint of the config's own training is calibrated. The
factors of the expected errors, and those of regions with a guaranteed coverage, are written
to calibration.json beside the checkpoint, where test, predict and LandmarkDetector find
them.
For a config of heads with `canonical_view = True` the file also describes the view of these
images, so that mirrored, rotated and negative images are recognised.
"""

from typing import Any

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser)
    common.add_data(parser)
    common.add_split(parser, 'val')
    common.add_cfg_options(parser)
    return parser


def main(args):
    from ..engine.config import find_checkpoint
    from ..evaluation.calibration_file import write_calibration
    from ..evaluation.fit_view import view_of
    from ..evaluation.tables import print_reliability
    from ..evaluation.testing import measure, measured_on

    config = common.config_of(args)
    checkpoint = args.checkpoint or find_checkpoint(config)
    common.quiet(config, 'calibrate')
    split = measured_on(config)
    refuse_training_images(config, split)
    errors: Any = measure(config, checkpoint).errors
    calibration, report = errors.calibrate()
    if config.get('canonical_view'):
        calibration = calibration.with_view(view_of(config))
    path = write_calibration(checkpoint, calibration, split, len(errors.ids))
    print_reliability('Each tenth of the images, calibrated on the others', report)
    if calibration.regions and (pooled := calibration.regions.pooled):
        print(
            'too few images for error regions per landmark; pooled over all landmarks: '
            f'{", ".join(pooled)}'
        )
    print(f'calibrated on {len(errors.ids)} images of {split}: {path}')


def refuse_training_images(config, split):
    """Refuse images that the model was trained on: its errors there are too small."""
    tested = images_of(config.test_dataloader.dataset)
    if both := tested & images_of(config.train_dataloader.dataset):
        raise InputError(
            f'{len(both)} of the {len(tested)} images of {split} are used in training: '
            'choose another --split, or calibrate a training that left some images out'
        )


def images_of(dataset):
    """The ids of the images of a dataset; none if its files are missing."""
    from mmpose.registry import DATASETS

    try:
        data = DATASETS.build({**dataset, 'pipeline': []})
    except InputError:
        return set()
    return {data.get_data_info(i)['sample_id'] for i in range(len(data))}
