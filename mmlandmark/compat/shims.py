"""Compatibility layer that runs MMPose 1.3.2 on current PyTorch and NumPy.

Each function is one shim. Its docstring names the upstream issue. It returns whether it had
to act, and does nothing where the dependency works. ``mmlandmark doctor`` lists
the active shims.
"""

from __future__ import annotations

import functools
import importlib
import os
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec

#: Names of the shims that had to act in this process, filled by :func:`apply`.
active: list[str] = []

#: Keeps operator libraries alive, as their schemas are removed with them.
_operator_libraries: list = []


#: Modules of MMEngine that name the two functions below; others import them later.
_PACKAGE_UTILS = (
    'mmengine.utils.package_utils',
    'mmengine.utils',
    'mmengine.config.config',
)


def packages_without_pkg_resources() -> bool:
    """Let MMEngine find installed packages by ``importlib.metadata``.

    MMEngine 0.10.7 uses pkg_resources, which setuptools 82 removed; the fix,
    open-mmlab/mmengine#1676, is in no release. A config with a base such as ``mmpose::...``
    and ``mmpose.apis`` need it.
    """
    for name in _PACKAGE_UTILS:
        module = importlib.import_module(name)
        module.is_installed = _is_installed  # type: ignore[attr-defined]
        module.get_installed_path = _installed_path  # type: ignore[attr-defined]
    return True


def _is_installed(package: str) -> bool:
    """Whether a distribution or a module of this name is installed."""
    try:
        metadata.distribution(package)
        return True
    except metadata.PackageNotFoundError:
        spec = find_spec(package)
        return spec is not None and spec.origin is not None


def _installed_path(package: str) -> str:
    """The folder of a package, by the name of its module or of its distribution.

    Raises:
        PackageNotFoundError: It is not installed.
        RuntimeError: It is a namespace package, which has no single folder.
    """
    spec = find_spec(package)
    if spec is None:  # such as mmsegmentation, whose module is mmseg
        names = metadata.distribution(package).read_text('top_level.txt') or ''
        spec = find_spec(names.split('\n')[0]) if names else None
    if spec is None:
        raise metadata.PackageNotFoundError(package)
    if spec.origin is None:
        raise RuntimeError(f'{package} is a namespace package, which has no folder')
    return os.path.dirname(spec.origin)


def torchvision_operators() -> bool:
    """Make torchvision importable with a build of PyTorch for which it has no binary.

    PyPI's torchvision is built for PyPI's CUDA PyTorch. With a CPU build its compiled
    operators do not load, and the import fails with ``operator torchvision::nms does not
    exist`` (pytorch/vision#9085). ``torchvision.transforms`` and ``torchvision.models``
    only need the two schemas declared here.
    """
    try:
        importlib.import_module('torchvision')
        return False
    except RuntimeError as error:
        if 'torchvision::nms' not in str(error):
            raise
    import torch

    for name in [n for n in sys.modules if n.split('.')[0] == 'torchvision']:
        del sys.modules[name]
    library = torch.library.Library('torchvision', 'DEF')
    library.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    library.define('qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    _operator_libraries.append(library)
    importlib.import_module('torchvision')
    return True


class _MissingOperators(types.ModuleType):
    """Replaces ``mmcv._ext``: every operator can be imported, none can be called."""

    def __getattr__(self, name: str) -> Callable:
        if name.startswith('__'):  # requested by the import system
            raise AttributeError(name)

        def missing(*_args, **_kwargs):
            raise RuntimeError(
                f'the operator {name} needs full mmcv, not mmcv-lite: make setup-full'
            )

        return missing


def mmpose_models_without_mmcv_ops() -> bool:
    """Import ``mmpose.models`` with mmcv-lite, which has no compiled operators.

    ``mmpose.models`` always imports ``mmcv.ops`` (open-mmlab/mmpose#3250). The replacement
    is removed afterwards, as MMEngine's ``mmcv_full_available`` would report full mmcv.
    """
    with _operators_that_may_be_missing() as missing:
        importlib.import_module('mmpose.models')
    return missing


def mmseg_without_mmcv_ops() -> bool:
    """Import mmsegmentation, required for face parts, with mmcv-lite.

    ``mmseg.models`` imports ``mmcv.ops`` as ``mmpose.models`` does, but U-Net and PSPNet
    use none of its operators. Not in ``SHIMS``, as mmsegmentation is optional.

    Raises:
        ImportError: mmsegmentation or one of its dependencies is not installed.
    """
    with _operators_that_may_be_missing() as missing:
        importlib.import_module('mmseg.models')
        importlib.import_module('mmseg.datasets')
    return missing


@contextmanager
def _operators_that_may_be_missing() -> Iterator[bool]:
    """Replace mmcv's operators if they are missing; yield whether they are."""
    try:
        importlib.import_module('mmcv._ext')
        missing = False
    except ImportError:
        missing = True
        sys.modules['mmcv._ext'] = _MissingOperators('mmcv._ext')
    try:
        yield missing
    finally:
        if missing:
            del sys.modules['mmcv._ext']


def checkpoint_types() -> bool:
    """Allow the types in MMEngine's checkpoints for PyTorch's safe loading.

    Since PyTorch 2.6 ``torch.load`` accepts only tensors and plain containers, and
    MMEngine 0.10.7 cannot read its own files (open-mmlab/mmengine#1655). Exactly the types
    that MMEngine stores are allowed. ``weights_only`` stays on, so an untrusted checkpoint
    cannot run code.
    """
    import numpy as np
    import torch
    from mmengine.logging.history_buffer import HistoryBuffer

    reconstruct = np._core.multiarray._reconstruct  # type: ignore[attr-defined]
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]
    torch.serialization.add_safe_globals(
        [
            HistoryBuffer,
            bytes,  # an empty array: the colours of a scheme without a skeleton
            np.ndarray,
            (_plain_dtype, 'numpy.dtype'),
            *(type(np.dtype(code)) for code in _PLAIN),
            reconstruct,
            scalar,
            # names of the same two functions in files written with NumPy 1
            (reconstruct, 'numpy.core.multiarray._reconstruct'),
            (scalar, 'numpy.core.multiarray.scalar'),
            (_history_buffer_method, 'builtins.getattr'),
        ]
    )
    return True


#: Types of the numbers that MMEngine stores, as named in NumPy's pickles.
_PLAIN = ('f4', 'f8', 'i4', 'i8', 'u1', 'b1')


def _plain_dtype(code: object, *_options: object):
    """Replacement of ``numpy.dtype`` in a checkpoint.

    It returns NumPy's constant, which ignores the state in a pickle. The real function
    makes a copy, on which a forged state could turn bytes into pointers.
    """
    import numpy as np

    if code not in _PLAIN:
        raise pickle.UnpicklingError(f'a checkpoint may not hold arrays of {code!r}')
    return np.dtype(code)


def _history_buffer_method(owner: object, name: str) -> Callable:
    """Replacement of ``getattr`` in a checkpoint for its one use by MMEngine.

    A ``HistoryBuffer`` is pickled with its statistics methods as
    ``getattr(HistoryBuffer, 'mean')``. The real ``getattr`` would give access to
    ``__globals__`` and thereby run code.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in {'min', 'max', 'mean', 'current'}:
        raise pickle.UnpicklingError(f'a checkpoint may not name {owner!r}.{name}')
    return getattr(HistoryBuffer, name)


def downloads_without_code() -> bool:
    """Load downloaded weights with ``weights_only=True``.

    ``torch.utils.model_zoo.load_url``, which MMEngine calls for ``https://``,
    ``torchvision://`` and ``open-mmlab://``, unpickles any object by default
    (open-mmlab/mmengine#1655).
    """
    from mmengine.runner import checkpoint

    if isinstance(checkpoint.load_url, functools.partial):
        return False
    checkpoint.load_url = functools.partial(checkpoint.load_url, weights_only=True)
    return True


def config_text_once() -> bool:
    """Cache the formatted text of a config between checkpoints.

    MMEngine formats the config with yapf for each checkpoint. That takes most of a second,
    two thirds of the time of a short training.
    """
    from mmengine.config import config

    layout = config.FormatCode
    if hasattr(layout, 'kept'):
        return False
    kept: dict[str, tuple] = {}

    def once(text: str, style_config: dict) -> tuple:
        key = f'{text}{style_config}'
        if key not in kept:
            kept.clear()  # a run has one config
            kept[key] = layout(text, style_config=style_config)
        return kept[key]

    once.kept = kept  # type: ignore[attr-defined]
    config.FormatCode = once
    return True


SHIMS: tuple[Callable[[], bool], ...] = (
    packages_without_pkg_resources,
    torchvision_operators,
    mmpose_models_without_mmcv_ops,
    checkpoint_types,
    downloads_without_code,
    config_text_once,
)


def apply() -> None:
    """Run every shim once, in order, and list in :data:`active` those that acted."""
    if active:
        return
    active.extend(shim.__name__ for shim in SHIMS if shim())
