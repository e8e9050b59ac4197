"""List the packaged configs, or copy one to change it.

mmlandmark config --list
mmlandmark config ceph_hrnetv2 --out my.py
mmlandmark train my.py --data data/mine
"""

from pathlib import Path

from ..errors import InputError
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    parser.add_argument('config', nargs='?', help='the name of a packaged config')
    parser.add_argument(
        '--list', action='store_true', help='print the names of all packaged configs'
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='the .py file to write; the configs that it inherits from stay in the '
        'package. Default: print the config',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace --out if it exists'
    )
    return parser


def main(args):
    from ..engine.config_files import config_text, copy_config, list_configs

    if args.list:
        print('\n'.join(list_configs()))
    elif args.config is None:
        raise InputError('give the name of a packaged config, or --list')
    elif args.out is None:
        print(config_text(args.config), end='')
    else:
        copy_config(args.config, args.out, args.overwrite)
        print(f'config written to {args.out}; train it by mmlandmark train {args.out}')
