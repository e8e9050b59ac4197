"""Convert the published weights of FAN to a checkpoint of this package.

mmlandmark convert-fan 2DFAN4-cd938726ad.zip fan2d.pth
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument(
        'source', help='a .zip or .pth.tar file of 1adrianb/face-alignment'
    )
    parser.add_argument('target', type=Path, help='the .pth file to write')
    return parser


def main(args):
    from ..models.checkpoints.fan import convert_fan_file

    if args.target.exists():
        raise InputError(f'{args.target} exists already: give another file')
    if not args.target.parent.is_dir():
        raise InputError(f'no folder {args.target.parent} to write to')
    stacks = convert_fan_file(args.source, args.target)
    option = '' if stacks == 4 else f' --cfg-options model.backbone.num_stacks={stacks}'
    print(
        f'{stacks} hourglasses: {args.target}, for configs/fan2d_published.py{option}'
    )
