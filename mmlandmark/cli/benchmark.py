"""Measure speed and memory against stock MMPose or torch, all sides in one call.

mmlandmark benchmark train-step configs/isbi2015_hrnetv2.py
mmlandmark benchmark inference configs/isbi2015_hrnetv2.py --img xray.jpg
mmlandmark benchmark data configs/isbi2015_hrnetv2.py
mmlandmark benchmark folder ceph19 --img films --workers 1 2
mmlandmark benchmark latency ceph19 --img xray.jpg --batch 1 8
mmlandmark benchmark start ceph19 --img xray.jpg

Nothing else should run on the machine meanwhile.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from ..benchmark import timing as benchmark
from ..benchmark.folder import folder_run
from ..benchmark.runner import LIMIT, BenchmarkCase, measure
from ..engine.config import find_checkpoint, load_config
from ..errors import InputError
from ..evaluation.tables import print_rows
from ..inference.backends.runtimes import BACKENDS
from ..inference.backends.stage_network import checked_device
from ..inference.batch.predictor import image_tasks
from ..io.image import read_image
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands, whole = parser.add_subparsers(required=True), common.positive(int)
    for name, function, steps in (
        ('train-step', train_step, 5),
        ('inference', inference, 10),
        ('data', data, 1),
        ('folder', folder, 1),
        ('latency', latency, 10),
        ('start', start, 1),
    ):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        add = command.add_argument
        if name == 'start':
            add('sources', nargs='+', help='names or exported files')
        else:
            add('config', help='folder, latency: a released detector or a config')
        add('--blocks', type=whole, default=5, help='turns of a side')
        add('--steps', type=whole, default=steps, help='timed steps in a turn')
        add('--limit', type=common.positive(float), default=LIMIT, help='seconds without '
            'an answer after which a side is ended')  # fmt: skip
        add('--out', type=Path, help='write the figures as JSON')
        if name == 'train-step':
            add('--batch', type=whole, help="default: the config's")
        if name not in ('train-step', 'data'):
            add('--checkpoint', help='default: the best of the training')
        if name in ('inference', 'latency', 'start'):
            add('--img', required=True, nargs='+', type=Path)
        if name in ('inference', 'latency'):
            backends = dict(choices=BACKENDS[1:], default=['torch', 'openvino'])
            add('--backend', nargs='+', **backends)
        if name == 'latency':
            add('--batch', nargs='+', type=whole, default=[1, 8], help='in a list')
        if name == 'start':
            add('--backend', nargs='+', choices=BACKENDS, default=['torch', 'auto'])
        if name == 'folder':
            add('--img', required=True, type=Path)
            add('--workers', nargs='+', type=whole, default=[1, 2])
        if name == 'data':
            add('--data', help='a folder made by tools/prepare_data.py')
            add('--workers', nargs='+', type=int, default=[0, 1, 2])
            add(
                '--images', type=whole, default=200, help='of the training set, at most'
            )
    return parser.parse_args()


def rows_of(sides, args):
    """Measure the sides; a row each, compared with the first."""
    measure(sides, args.blocks, args.steps, args.limit)
    return [side.row(sides[0]) for side in sides]


def train_step(args):
    """The same network, batch and input on both sides; no data are loaded."""
    config = load_config(args.config)
    benchmark.stock_model(config)  # one it cannot do is said before anything starts
    batch = args.batch or config.train_dataloader.batch_size
    arguments = dict(config=config, batch=batch)
    sides = [
        BenchmarkCase('stock: float32, squared error', benchmark.stock_step, arguments),
        BenchmarkCase('ours: channels-last, bf16', benchmark.package_step, arguments),
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
    images = [str(path) for path in args.img]
    arguments = dict(config=config, checkpoint=checkpoint, images=images)
    sides = [
        BenchmarkCase('stock: inference_topdown', benchmark.stock_inference, arguments)
    ]
    for backend in args.backend:
        name = f'LandmarkDetector, {backend}'
        ours = dict(backend=backend, **arguments)
        sides.append(BenchmarkCase(name, benchmark.package_inference, ours))
    rows = rows_of(sides, args)
    first = sides[1]
    for row, side in zip(rows, sides, strict=True):
        row['px to stock'] = benchmark.largest_difference(side, sides[0])
        row[f'px to {args.backend[0]}'] = benchmark.largest_difference(side, first)
    return f'file to points, {len(args.img)} images in turn', rows


def data(args):
    """Images a second of the training pipeline."""
    config = load_config(args.config, data=args.data)
    common = dict(config=config, images=args.images)
    sides = [
        BenchmarkCase(f'{n} workers', benchmark.loading, dict(workers=n, **common))
        for n in args.workers
    ]
    return 'one pass over the training pipeline', rates_of(sides, args)


def folder(args):
    """Images a second of a run over a folder, by processes that are there already."""
    common = dict(model=args.config, checkpoint=args.checkpoint, folder=str(args.img))
    sides = [
        BenchmarkCase(
            f'{n} worker' + 's' * (n > 1), folder_run, dict(workers=n, **common)
        )
        for n in args.workers
    ]
    return f'{len(image_tasks(args.img))} images of a folder', rates_of(sides, args)


def rates_of(sides, args):
    rows = rows_of(sides, args)
    for row, side in zip(rows, sides, strict=True):
        row['images/s'] = float(np.median(np.divide(side.values, side.seconds)))
    return rows


def latency(args):
    """Each backend alone, one image and lists of them; the first row is the measure."""
    for path in args.img:
        read_image(path)
    arguments = dict(
        source=str(args.config),
        checkpoint=args.checkpoint,
        images=[str(path) for path in args.img],
    )
    sides = [
        BenchmarkCase(
            f'{backend}, {batch} at a time',
            benchmark.detector_batches,
            dict(backend=backend, batch=batch, **arguments),
        )
        for backend in args.backend
        for batch in args.batch
    ]
    rows = rows_of(sides, args)
    batches = args.batch * len(args.backend)
    for row, side, batch in zip(rows, sides, batches, strict=True):
        row['ms an image'] = float(np.median(side.seconds)) * 1000 / batch
        row['images/s'] = 1000 / row['ms an image']
        row['ratio'] = rows[0]['ms'] / batches[0] / row['ms an image']
    return f'file to points, {args.config}', rows


def start(args):
    """A new process, from its start to the points of one image."""
    read_image(args.img[0])
    sides = [
        BenchmarkCase(
            f'{source}, {backend}',
            benchmark.cold_start,
            dict(
                source=source,
                checkpoint=args.checkpoint,
                image=str(args.img[0]),
                backend=backend,
            ),
        )
        for source in args.sources
        for backend in args.backend
    ]
    return 'cold process to the first points', rows_of(sides, args)


def main():
    args = parse_args()
    if args.out and not args.out.parent.is_dir():
        raise InputError(f'no folder {args.out.parent} to write {args.out.name} in')
    machine = benchmark.machine()
    title, rows = args.function(args)
    print_rows(title, rows)
    print(f'ratio: the first median over this one; {machine}')
    if args.out:
        config = getattr(args, 'config', None)
        result = dict(title=title, config=config, machine=machine, rows=rows)
        args.out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
