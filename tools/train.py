"""Train a config: python tools/train.py configs/ceph_hrnetv2.py"""

import argparse
from pathlib import Path

from mmengine.config import DictAction
from mmengine.runner import Runner

from mmlandmark import InputError, checkpoint, cli
from mmlandmark.config import launch, load_config, use_bf16


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config')
    parser.add_argument('--data', help='a folder made by tools/prepare_data.py')
    parser.add_argument('--work-dir', help='default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--load-from', help="checkpoint to start from, a path or URL, or 'none'"
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from the last checkpoint of the work folder, or from the one named',
    )
    parser.add_argument(
        '--bf16',
        action='store_true',
        help='bfloat16 on a CPU that has it: twice as fast',
    )
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm'], default='none'
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE'
    )
    return parser.parse_args()


def start(config, args):
    """Resume, or start from ``load_from`` by the hook that says what it loaded."""
    source = config.load_from if args.load_from is None else args.load_from
    config.load_from = None
    if args.resume:
        last = Path(config.work_dir) / 'last_checkpoint'
        path = args.resume
        if path == 'auto':
            if not last.is_file():
                raise InputError(
                    f'nothing to resume in {config.work_dir}: leave --resume out'
                )
            path = last.read_text().strip()
        checkpoint.read_checkpoint(path)
        config.resume, config.load_from = True, path
    elif source and source != 'none':
        checkpoint.require_start(source)
        config.custom_hooks.append(dict(type='StartFromHook', checkpoint=source))


def main():
    args = parse_args()
    config = load_config(args.config, args.cfg_options, args.data)
    if args.work_dir:
        config.work_dir = args.work_dir
    start(config, args)
    if args.bf16 and (reason := use_bf16(config)):
        print(reason)
    launch(config, args.launcher)
    Runner.from_cfg(config).train()


if __name__ == '__main__':
    cli.run(main)
