"""Write a model as one file that runs without torch and MMPose, and check it against torch.

mmlandmark export ceph19 --format onnx --out ceph19.onnx
mmlandmark export work_dirs/isbi2015_hrnetv2 --format openvino --fp16 --out model.xml \\
    --img radiographs
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser)
    parser.add_argument(
        '--format',
        choices=['onnx', 'openvino'],
        default='onnx',
        help='the format of the file; default: onnx',
    )
    precision = parser.add_mutually_exclusive_group()
    for name, text in (
        (
            'fp16',
            'store the weights in half precision; the network computes in float32',
        ),
        ('int8', 'quantize the network with nncf; only for OpenVINO'),
    ):
        precision.add_argument(
            f'--{name}',
            dest='precision',
            action='store_const',
            const=name,
            default='fp32',
            help=text,
        )
    parser.add_argument(
        '--out',
        required=True,
        type=Path,
        help='the .onnx file to write, or the .xml file for OpenVINO',
    )
    parser.add_argument(
        '--img',
        nargs='+',
        type=Path,
        help='images or folders on which the points are compared with those of torch; '
        'default: the test images of the config, or drawn images',
    )
    parser.add_argument(
        '--tolerance',
        type=common.positive(float),
        default=0.1,
        help='largest permitted distance between the points of the file and of torch, in '
        'pixels of the image; default: 0.1',
    )
    return parser


def main(args):
    from ..inference.export.export_model import FORMATS, export_model
    from ..inference.export.parity import check_images, compare, network_inputs
    from ..inference.pose_model import PoseModel

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
    far = max(row.pixels for row in worst)
    if far > args.tolerance:
        raise InputError(
            f'{args.out} was written, but a point is {far:.3f} px from torch, more than '
            f'{args.tolerance:g}: do not use it, or give a larger --tolerance'
        )
    print(f'{args.out}: {size_of(args.out) / 1e6:.1f} MB')


def size_of(path):
    """Bytes of an exported file; OpenVINO's weights are in a .bin file beside it."""
    files = [path, path.with_suffix('.bin')] if path.suffix == '.xml' else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
