"""Selects the model that a user named and the backend that runs it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from ..compat.stack import require_stack
from ..engine.config_files import config_file
from ..engine.model_zoo import (
    ALIASES,
    card_digest,
    is_released_parser,
    list_models,
    read_card,
    weights_file,
)
from ..errors import InputError
from ..utils.cache import cache_folder
from .backends.runtimes import COMPILED, check_backend, is_exported
from .conversion import open_converted, open_or_convert
from .exported.model import ExportedModel
from .exported.parser import ExportedParser
from .model import Model, Parser

#: The environment variable that replaces ``backend='auto'``.
VARIABLE = 'MMLANDMARK_BACKEND'

_NEEDS = 'a model that is not exported'


def load_model(name_or_config, checkpoint, device, backend: str) -> Model:
    """The model of :class:`~.detector.LandmarkDetector`'s arguments.

    Raises:
        InputError: See that class.
    """
    if is_released_parser(name_or_config):
        raise InputError(f'{name_or_config} predicts face parts: use FaceParser')
    if is_exported(name_or_config):
        _refuse_checkpoint(name_or_config, checkpoint)
        return ExportedModel(name_or_config, backend, device)
    backend = requested_backend(backend)
    check_backend(backend, device)
    released = isinstance(name_or_config, str) and name_or_config in list_models()
    if released and checkpoint is None:
        return _released(name_or_config, device, backend)
    return _trained(name_or_config, checkpoint, device, backend)


def requested_backend(backend: str) -> str:
    """The requested backend; ``MMLANDMARK_BACKEND`` replaces ``'auto'``."""
    return (os.environ.get(VARIABLE) or backend) if backend == 'auto' else backend


def load_parser(name_or_config, checkpoint, device, backend: str) -> Parser:
    """The model of :class:`~.parser.FaceParser`'s arguments.

    Raises:
        InputError: See that class.
    """
    if is_exported(name_or_config):
        _refuse_checkpoint(name_or_config, checkpoint)
        return ExportedParser(name_or_config, backend, device)
    backend = requested_backend(backend)
    check_backend(backend, device)
    if checkpoint is None and is_released_parser(name_or_config):
        name = ALIASES.get(name_or_config, name_or_config)
        read_card(name)  # checks the weights
        if runtime := _runtime(device, backend):
            return ExportedParser(weights_file(name), runtime)
    elif backend in COMPILED:
        raise InputError(
            f'backend {backend!r} runs exported files and released parsers: export the '
            'training first'
        )
    if isinstance(name_or_config, (str, Path)):
        config_file(name_or_config)
    require_stack(_NEEDS)
    from .torch_parser import TorchParser

    return TorchParser(name_or_config, checkpoint, device)


def _refuse_checkpoint(path, checkpoint) -> None:
    if checkpoint is not None:
        raise InputError(f'{path} contains its weights: leave the checkpoint out')


def _released(name: str, device: str | None, backend: str) -> Model:
    """A released detector; without torch and MMPose it starts in a second."""
    card = read_card(name)  # checks the weights
    if not (runtime := _runtime(device, backend)):
        return _torch_model(name, device)
    model = ExportedModel(weights_file(name), runtime, recipe=card_digest(name)[:12])
    model.source = dict(name=name, sha256=card['sha256'])
    return model


def _runtime(device: str | None, backend: str) -> str:
    """The runtime of a released model; empty if torch runs it."""
    if backend in COMPILED:
        return backend
    return next(iter(_compiled(device, backend)), '')


def _trained(name_or_config, checkpoint, device: str | None, backend: str) -> Model:
    """A model that the user trained; ``'auto'`` uses its conversion, but makes none."""
    if isinstance(name_or_config, (str, Path)):
        config_file(name_or_config)  # a wrong name is reported without torch too
    require_stack(_NEEDS)
    from .model_spec import ModelSpec

    spec = ModelSpec.load(name_or_config, checkpoint)
    path = cache_folder() / f'{spec.cache_key()}.onnx'
    model: ExportedModel | None = None
    if backend in COMPILED:
        model = open_or_convert(
            path, backend, spec.recipe, lambda: _torch_model(spec, 'cpu')
        )
    for compiled in _compiled(device, backend):
        model = model or open_converted(path, compiled, spec.recipe)
    if model is None:
        return _torch_model(spec, device)
    model.source = spec.source  # the same weights may have had another name
    return model


def _compiled(device: str | None, backend: str) -> list[str]:
    """Runtimes that ``'auto'`` can use, the fastest first; none where torch has a GPU."""
    if backend != 'auto' or device not in (None, 'cpu'):
        return []
    if device is None and has_gpu():
        return []
    return [name for name in COMPILED if find_spec(name)]


def has_gpu() -> bool:
    """Whether torch has a GPU; torch is imported only where a driver is installed."""
    if not (Path('/dev/nvidia0').exists() or Path('/dev/dxg').exists()
            or Path('/dev/kfd').exists() or os.name == 'nt'):  # fmt: skip
        return False
    if not find_spec('torch'):
        return False
    import torch

    return torch.cuda.is_available()


def _torch_model(name_or_spec, device: str | None):
    require_stack(_NEEDS)
    from .pose_model import PoseModel

    return PoseModel(name_or_spec, None, device)
