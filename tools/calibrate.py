"""Measure how far off each point is likely to be: python tools/calibrate.py CONFIG

On a split that the model was not trained on. Without CHECKPOINT the best one of the
config's own training run is calibrated; calibration.json is written beside it.
"""

import argparse
import json
from pathlib import Path

from mmengine.config import DictAction

from mmlandmark import InputError, cli
from mmlandmark.config import find_checkpoint, load_config
from mmlandmark.evaluation.calibration_file import write_calibration
from mmlandmark.evaluation.measure import measure
from mmlandmark.evaluation.tables import print_reliability


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
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE'
    )
    return parser.parse_args()


def load(args):
    """The config, testing on the split, and the checkpoint's path."""
    config = load_config(args.config, args.cfg_options, args.data)
    checkpoint = args.checkpoint or find_checkpoint(config)
    config.test_dataloader.dataset.ann_file = f'{args.split}.json'
    config.load_from = None
    config.log_level = 'WARNING'
    config.work_dir += '/calibrate'  # the training's own config stays in its folder
    return config, checkpoint


def images_of(dataset):
    """The ids of the images in a dataset's annotation file, none if it is not there."""
    path = Path(dataset.data_root) / dataset.ann_file
    if not path.is_file():
        return set()
    images = json.loads(path.read_text(encoding='utf-8'))['images']
    return {str(image.get('sample_id', image['file_name'])) for image in images}


def refuse_training_images(config):
    """On images it has learnt a model is too good."""
    dataset = config.test_dataloader.dataset
    tested = images_of(dataset)
    if both := tested & images_of(config.train_dataloader.dataset):
        raise InputError(
            f'{len(both)} of the {len(tested)} images of {dataset.ann_file} are trained '
            'on: name others by --split, or calibrate a training that left some out'
        )


def main():
    args = parse_args()
    config, checkpoint = load(args)
    refuse_training_images(config)
    errors = measure(config, checkpoint).errors
    calibration, report = errors.calibrate()
    dataset = config.test_dataloader.dataset
    split = str(Path(dataset.data_root) / dataset.ann_file)
    path = write_calibration(checkpoint, calibration, split, len(errors.ids))
    print_reliability('Each tenth of the images, calibrated on the others', report)
    print(f'calibrated on {len(errors.ids)} images of {split}: {path}')


if __name__ == '__main__':
    cli.run(main)
