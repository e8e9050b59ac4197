"""Train a config: python tools/train.py configs/ceph_hrnetv2.py"""

import argparse
from pathlib import Path

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
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def start(config, args):
    """Resume, or start from ``load_from`` by the hook that says what it loaded."""
    source = config.load_from if args.load_from is None else args.load_from
    config.load_from, config.resume = None, False
    # a run's kept config names what that run started from
    hooks = [h for h in config.custom_hooks if h['type'] != 'StartFromHook']
    config.custom_hooks = hooks
    if args.resume:
        path = args.resume
        if path == 'auto':
            path = checkpoint.last_resumable(config.work_dir)
        checkpoint.require_resumable(path)
        config.resume, config.load_from = True, path
    elif source and source != 'none':
        checkpoint.require_start(source)
        config.custom_hooks.append(dict(type='StartFromHook', checkpoint=source))

    if 'detector_checkpoint' in config.model:
        # a file of both stages holds the first too
        named = config.model.detector_checkpoint
        started = None if source == 'none' else source
        config.model.detector_checkpoint = config.load_from or named or started


def refuse_used_folder(config):
    """A second run would mix its epochs with those of the first."""
    if list(Path(config.work_dir).glob('epoch_*.pth')):
        raise InputError(
            f'{config.work_dir} holds a training already: go on with it by --resume, '
            'choose another --work-dir, or delete it'
        )


def refuse_no_batch(loader):
    """Where only full batches count, too few images make none."""
    if len(loader) == 0:
        raise InputError(
            f'{len(loader.dataset)} training images do not fill a batch of '
            f'{loader.batch_size}: --cfg-options train_dataloader.batch_size=2'
        )


def main():
    args = parse_args()
    config = load_config(args.config, cli.cfg_options(args.cfg_options), args.data)
    if args.work_dir:
        config.work_dir = args.work_dir
    config.pop('released', None)  # from here on its weights are others
    start(config, args)
    if not args.resume:
        refuse_used_folder(config)
    if args.bf16 and (reason := use_bf16(config)):
        print(reason)
    launch(config, args.launcher)
    runner = Runner.from_cfg(config)
    if args.resume:  # MMEngine would take what fits of another model's checkpoint
        checkpoint.load_weights(runner.model, config.load_from, strict=True)
    refuse_no_batch(runner.train_dataloader)
    runner.train()


if __name__ == '__main__':
    cli.run(main)
