"""Measure how far off each point is likely to be: mmlandmark calibrate CONFIG

On a split that the model was not trained on. Without CHECKPOINT the best one of the
config's own training run is calibrated; calibration.json is written beside it.
"""

import argparse

from mmpose.registry import DATASETS

from ..engine.config import find_checkpoint, load_config
from ..engine.data import use_split
from ..errors import InputError
from ..evaluation.calibration_file import write_calibration
from ..evaluation.tables import print_reliability
from ..evaluation.testing import measure, measured_on
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config')
    parser.add_argument('checkpoint', nargs='?')
    parser.add_argument('--data', help='a folder made by tools/prepare_data.py')
    parser.add_argument(
        '--split', default='val', help='annotated images not trained on, default: val'
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def load(args):
    """The config, testing on the split, and the checkpoint's path."""
    config = load_config(args.config, common.cfg_options(args.cfg_options), args.data)
    checkpoint = args.checkpoint or find_checkpoint(config)
    use_split(config.test_dataloader.dataset, args.split)
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir += '/calibrate'  # the training's own config stays in its folder
    return config, checkpoint


def images_of(dataset):
    """The ids of the images of a dataset, none if it is not there."""
    try:
        data = DATASETS.build({**dataset, 'pipeline': []})
    except InputError:
        return set()
    return {data.get_data_info(i)['sample_id'] for i in range(len(data))}


def refuse_training_images(config):
    """On images it has learnt a model is too good."""
    tested = images_of(config.test_dataloader.dataset)
    if both := tested & images_of(config.train_dataloader.dataset):
        raise InputError(
            f'{len(both)} of the {len(tested)} images of {measured_on(config)} are trained '
            'on: name others by --split, or calibrate a training that left some out'
        )


def main():
    args = parse_args()
    config, checkpoint = load(args)
    refuse_training_images(config)
    errors = measure(config, checkpoint).errors
    calibration, report = errors.calibrate()
    split = measured_on(config)
    path = write_calibration(checkpoint, calibration, split, len(errors.ids))
    print_reliability('Each tenth of the images, calibrated on the others', report)
    print(f'calibrated on {len(errors.ids)} images of {split}: {path}')
