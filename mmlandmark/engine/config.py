"""Load configs, and find the checkpoints of their runs."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..errors import InputError
from ..models.checkpoints.files import best_checkpoint, last_checkpoint
from . import register  # noqa: F401  # configs name registered classes
from .config_files import base_path, config_file
from .data import LOADERS, use_data, use_table
from .model_zoo import FOLDER, read_card, weights_file

_stock_path = Config._get_cfg_path


def _path_of_base(name: str, filename: str) -> tuple[str, str | None]:
    """MMEngine's path of a base; MMEngine itself finds only OpenMMLab's packages."""
    packaged = base_path(name)
    return (str(packaged), None) if packaged else _stock_path(name, filename)


Config._get_cfg_path = staticmethod(_path_of_base)


def load_config(
    path: str | Path, options: dict | None = None, data: str | Path | None = None
) -> Config:
    """Read a config, change options in it and point it at data.

    Args:
        path: See :func:`~.config_files.config_file`.
        options: Dotted keys and their values, such as ``{'train_cfg.max_epochs': 3}``.
        data: A prepared folder, whose ``scheme.json`` sets the scheme of the model; a data
            set in its published layout; or a CSV table.

    Raises:
        InputError: There is no such file, or it is not a valid config.
    """
    named = path
    path = config_file(named)
    kept = Path(named).is_dir()
    config = _read_config(path, options)
    if 'parts' in config:
        # imported here, as mmsegmentation is an optional dependency
        from ..compat import face_parts  # noqa: F401
    init_default_scope(config.get('default_scope', 'mmpose'))
    if data is not None:
        use_data(config, Path(data))
    if config.test_dataloader.dataset.type == 'CSVKeypointDataset':
        use_table(config)
    if kept:
        config.work_dir = str(path.parent)
        config.pop('released', None)  # a training has its own weights
    elif config.get('work_dir') is None:
        # checkpoints of runs on different data do not fit each other
        name = path.stem + (f'_{_stem(Path(data))}' if data is not None else '')
        config.work_dir = str(Path('work_dirs') / name)
    return config


def _read_config(path: Path, options: dict | None) -> Config:
    if not path.is_file():
        raise InputError(f'no config at {path}')
    try:
        released = path.suffix == '.json'
        config = released_config(path.stem) if released else Config.fromfile(path)
        if options:
            config.merge_from_dict(options)
    except (SyntaxError, KeyError, ImportError, OSError, TypeError, NameError,
            AttributeError) as error:  # fmt: skip
        raise InputError(f'{path} is not a valid config: {error}') from None
    return config


def _stem(data: Path) -> str:
    """The name of a data set; the name of a folder may contain dots."""
    return data.stem if data.is_file() else data.name


def released_config(name: str, folder: Path = FOLDER) -> Config:
    """The config of a released model, with its name as ``released``.

    Raises:
        InputError: See :func:`~.model_zoo.read_card`.
    """
    values = {**read_card(name, folder)['config'], 'released': name}
    for loader in LOADERS:
        dataset = values.get(loader, {}).get('dataset', {})
        steps = dataset.get('pipeline', [])
        dataset['pipeline'] = [_with_tuples(step) for step in steps]
    # a training that starts from it keeps its config under this name
    return Config(values, cfg_text='\n', filename=f'{name}.py')


def _with_tuples(values: dict) -> dict:
    """Turn the lists of numbers in JSON into tuples, which mmcv requires for sizes."""
    return {
        key: tuple(value)
        if isinstance(value, list) and all(isinstance(v, (int, float)) for v in value)
        else value
        for key, value in values.items()
    }


def find_checkpoint(config: Config) -> str:
    """The weights of a released model, or the checkpoint of the config's last run.

    This is the newest best checkpoint, or the last epoch where the config does not select
    the best one.

    Raises:
        InputError: The config has no checkpoint.
    """
    if 'released' in config:
        return str(weights_file(config.released, FOLDER))
    if config.default_hooks.checkpoint.get('save_best') is None:
        return last_checkpoint(config.work_dir)
    return best_checkpoint(config.work_dir)
