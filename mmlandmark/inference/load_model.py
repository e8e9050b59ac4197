"""Selects the model that a user named and the backend that runs it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from ..engine.model_zoo import (
    card_digest,
    is_released_parser,
    list_models,
    read_card,
)
from ..errors import InputError
from ..version import __version__
from .backends.runtimes import COMPILED, check_backend, is_exported
from .conversion import cache_folder, open_converted, open_or_convert
from .exported.model import ExportedModel
from .model import Model

#: The environment variable that replaces ``backend='auto'``.
VARIABLE = 'MMLANDMARK_BACKEND'


def load_model(name_or_config, checkpoint, device, backend: str) -> Model:
    """The model of :class:`~.detector.LandmarkDetector`'s arguments.

    Raises:
        InputError: See that class.
    """
    if is_released_parser(name_or_config):
        raise InputError(f'{name_or_config} finds parts of faces: take FaceParser')
    if is_exported(name_or_config):
        if checkpoint is not None:
            raise InputError(
                f'{name_or_config} has its weights: leave the checkpoint out'
            )
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


def _released(name: str, device: str | None, backend: str) -> Model:
    """A released detector; ``'auto'`` converts it, since its weights do not change."""
    if backend in COMPILED:
        return _converted_release(name, backend)
    for compiled in _compiled(device, backend):
        if not (find_spec('onnx') and find_spec('onnxscript')):
            break
        try:
            return _converted_release(name, compiled)
        except InputError as error:  # such as a cache that cannot be written
            print(f'{compiled} is not used: {error}', file=sys.stderr)
    return _torch_model(name, device)


def _converted_release(name: str, backend: str) -> ExportedModel:
    """A released detector, converted on first use.

    After that it starts in a second: neither torch nor MMPose is imported.
    """
    read_card(name)  # checks the weights
    digest = card_digest(name)
    path = cache_folder() / f'{name}_{digest[:16]}_{__version__}.onnx'
    return open_or_convert(
        path, backend, digest[:12], lambda: _torch_model(name, 'cpu')
    )


def _trained(name_or_config, checkpoint, device: str | None, backend: str) -> Model:
    """A training of the user's own; ``'auto'`` uses a conversion but makes none."""
    _require_stack()
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
    if device is None and _has_gpu():
        return []
    return [name for name in COMPILED if find_spec(name)]


def _has_gpu() -> bool:
    """Whether torch has a GPU; torch is imported only where a driver is installed."""
    if not (Path('/dev/nvidia0').exists() or Path('/dev/dxg').exists()
            or Path('/dev/kfd').exists() or os.name == 'nt'):  # fmt: skip
        return False
    import torch

    return torch.cuda.is_available()


def _torch_model(name_or_spec, device: str | None):
    _require_stack()
    from .pose_model import PoseModel

    return PoseModel(name_or_spec, None, device)


def _require_stack() -> None:
    import mmlandmark

    if (error := mmlandmark.stack_error) is not None:
        raise InputError(
            f'torch and MMPose, which are needed by all models but exported ones, cannot '
            f'be imported ({error}); run mmlandmark doctor for details'
        )
