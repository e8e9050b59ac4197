"""Converts a model to an exported file once, and keeps the file in the user's cache."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .backends.runtimes import ConversionError, require_packages
from .exported.model import ExportedModel

if TYPE_CHECKING:
    from .pose_model import PoseModel


def open_or_convert(
    path: Path, backend: str, recipe: str, make_model: Callable[[], PoseModel]
) -> ExportedModel:
    """Open a model that was converted before, or convert it.

    One process converts; others that need the same file wait until it is written. A file
    that cannot be opened is replaced.

    Args:
        path: The ``.onnx`` file in the cache.
        backend: ``'openvino'`` or ``'onnxruntime'``, which is installed.
        recipe: See :class:`~.model.Model`.
        make_model: Makes the model on the CPU; only called for a conversion.

    Raises:
        InputError: The cache cannot be written, or a package is missing.
        ConversionError: The model cannot be exported.
    """
    if (model := open_converted(path, backend, recipe)) is not None:
        return model
    require_packages(backend, 'onnx', 'onnxscript')
    with _locked(path):
        if open_converted(path, backend, recipe) is None:
            _convert(make_model(), path)
    return ExportedModel(path, backend, recipe=recipe)


def open_converted(path: Path, backend: str, recipe: str) -> ExportedModel | None:
    """A model that was converted before; None if there is no file that can be opened."""
    if not path.is_file():
        return None
    try:
        return ExportedModel(path, backend, recipe=recipe)
    except InputError:  # damaged, or of another format
        return None


def _convert(model: PoseModel, path: Path) -> None:
    # imported here, as the import of torch's exporter takes a second
    from .export.describe import describe
    from .export.export_model import export_model

    try:
        describe(model)  # a model that cannot be exported is refused first
        print(f'converting {model.source["name"]} once: {path}', file=sys.stderr)
        export_model(model, path)
    except ConversionError as error:
        raise ConversionError(f"{error}; run it with backend='torch'") from None


def _locked(path: Path) -> ExitStack:
    """A lock on a file of the cache, whose folder is made."""
    # imported here, as exported files run without filelock
    from ..utils.locks import exclusive

    stack = ExitStack()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(exclusive(path, 'a conversion', wait=True))
    except OSError as error:
        raise InputError(
            f'converted models cannot be kept in {path.parent} ({error.strerror}): set '
            'MMLANDMARK_CACHE to a folder that can be written'
        ) from None
    return stack
