"""Train the network of a config.

mmlandmark train configs/ceph_hrnetv2.py
mmlandmark train configs/ceph_hrnetv2.py --data data/mine --load-from none
mmlandmark train configs/ceph_hrnetv2.py --resume
"""

import contextlib
import os
from pathlib import Path

from ..errors import InputError
from ..utils.locks import exclusive
from . import common


def build_parser():
    parser = common.new_parser(__doc__)
    common.add_config(parser, checkpoint=False)
    common.add_data(parser)
    common.add_work_dir(parser)
    parser.add_argument(
        '--load-from',
        metavar='FILE|URL|NAME|none',
        help='the checkpoint or released model whose weights the training starts from, or '
        'none for random weights; default: as the config says',
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='FILE',
        help='continue from the last checkpoint in the work folder, or from FILE',
    )
    parser.add_argument(
        '--bf16',
        action='store_true',
        help='train in bfloat16 on a CPU that supports it, which is about twice as fast',
    )
    common.add_launcher(parser)
    common.add_cfg_options(parser)
    return parser


def main(args):
    from ..engine.launch import launch, use_bf16

    config = common.config_of(args)
    config.pop('released', None)  # from here on its weights are others
    data = read_data(config)
    start(config, args)
    if args.bf16 and (reason := use_bf16(config)):
        print(f'--bf16: {reason}')
    launch(config, args.launcher)
    with work_folder(config.work_dir):
        if not args.resume:
            refuse_used_folder(config)
        train(config, *data)


def start(config, args):
    """Resume, or start from ``load_from`` by the hook that prints what it loaded."""
    from ..engine.model_zoo import weights_of
    from ..models.checkpoints.files import last_resumable, require_resumable

    source = config.get('load_from') if args.load_from is None else args.load_from
    config.load_from, config.resume = None, False
    # a run's kept config names what that run started from
    hooks = [
        h for h in config.get('custom_hooks') or [] if h['type'] != 'LoadPretrainedHook'
    ]
    config.custom_hooks = hooks
    if args.resume:
        path = args.resume
        if path == 'auto':
            path = last_resumable(config.work_dir)
        require_resumable(path)
        config.resume, config.load_from = True, path
    elif source and source != 'none':
        source = weights_of(source)
        require_start(source)
        config.custom_hooks.append(dict(type='LoadPretrainedHook', checkpoint=source))

    if 'detector_checkpoint' in config.model:
        # a file of both stages holds the first too
        named = config.model.detector_checkpoint
        started = None if source == 'none' else source
        config.model.detector_checkpoint = config.load_from or named or started


def require_start(source):
    """Check the start weights before anything is written, and announce a download.

    Raises:
        InputError: They cannot be read.
    """
    from ..models.checkpoints.weights import read_checkpoint

    if '://' in source and not source.startswith('pip://'):  # of an installed package
        print(f'start weights: {source}, downloaded once (--load-from none: without)')
    try:
        read_checkpoint(source)
    except InputError as error:
        raise InputError(
            f'{error}. Start from another file with --load-from FILE, or from random '
            'weights with --load-from none'
        ) from None


def read_data(config):
    """The data sets of training and validation (or None), as the config names them.

    They are read before start weights are downloaded: without data nothing else is needed.
    """
    from mmengine.registry import DATASETS

    loaders = (config.train_dataloader, config.get('val_dataloader'))
    return [loader and DATASETS.build(loader.dataset) for loader in loaders]


@contextlib.contextmanager
def work_folder(path):
    """Lock a work folder against other trainings; the first process holds the lock."""
    rank = os.environ.get('RANK') or os.environ.get('SLURM_PROCID') or '0'
    Path(path).mkdir(parents=True, exist_ok=True)
    with exclusive(path, 'a training') if rank == '0' else contextlib.nullcontext():
        yield


def refuse_used_folder(config):
    """Refuse a second training, which would mix its epochs with those of the first."""
    if list(Path(config.work_dir).glob('epoch_*.pth')):
        raise InputError(
            f'{config.work_dir} holds a training already: continue it with --resume, '
            'choose another --work-dir, or delete it'
        )


def refuse_no_batch(loader):
    """Refuse too few images for one full batch, where only full batches are used."""
    if len(loader) == 0:
        raise InputError(
            f'{len(loader.dataset)} training images do not fill a batch of '
            f'{loader.batch_size}: --cfg-options train_dataloader.batch_size=2'
        )


def train(config, train_data, val_data):
    """Train, or continue a training."""
    from ..engine.runner import TrainingRunner
    from ..models.checkpoints.checks import trained_names
    from ..models.checkpoints.weights import load_weights

    runner = TrainingRunner.from_cfg(config)
    runner.use_datasets(train_data, val_data)
    if (
        config.resume
    ):  # MMEngine would load the matching part of another model's checkpoint
        names = trained_names(dict(meta=dict(dataset_meta=train_data.metainfo)))
        load_weights(runner.model, config.load_from, True, names)
    refuse_no_batch(runner.train_dataloader)
    runner.train()
