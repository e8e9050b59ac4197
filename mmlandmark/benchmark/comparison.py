"""The runs of compared configs: their state, results and conditions."""

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

from ..engine.config import find_checkpoint, load_config
from ..engine.config_files import config_file
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
        name: Name of the config.
        config: The config kept by the training.
        epochs: Number of trained epochs.
        result: Results file of the test.
        images: Ids of the test images.
    """

    name: str
    config: Config
    epochs: int
    result: dict
    images: list[str]


def named_configs(paths: Sequence[str], out: Path) -> dict[str, str]:
    """The configs by name, which is also the name of their folder in ``out``.

    Raises:
        InputError: There are fewer than two, one is unknown, two have the same name, or
            ``out`` is a file.
    """
    if len(paths) < 2:
        raise InputError(
            f'nothing to compare {paths[0]} with: name two configs or more'
        )
    if out.exists() and not out.is_dir():
        raise InputError(f'{out} is a file: the runs need a folder', out=None)
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
    """State of the run in a config's work folder: ``absent``, ``partial`` or ``complete``.

    A run is complete if its last validation is known, after the last epoch or early
    stopping.
    """
    if not list(Path(config.work_dir).glob('epoch_*.pth')):
        return 'absent'
    try:
        find_checkpoint(config)
        checkpoint = read_checkpoint(last_resumable(config.work_dir))
        _, val = read_scalars(config.work_dir)
    except InputError:
        return 'partial'
    epoch = checkpoint['meta']['epoch']
    row = next((row for row in val if row['step'] == epoch), None)
    if row is None:
        return 'partial'
    last = epoch >= config.train_cfg.max_epochs
    complete = last or _stopped_early(config, checkpoint, row)
    return 'complete' if complete else 'partial'


def _stopped_early(config: Config, checkpoint: dict, row: dict) -> bool:
    """Whether early stopping ended the training after the validation of a checkpoint."""
    kept = checkpoint.get('early_stopping')
    for settings in config.get('custom_hooks', []):
        if kept and 'EarlyStopping' in str(settings['type']):
            hook = HOOKS.build(settings)
            hook.best_score, hook.wait_count = kept['best_score'], kept['wait_count']
            return hook._check_stop_condition(row[hook.monitor])[0]
    return False


def last_error(log: str, status: int) -> str:
    """The line in the output of a failed command that states the error."""
    if status < 0:
        return f'ended by signal {-status}'
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    why = re.compile(r'error: |[\w.]*(Error|Exception)\b')
    errors = [line for line in lines if why.match(line)]
    return (errors or lines or ['no output'])[-1].removeprefix('error: ')


def read_run(name: str, work_dir: str | Path) -> Run:
    """Read a trained and tested run, with ``metrics.json`` and ``errors.csv``."""
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
    """Check that all runs were tested on the same images.

    Raises:
        InputError: The test images of two runs differ.
    """
    first, *others = runs
    for run in others:
        numbers = [r.result['images'] for r in (first, run)]
        only = sorted({*first.images} ^ {*run.images})
        if only or numbers[0] != numbers[1]:
            raise InputError(
                f'{first.name} was tested on {numbers[0]} images and {run.name} on '
                f'{numbers[1]}' + (f', {only[0]} by only one of them' if only else '') +
                ': only results on the same images can be compared'
            )  # fmt: skip


def conditions(run: Run) -> dict[str, str]:
    """The conditions that must agree in all runs of a table."""
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
    """Relative to the current folder if the path is inside it."""
    full = Path(path).resolve()
    here = Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)


def differences(runs: Sequence[Run]) -> str:
    """The conditions in which the runs differ, as text; empty if they all agree."""
    known = {run.name: conditions(run) for run in runs}
    keys = next(iter(known.values()))
    return '; '.join(
        f'{key}: '
        + ', '.join(f'{name} {fact.get(key, "-")}' for name, fact in known.items())
        for key in keys
        if len({fact.get(key) for fact in known.values()}) > 1
    )


def network_step(work_dir: str, checkpoint: str) -> Step:
    """A step from a crop of noise to points on the CPU, for :func:`~.runner.measure`.

    It includes flip test-time augmentation, a second stage and decoding.
    """
    detector = LandmarkDetector(work_dir, checkpoint, 'cpu', 'torch')
    model = detector.model
    _, stem = first_convolution(model)
    assert stem is not None  # every network of images has one
    shape = (
        256,
        256,
        max(3, stem.in_channels),
    )  # the pipeline converts to gray if needed
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
