"""Export a model to one file that runs without torch and MMPose; compare it with torch.

mmlandmark export ceph19 --format onnx --out ceph19.onnx
mmlandmark export configs/isbi2015_hrnetv2.py work_dirs/isbi2015_hrnetv2/best.pth \
    --format openvino --fp16 --out model.xml --img films
"""

import argparse
from pathlib import Path

from ..errors import InputError
from ..inference.export.export_model import FORMATS, PRECISIONS, export_model
from ..inference.export.parity import check_images, compare, network_inputs
from ..inference.pose_model import PoseModel
from . import common


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'config', help='a released detector, a config, or a work folder'
    )
    parser.add_argument(
        'checkpoint', nargs='?', help='default: the best of its training'
    )
    parser.add_argument('--format', choices=FORMATS, default='onnx')
    halves = parser.add_mutually_exclusive_group()
    for precision, what in zip(
        PRECISIONS[1:], ('half the size, computes in float32', 'OpenVINO, needs nncf'),
        strict=True,
    ):  # fmt: skip
        halves.add_argument(
            f'--{precision}',
            dest='precision',
            action='store_const',
            const=precision,
            default='fp32',
            help=what,
        )
    parser.add_argument('--out', required=True, type=Path, help='.onnx or .xml')
    parser.add_argument(
        '--img',
        nargs='+',
        type=Path,
        help='images or folders on which points are compared; default: the test images '
        'of the config, or drawn ones',
    )
    parser.add_argument(
        '--tolerance',
        type=common.positive(float),
        default=0.1,
        help="largest allowed distance of a point from torch's, pixels of the image; "
        'default: 0.1',
    )
    return parser.parse_args()


def main():
    args = parse_args()
    suffix = FORMATS[args.format]
    if args.out.suffix != suffix:
        raise InputError(f'--format {args.format} writes {suffix}, not {args.out.name}')
    if args.precision == 'int8' and args.format != 'openvino':
        raise InputError('--int8 needs --format openvino')
    model = PoseModel(args.config, args.checkpoint, 'cpu')
    images, which = check_images(model, args.img)
    inputs = network_inputs(model, images) if args.precision == 'int8' else ()
    export_model(model, args.out, args.precision, inputs)
    worst = compare(model, args.out, images)
    for row in worst:
        print(
            f'{row.backend}: at most {row.pixels:.5f} px from torch, '
            f'{row.mean:.5f} on average '
            f'({row.points} points of {len(images)} images: {which})'
        )
    size = sum(
        path.stat().st_size
        for path in {args.out, args.out.with_suffix('.bin')}
        if path.is_file() and (path == args.out or suffix == '.xml')
    )
    far = max(row.pixels for row in worst)
    if far > args.tolerance:
        raise InputError(
            f'{args.out} was written, but a point is {far:.3f} px from torch, more than '
            f'{args.tolerance:g}: do not use it, or raise --tolerance'
        )
    print(f'{args.out}: {size / 1e6:.1f} MB')
