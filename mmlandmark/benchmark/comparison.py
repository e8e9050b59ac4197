"""Configs beside one another: what there is of each run, and whether they are alike."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import HOOKS

from ..engine.config import config_file, find_checkpoint, load_config
from ..errors import InputError
from ..inference import LandmarkDetector
from ..models.checkpoints.files import last_resumable
from ..models.checkpoints.weights import first_convolution, read_checkpoint
from ..visualization.curves import read_scalars
from .runner import Step


@dataclass
class Run:
    """A config that was trained and tested.

    Attributes:
        name: Of the config.
        config: What its training kept.
        epochs: How many were trained.
        result: What ``tools/test.py --out`` wrote.
        images: Ids of the images it was tested on.
    """

    name: str
    config: Config
    epochs: int
    result: dict
    images: list[str]


def named_configs(paths: Sequence[str], out: Path) -> dict[str, str]:
    """The configs by their names, which are those of their folders.

    Raises:
        InputError: Fewer than two, an unknown one, two of a name, or ``out`` is a file.
    """
    if len(paths) < 2:
        raise InputError(
            f'nothing to compare {paths[0]} with: name two configs or more'
        )
    if out.exists() and not out.is_dir():
        raise InputError(f'{out} is a file: --out is the folder of the runs')
    configs: dict[str, str] = {}
    for path in paths:
        name = config_file(path).stem
        if name in configs:
            raise InputError(
                f'{configs[name]} and {path} are both named {name}: rename one'
            )
        configs[name] = path
    return configs


def run_state(config: Config) -> str:
    """How far the run in a config's work folder is: ``absent``, ``half`` or ``whole``.

    Whole is one whose last validation is known, after the last epoch or an early stop.
    """
    if not list(Path(config.work_dir).glob('epoch_*.pth')):
        return 'absent'
    try:
        find_checkpoint(config)
        checkpoint = read_checkpoint(last_resumable(config.work_dir))
        _, val = read_scalars(config.work_dir)
    except InputError:
        return 'half'
    epoch = checkpoint['meta']['epoch']
    row = next((row for row in val if row['step'] == epoch), None)
    if row is None:
        return 'half'
    last = epoch >= config.train_cfg.max_epochs
    return 'whole' if last or _stopped(config, checkpoint, row) else 'half'


def _stopped(config: Config, checkpoint: dict, row: dict) -> bool:
    """Whether the validation after a checkpoint stopped the training early."""
    kept = checkpoint.get('early_stopping')
    for settings in config.get('custom_hooks', []):
        if kept and 'EarlyStopping' in str(settings['type']):
            hook = HOOKS.build(settings)
            hook.best_score, hook.wait_count = kept['best_score'], kept['wait_count']
            return hook._check_stop_condition(row[hook.monitor])[0]
    return False


def last_error(log: str, status: int) -> str:
    """The line of a failed tool's output that says why it failed."""
    if status < 0:
        return f'ended by signal {-status}'
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    why = re.compile(r'error: |[\w.]*(Error|Exception)\b')
    said = [line for line in lines if why.match(line)]
    return (said or lines or ['it said nothing'])[-1].removeprefix('error: ')


def read_run(name: str, work_dir: str | Path) -> Run:
    """What a training and a test left in a folder: ``metrics.json`` and ``errors.csv``."""
    work_dir = Path(work_dir)
    epoch = re.search(r'epoch_(\d+)\.pth$', last_resumable(work_dir))
    with (work_dir / 'errors.csv').open(newline='', encoding='utf-8') as file:
        images = sorted({row['id'] for row in csv.DictReader(file)})
    return Run(
        name,
        load_config(work_dir),
        epochs=int(epoch[1]) if epoch else 0,
        result=json.loads((work_dir / 'metrics.json').read_text(encoding='utf-8')),
        images=images,
    )


def refuse_other_images(runs: Sequence[Run]) -> None:
    """Make sure that all runs were tested on the same images.

    Raises:
        InputError: Two were not.
    """
    first, *others = runs
    for run in others:
        numbers = [r.result['images'] for r in (first, run)]
        only = sorted({*first.images} ^ {*run.images})
        if only or numbers[0] != numbers[1]:
            raise InputError(
                f'{first.name} was tested on {numbers[0]} images and {run.name} on '
                f'{numbers[1]}' + (f', {only[0]} is of one alone' if only else '') +
                ': only figures of the same images can be compared'
            )  # fmt: skip


def facts(run: Run) -> dict[str, str]:
    """What has to be the same in all runs of a table."""
    training = run.config.train_dataloader.dataset
    return {
        'training data': _short(training.get('data_root', '-')),
        'training split': training.get('split') or training.get('ann_file', '-'),
        'seed': str(run.config.get('randomness', {}).get('seed')),
        'test data': _short(run.result['dataset']),
        'boxes': run.result['boxes'],
        **({'grid': run.result['grid']} if 'grid' in run.result else {}),
    }


def _short(path: str) -> str:
    """From the current folder, where it is in there."""
    full = Path(path).resolve()
    here = Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)


def differences(runs: Sequence[Run]) -> str:
    """What the runs do not have in common, as text; empty if they are alike."""
    known = {run.name: facts(run) for run in runs}
    keys = next(iter(known.values()))
    return '; '.join(
        f'{key}: '
        + ', '.join(f'{name} {fact.get(key, "-")}' for name, fact in known.items())
        for key in keys
        if len({fact.get(key) for fact in known.values()}) > 1
    )


def network_step(work_dir: str, checkpoint: str) -> Step:
    """From a crop to points on the CPU: for :func:`mmlandmark.benchmark.runner.measure`.

    Of noise; the network is timed with flips, a second stage and decoding.
    """
    detector = LandmarkDetector(work_dir, checkpoint, 'cpu', 'torch')
    model = detector.model
    _, stem = first_convolution(model)
    assert stem is not None  # no network of images is without
    shape = (256, 256, max(3, stem.in_channels))  # the pipeline makes gray ones gray
    data = dict(
        img=np.random.default_rng(0).integers(0, 256, shape, np.uint8),
        img_shape=shape[:2],
        ori_shape=shape[:2],
        bbox=np.array([[0, 0, 255, 255]], np.float32),
        bbox_score=np.ones(1, np.float32),
        **model.dataset_meta,
    )
    for transform in detector.pipeline.transforms:
        if not type(transform).__name__.startswith('Load'):  # there is no file
            data = transform(data)
    batch = pseudo_collate([data])
    return torch.no_grad()(lambda: model.test_step(batch))
