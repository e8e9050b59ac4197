"""Measure speed and memory against stock MMPose, both sides in one call.

python tools/benchmark.py train-step configs/isbi2015_hrnetv2.py
python tools/benchmark.py inference configs/isbi2015_hrnetv2.py --img xray.jpg
python tools/benchmark.py data configs/isbi2015_hrnetv2.py

Nothing else should run on the machine meanwhile.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from mmlandmark import InputError, benchmark, cli
from mmlandmark.benchmark import Side
from mmlandmark.config import find_checkpoint, load_config
from mmlandmark.evaluation.tables import print_rows
from mmlandmark.inference.backends import BACKENDS, checked_device
from mmlandmark.readers.image import read_image


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    whole = cli.positive(int)
    for name, function, steps in (
        ('train-step', train_step, 5),
        ('inference', inference, 10),
        ('data', data, 1),
    ):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument('config')
        command.add_argument('--blocks', type=whole, default=5, help='turns of a side')
        command.add_argument(
            '--steps', type=whole, default=steps, help='timed steps in a turn'
        )
        command.add_argument('--out', type=Path, help='write the figures as JSON')
        if name == 'train-step':
            command.add_argument('--batch', type=whole, help="default: the config's")
        if name == 'inference':
            command.add_argument('--img', required=True, nargs='+', type=Path)
            command.add_argument(
                '--checkpoint', help='default: the best of the training'
            )
            command.add_argument(
                '--backend', nargs='+', choices=BACKENDS, default=['torch', 'openvino']
            )
        if name == 'data':
            command.add_argument(
                '--data', help='a folder made by tools/prepare_data.py'
            )
            command.add_argument('--workers', nargs='+', type=int, default=[0, 1, 2])
            command.add_argument(
                '--images', type=whole, default=200, help='of the training set, at most'
            )
    return parser.parse_args()


def rows_of(sides, args):
    """Measure the sides; a row each, compared with the first."""
    benchmark.measure(sides, args.blocks, args.steps)
    return [side.row(sides[0]) for side in sides]


def train_step(args):
    """The same network, batch and input on both sides; no data are loaded."""
    config = load_config(args.config)
    benchmark.stock_model(
        config
    )  # a config it cannot do is said before anything starts
    batch = args.batch or config.train_dataloader.batch_size
    arguments = dict(config=config, batch=batch)
    sides = [
        Side('stock: float32, squared error', benchmark.stock_step, arguments),
        Side('ours: channels-last, bf16', benchmark.our_step, arguments),
    ]
    return f'training step of {batch} images', rows_of(sides, args)


def inference(args):
    """From the file to points with the same weights."""
    config = load_config(args.config)
    checkpoint = str(args.checkpoint or find_checkpoint(config))
    for backend in args.backend:
        checked_device(backend, None)
    for path in args.img:
        read_image(path)
    arguments = dict(
        config=config, checkpoint=checkpoint, images=[str(path) for path in args.img]
    )
    sides = [Side('stock: inference_topdown', benchmark.stock_inference, arguments)]
    for backend in args.backend:
        name = f'LandmarkDetector, {backend}'
        ours = dict(backend=backend, **arguments)
        sides.append(Side(name, benchmark.our_inference, ours))
    rows = rows_of(sides, args)
    first = sides[1]
    for row, side in zip(rows, sides, strict=True):
        row['px to stock'] = benchmark.largest_difference(side, sides[0])
        row[f'px to {args.backend[0]}'] = benchmark.largest_difference(side, first)
    return f'file to points, {len(args.img)} images in turn', rows


def data(args):
    """Images a second of the training pipeline."""
    config = load_config(args.config, data=args.data)
    sides = [
        Side(
            f'{workers} workers',
            benchmark.loading,
            dict(config=config, workers=workers, images=args.images),
        )
        for workers in args.workers
    ]
    rows = rows_of(sides, args)
    for row, side in zip(rows, sides, strict=True):
        row['images/s'] = float(np.median(np.divide(side.values, side.seconds)))
    return 'one pass over the training pipeline', rows


def main():
    args = parse_args()
    if args.out and not args.out.parent.is_dir():
        raise InputError(f'no folder {args.out.parent} to write {args.out.name} in')
    machine = benchmark.machine()
    title, rows = args.function(args)
    print_rows(title, rows)
    print(f'ratio: the first median over this one; {machine}')
    if args.out:
        result = dict(title=title, config=args.config, machine=machine, rows=rows)
        args.out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    cli.run(main)
