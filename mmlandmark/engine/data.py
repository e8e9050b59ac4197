"""Point a config at other data and adapt its model to their landmark scheme."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from mmengine.config import Config

from ..errors import InputError
from ..formats import read_csv
from ..formats.csv.images import find_table
from ..schemes import get_scheme, scheme_from_names
from ..structures.sample import ReadReport

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def use_data(config: Config, folder: Path) -> None:
    """Point every dataset at a folder; prepared data also set the scheme of the model.

    Args:
        config: Changed in place.
        folder: Prepared data with a ``scheme.json``, or data in their published layout.

    Raises:
        InputError: There is no such folder, or its ``scheme.json`` cannot be used.
    """
    if not folder.exists():
        raise InputError(f'no data at {folder}: give a folder or file that exists')
    folder = folder.resolve()  # the config kept by a run works from any folder
    if 'ann_file' not in config.test_dataloader.dataset:  # read in its published layout
        for loader in LOADERS:
            config[loader].dataset.data_root = str(folder)
        return
    scheme = folder / 'scheme.json'
    points = len(get_scheme(scheme))  # raises if the file is missing or invalid
    config.scheme = str(scheme)
    for loader in LOADERS:
        dataset = config[loader].dataset
        dataset.data_root = str(folder)
        dataset.scheme = str(scheme)
    test = config.test_dataloader.dataset
    if not (folder / test.ann_file).is_file():
        test.ann_file = 'test.json'  # the benchmark's files are test1.json, test2.json
    _use_scheme(config.model, str(scheme), points)
    _set_metric_scheme(config, str(scheme))


def use_table(config: Config) -> None:
    """Adapt a config to the columns of its CSV table.

    ``scheme`` (None: the columns of the table), ``subject_from``, ``images`` and
    ``index_base`` are set once at the top of a config and copied to the datasets here.

    Raises:
        InputError: The table is missing or cannot be read.
    """
    first = config.train_dataloader.dataset
    keys = ('subject_from', 'images', 'index_base')
    given = {key: config[key] for key in keys if key in config}
    if config.scheme is None:
        if not Path(first.data_root).exists():
            raise InputError(
                f'no table at {first.data_root}: give data, or the work folder of a '
                'training'
            )
        table = find_table(Path(first.data_root))
        points = read_csv(table, given.get('images'), ReadReport()).points
        config.scheme = asdict(scheme_from_names(table.stem, list(points)))
    for loader in LOADERS:
        config[loader].dataset.update(given, scheme=config.scheme)
    _use_scheme(config.model, config.scheme, len(get_scheme(config.scheme)))
    _set_metric_scheme(config, config.scheme)


def use_split(dataset: dict, split: str) -> None:
    """Select another part of the data.

    Args:
        dataset: Config of a dataset, changed in place.
        split: Stem of a prepared annotation file, or a part of the data set.
    """
    if 'ann_file' in dataset:
        dataset['ann_file'] = f'{split}.json'
    else:
        dataset['split'] = split


def _set_metric_scheme(config: Config, scheme: str | dict) -> None:
    """Set the scheme of the metrics that take one."""
    for evaluator in (config.val_evaluator, config.test_evaluator):
        if 'scheme' in evaluator:
            evaluator.scheme = scheme


def _use_scheme(model: dict, scheme: str | dict, points: int) -> None:
    """Set the scheme or the number of outputs of a model and of its first stage."""
    for part in (model, model.get('backbone', {}), model.get('head', {})):
        if 'scheme' in part:
            part['scheme'] = scheme
    # MMPose's heads take the number of points instead of a scheme
    if 'head' in model and 'scheme' not in model['head']:
        model['head']['out_channels'] = points
    if 'detector' in model:  # the first stage of two
        _use_scheme(model['detector'], scheme, points)
