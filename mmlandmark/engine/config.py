"""Loading a config for a tool: the file, the user's overrides, the user's data."""

from __future__ import annotations

import atexit
import os
from dataclasses import asdict
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..errors import InputError
from ..formats import read_csv
from ..formats.csv.images import find_table
from ..models.checkpoints.weights import best_checkpoint, last_checkpoint
from ..schemes import Scheme, get_scheme, scheme_from_names
from ..schemes.parts import get_parts
from ..structures.sample import ReadReport
from .hooks import cpu_has_bf16
from .model_zoo import ALIASES, FOLDER, released_config, released_names

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def config_file(name: str | Path) -> Path:
    """Find the config that a user names.

    Args:
        name: A ``.py`` file; a run's work folder, which keeps its config; the name of a
            released detector; or that of a config in ``configs/``, where the package is
            checked out.

    Returns:
        A ``.py`` file, or the ``.json`` card of a released detector.

    Raises:
        InputError: There is none.
    """
    if not isinstance(name, (str, Path)):
        raise InputError(f'a config or detector is a name or a path, not {name!r}')
    name = ALIASES.get(str(name), name)
    if str(name) in released_names():
        return FOLDER / f'{name}.json'
    path = Path(name)
    if path.is_dir():
        kept = sorted(path.glob('*.py'))
        if len(kept) == 1:
            return kept[0]
        raise InputError(f'{path} holds {len(kept)} configs, a training run leaves one')
    if path.suffix == '.py':
        return path
    folder = Path(__file__).parents[2] / 'configs'
    known = released_names() + sorted(p.stem for p in folder.glob('*.py'))
    if str(name) not in known:
        raise InputError(
            f'no config or detector {str(name)!r}: give a config file, the work folder of '
            'a training run' + (f', or one of {", ".join(known)}' if known else '')
        )
    return folder / f'{name}.py'


def load_config(
    path: str | Path, options: dict | None = None, data: str | Path | None = None
) -> Config:
    """Read a config and apply the user's changes.

    Args:
        path: As :func:`config_file` takes it.
        options: Dotted keys and their values.
        data: Another prepared folder; its ``scheme.json`` sizes the model.

    Raises:
        InputError: No such file, or one that is no config.
    """
    from . import register  # noqa: F401  # here: tools say what is wrong with the stack

    named = path
    path = config_file(named)
    kept = Path(named).is_dir()
    if not path.is_file():
        raise InputError(f'no config at {path}')
    try:
        released = path.suffix == '.json'
        config = released_config(path.stem) if released else Config.fromfile(path)
        if options:
            config.merge_from_dict(options)
    except (SyntaxError, KeyError, ImportError, OSError, TypeError, NameError,
            AttributeError) as error:  # fmt: skip
        raise InputError(f'{path} is no working config: {error}') from None
    if 'parts' in config:
        from ..compat import face_parts  # noqa: F401  # says so where the extra is missing
    init_default_scope(config.get('default_scope', 'mmpose'))
    if data is not None:
        use_data(config, Path(data))
    if config.test_dataloader.dataset.type == 'CSVKeypointDataset':
        use_table(config)
    if kept:
        config.work_dir = str(path.parent)
        config.pop('released', None)  # a training has weights of its own
    elif config.get('work_dir') is None:
        # runs on other data keep apart: their checkpoints do not fit one another
        name = path.stem + (f'_{_stem(Path(data))}' if data is not None else '')
        config.work_dir = str(Path('work_dirs') / name)
    return config


def _stem(data: Path) -> str:
    """The name of a data set: a folder's may hold dots, a file's ends at its last."""
    return data.stem if data.is_file() else data.name


def use_data(config: Config, folder: Path) -> None:
    """Point every dataset at a folder and, if it was prepared, the model at its scheme."""
    missing = not folder.exists()
    folder = folder.resolve()  # the run's kept config works from any folder
    if 'ann_file' not in config.test_dataloader.dataset:  # read as it is published
        if missing:
            raise InputError(f'no data at {folder}')
        for loader in LOADERS:
            config[loader].dataset.data_root = str(folder)
        return
    scheme = folder / 'scheme.json'
    points = len(get_scheme(scheme))  # says what is wrong with the file, if anything
    config.scheme = str(scheme)
    for loader in LOADERS:
        dataset = config[loader].dataset
        dataset.data_root = str(folder)
        dataset.scheme = str(scheme)
    test = config.test_dataloader.dataset
    if not (folder / test.ann_file).is_file():
        test.ann_file = 'test.json'  # where a benchmark has test1, test2
    _use_scheme(config.model, str(scheme), points)
    _measure_by(config, str(scheme))


def names_of(config: Config) -> tuple[str, ...]:
    """The points, or the face parts, that a config's model finds."""
    if 'parts' in config:
        return get_parts(config.parts).parts
    return points_of(config).points


def points_of(config: Config) -> Scheme:
    """The scheme of the points that a config's model finds.

    Raises:
        InputError: It finds face parts, or, as MMPose's own configs, names no scheme.
    """
    if 'parts' in config:
        raise InputError('this config finds parts of faces: take FaceParser')
    if config.get('scheme') is None:
        raise InputError(
            'this config has no scheme, so its points have no names (configs of MMPose '
            "itself have none): set scheme='face68', another known scheme or a scheme.json "
            'at its top, or inherit from a config in configs/'
        )
    return get_scheme(config.scheme)


def use_split(dataset: dict, split: str) -> None:
    """Take another part of the data: a prepared file, or a part the reader knows."""
    if 'ann_file' in dataset:
        dataset['ann_file'] = f'{split}.json'
    else:
        dataset['split'] = split


def use_table(config: Config) -> None:
    """Let a CSV's own columns size the model, and the config's top level describe it.

    ``scheme`` (None: the table's columns), ``subject_from``, ``images`` and ``index_base``
    stand once at the top of a config, where options reach them.
    """
    first = config.train_dataloader.dataset
    keys = ('subject_from', 'images', 'index_base')
    said = {key: config[key] for key in keys if key in config}
    if config.scheme is None:
        if not Path(first.data_root).exists():
            raise InputError(
                f'no table at {first.data_root}: give another, or the work folder of a '
                'training',
                data=None,
            )
        table = find_table(Path(first.data_root))
        points = read_csv(table, said.get('images'), ReadReport()).points
        config.scheme = asdict(scheme_from_names(table.stem, list(points)))
    for loader in LOADERS:
        config[loader].dataset.update(said, scheme=config.scheme)
    if config.scheme is not None:
        _use_scheme(config.model, config.scheme, len(get_scheme(config.scheme)))
        _measure_by(config, config.scheme)


def _measure_by(config: Config, scheme: str | dict) -> None:
    """Tell the metrics that ask for the scheme."""
    for evaluator in (config.val_evaluator, config.test_evaluator):
        if 'scheme' in evaluator:
            evaluator.scheme = scheme


def _use_scheme(model: dict, scheme: str | dict, points: int) -> None:
    """Size a model, and the detector in it, for a scheme."""
    for part in (model, model.get('backbone', {}), model.get('head', {})):
        if 'scheme' in part:
            part['scheme'] = scheme
    # our heads count the scheme's points, MMPose's are told
    if 'head' in model and 'scheme' not in model['head']:
        model['head']['out_channels'] = points
    if 'detector' in model:  # the first stage of a refined one
        _use_scheme(model['detector'], scheme, points)


def use_bf16(config: Config) -> str | None:
    """Train and validate under bf16 on a CPU; return why not where it would not help."""
    if torch.cuda.is_available():
        return 'bfloat16 is for CPUs; on a GPU set optim_wrapper.type=AmpOptimWrapper'
    if not cpu_has_bf16():
        return 'bfloat16 is not used: this CPU multiplies it slower than float32'
    config.optim_wrapper.type = 'CpuBf16OptimWrapper'
    config.val_cfg.fp16 = True  # the loop's autocast: bfloat16 on a CPU
    return None


def launch(config: Config, launcher: str) -> None:
    """Start distributed processes; on CPUs by gloo, which MMEngine cannot set up."""
    config.launcher = launcher
    os.environ.setdefault('LOCAL_RANK', '0')
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise InputError(
            'launcher pytorch needs processes that torchrun starts: '
            'torchrun --nproc-per-node N'
        )
    if launcher == 'none' or torch.cuda.is_available():
        return
    if launcher == 'slurm':
        raise InputError('launcher slurm needs GPUs: on CPUs use torchrun and pytorch')
    torch.distributed.init_process_group('gloo')
    # gloo's threads abort a process that ends while they still run
    atexit.register(torch.distributed.destroy_process_group)
    config.model_wrapper_cfg = dict(
        type='CpuDistributedDataParallel', broadcast_buffers=False
    )


def find_checkpoint(config: Config) -> str:
    """The best checkpoint of the config's own runs; the newest where there are several.

    Of a run that names no measure of the best, the last epoch's; of a released detector,
    its weights.

    Raises:
        InputError: There is none.
    """
    if 'released' in config:
        return str(FOLDER / f'{config.released}.pth')
    if config.default_hooks.checkpoint.get('save_best') is None:
        return last_checkpoint(config.work_dir)
    return best_checkpoint(config.work_dir)
