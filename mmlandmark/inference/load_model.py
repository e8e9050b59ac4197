"""Which model a user named, and what runs it."""

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
from .backends.runtimes import (
    COMPILED,
    cache_folder,
    checked_backend,
    is_exported,
    runtime_for,
)
from .exported.model import ExportedModel
from .model import Model

#: Names what ``backend='auto'`` is.
VARIABLE = 'MMLANDMARK_BACKEND'


def load_model(name_or_config, checkpoint, device, backend: str) -> Model:
    """The model of :class:`~.detector.LandmarkDetector`'s arguments.

    Raises:
        InputError: As that class says.
    """
    if is_released_parser(name_or_config):
        raise InputError(f'{name_or_config} finds parts of faces: take FaceParser')
    if not is_exported(name_or_config):
        backend = wanted(backend)
    checked_backend(backend)
    if is_exported(name_or_config):
        if checkpoint is not None:
            raise InputError(
                f'{name_or_config} has its weights: leave the checkpoint out'
            )
        return ExportedModel(name_or_config, backend, device)
    if backend != 'auto':
        return _named(name_or_config, checkpoint, device, backend)
    # weights that stay as they are: those of a training are converted when that is asked
    for fast in _compiled(device) if _is_released(name_or_config, checkpoint) else ():
        try:
            return _named(name_or_config, checkpoint, device, fast)
        except InputError as error:  # no place to keep it, too
            print(f'{fast} left out: {error}', file=sys.stderr)
    return _named(name_or_config, checkpoint, device, 'torch')


def wanted(backend: str) -> str:
    """The backend that is asked for: ``MMLANDMARK_BACKEND`` says what ``'auto'`` is."""
    return (os.environ.get(VARIABLE) or backend) if backend == 'auto' else backend


def _compiled(device: str | None) -> list[str]:
    """Backends that are worth their conversion here, the fastest first."""
    if device not in (None, 'cpu') or (device is None and _has_gpu()):
        return []
    if not (find_spec('onnx') and find_spec('onnxscript')):
        return []
    return [name for name in COMPILED if find_spec(name)]


def _has_gpu() -> bool:
    """Whether torch has a GPU to run on; torch is asked only where a driver is."""
    if not (Path('/dev/nvidia0').exists() or Path('/dev/dxg').exists()
            or Path('/dev/kfd').exists() or os.name == 'nt'):  # fmt: skip
        return False
    import torch

    return torch.cuda.is_available()


def _named(name_or_config, checkpoint, device, backend: str) -> Model:
    if backend in COMPILED and _is_released(name_or_config, checkpoint):
        return _converted(name_or_config, device, backend)
    _require_stack()
    from .pose_model import PoseModel

    return PoseModel(name_or_config, checkpoint, device, backend)


def _is_released(name_or_config, checkpoint) -> bool:
    named = isinstance(name_or_config, str) and checkpoint is None
    return named and name_or_config in list_models()


def _require_stack() -> None:
    import mmlandmark

    if (error := mmlandmark.stack_error) is not None:
        raise InputError(
            f'torch and MMPose, which all but exported models need, do not import '
            f'({error}); python -m mmlandmark.doctor says more'
        )


def _converted(name: str, device: str | None, backend: str) -> ExportedModel:
    """A released detector, converted where it is not yet.

    From then on it starts in a second: neither torch nor MMPose is imported.
    """
    read_card(name)  # the weights are whole
    digest = card_digest(name)
    path = cache_folder() / f'{name}_{digest[:16]}_{__version__}.onnx'
    runtime_for(path, backend, device)  # what cannot be had is said, and nothing lost
    if path.is_file():
        try:
            return ExportedModel(path, backend, device, digest[:12])
        except InputError:  # half of it, or of another format: made anew
            path.unlink(missing_ok=True)
    _require_stack()
    from .backends.stage_network import checked_device
    from .export.export import export_model
    from .pose_model import PoseModel

    checked_device(backend, device)
    model = PoseModel(name, None, 'cpu')
    print(f'converting {name} for {backend}, once: {path}', file=sys.stderr)
    export_model(model, path)
    return ExportedModel(path, backend, device, digest[:12])
