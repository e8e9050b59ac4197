"""Convert published weights of FAN: mmlandmark convert-fan 2DFAN4-*.zip fan2d.pth"""

import argparse
from pathlib import Path

from ..errors import InputError
from ..models.checkpoints.fan import convert_fan_file


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='of 1adrianb/face-alignment: .zip or .pth.tar')
    parser.add_argument('target', type=Path, help='a .pth file')
    return parser.parse_args()


def main():
    args = parse_args()
    if args.target.exists():
        raise InputError(f'{args.target} is there already: name another file')
    if not args.target.parent.is_dir():
        raise InputError(f'no folder {args.target.parent} to write to')
    stacks = convert_fan_file(args.source, args.target)
    option = '' if stacks == 4 else f' --cfg-options model.backbone.num_stacks={stacks}'
    print(
        f'{stacks} hourglasses: {args.target}, for configs/fan2d_published.py{option}'
    )
