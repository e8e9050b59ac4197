"""Measure speed and peak memory in comparison with stock MMPose or torch.

mmlandmark benchmark train-step configs/isbi2015_hrnetv2.py
mmlandmark benchmark inference configs/isbi2015_hrnetv2.py --img xray.jpg
mmlandmark benchmark data configs/isbi2015_hrnetv2.py
mmlandmark benchmark folder ceph19 --img radiographs --workers 1 2
mmlandmark benchmark latency ceph19 --img xray.jpg --batch 1 8
mmlandmark benchmark latency ceph19 --img xray.jpg --stock configs/isbi2015_hrnetv2.py
mmlandmark benchmark start ceph19 --img xray.jpg
mmlandmark benchmark read --count 100000 --blocks 1
mmlandmark benchmark video face68 --img face.jpg

Each case runs in its own process, and blocks of the cases alternate. No other program
should use the computer at the same time.
"""

import json
from pathlib import Path

from ..errors import InputError
from . import common

#: Each benchmark: its purpose and its number of steps per block.
BENCHMARKS = {
    'train-step': ('a training step, compared with stock MMPose', 5),
    'inference': ('from an image file to its points, compared with stock MMPose', 10),
    'data': ('the training pipeline with different numbers of workers', 1),
    'folder': ('a folder of images with different numbers of processes', 1),
    'latency': ('each backend on single images and on lists of images', 10),
    'start': ('from the start of a new process to its first points', 1),
    'read': ('the readers of annotation formats on generated files', 1),
    'video': ('a generated 1080p video with different detection intervals', 1),
}


def build_parser():
    parser = common.new_parser(__doc__)
    commands = parser.add_subparsers(
        dest='benchmark', required=True, metavar='BENCHMARK', help='what is measured'
    )
    for name, (purpose, steps) in BENCHMARKS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        add_inputs(command, name)
        add_timing(command, steps)
    return parser


def add_inputs(parser, name):
    """The options of one benchmark."""
    add, whole = parser.add_argument, common.positive(int)
    if name == 'read':
        text = 'number of annotations; default: 10000'
        add('--count', type=whole, default=10_000, help=text)
        text = 'default: coco yolo deeplabcut'
        three = ['coco', 'yolo', 'deeplabcut']
        add('--formats', nargs='+', choices=common.WRITTEN, default=three, help=text)
        return
    if name == 'start':
        add('sources', nargs='+', help='released models or exported files')
    else:
        add('config', help='a config; folder, latency, video: a released model too')
    if name == 'train-step':
        add('--batch', type=whole, help="number of images; default: the config's")
    if name not in ('train-step', 'data'):
        add('--checkpoint', help='default: the best one of the training')
    if name in ('inference', 'latency', 'start'):
        add('--img', required=True, nargs='+', type=Path, help='images')
    if name in ('inference', 'latency'):
        options = dict(choices=common.BACKENDS[1:], default=['torch', 'openvino'])
        add('--backend', nargs='+', help='default: torch openvino', **options)
    if name == 'start':
        options = dict(choices=common.BACKENDS, default=['torch', 'auto'])
        add('--backend', nargs='+', help='default: torch auto', **options)
    if name == 'latency':
        text = 'numbers of images in a list; default: 1 8'
        add('--batch', nargs='+', type=whole, default=[1, 8], help=text)
        text = (
            'also measure inference_topdown of MMPose with the network of this config'
        )
        add('--stock', metavar='CONFIG', help=text)
    if name == 'folder':
        add('--img', required=True, type=Path, help='a folder of images')
        text = 'numbers of processes; default: 1 2'
        add('--workers', nargs='+', type=whole, default=[1, 2], help=text)
    if name == 'video':
        add('--img', required=True, type=Path, help='a photograph of a face')
        text = 'number of frames; default: 100'
        add('--frames', type=whole, default=100, help=text)
        text = 'one or more intervals: detect faces in every nth frame; default: 1 10'
        add('--every', nargs='+', type=whole, default=[1, 10], help=text)
    if name == 'data':
        common.add_data(parser)
        text = 'numbers of data workers; default: 0 1 2'
        add('--workers', nargs='+', type=int, default=[0, 1, 2], help=text)
        text = 'largest number of training images; default: 200'
        add('--images', type=whole, default=200, help=text)


def add_timing(parser, steps):
    """The options that all benchmarks have."""
    whole = common.positive(int)
    parser.add_argument(
        '--blocks', type=whole, default=5, help='blocks of each case; default: 5'
    )
    parser.add_argument(
        '--steps',
        type=whole,
        default=steps,
        help=f'timed steps in a block; default: {steps}',
    )
    parser.add_argument(
        '--limit',
        type=common.positive(float),
        help='seconds without output after which a case is stopped; default: 900',
    )
    parser.add_argument('--out', type=Path, help='write the figures to this JSON file')


def main(args):
    from ..benchmark import cases
    from ..benchmark.runner import LIMIT
    from ..benchmark.timing import machine
    from ..evaluation.tables import print_rows

    if args.out and not args.out.parent.is_dir():
        raise InputError(f'no folder {args.out.parent} to write {args.out.name} in')
    options = vars(args) | dict(limit=args.limit or LIMIT)
    name, out = options.pop('benchmark'), options.pop('out')
    computer = machine()
    title, rows = getattr(cases, name.replace('-', '_'))(**options)
    print_rows(title, rows)
    ratio = 'ratio: the first median over this one; ' if 'ratio' in rows[0] else ''
    print(ratio + computer)
    if out:
        config = options.get('config')
        result = dict(title=title, config=config, machine=computer, rows=rows)
        out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
