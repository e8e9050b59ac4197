"""Carries MMPose 1.3.2, whose stack is no longer maintained, over today's torch and numpy.

One function a shim. Each names the upstream issue it answers, returns whether it had to
do anything, and does nothing where the real thing works. Run
``mmlandmark doctor`` to see which are active.
"""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Names of the shims that had to act in this process, filled by :func:`apply`.
active: list[str] = []

#: Libraries whose operator schemas must outlive the import that needed them.
_operator_libraries: list = []


def torchvision_operators() -> bool:
    """Let torchvision import beside a torch build that it has no binary for.

    PyPI's torchvision is built for PyPI's CUDA torch; beside a CPU torch its compiled
    operators do not load and the import ends in ``operator torchvision::nms does not
    exist`` (pytorch/vision#9085). Declaring the two schemas is enough for
    ``torchvision.transforms`` and ``torchvision.models``.
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


def xtcocotools_from_pycocotools() -> bool:
    """Answer ``import xtcocotools`` with pycocotools where its binary does not load.

    xtcocotools' only wheel is built for numpy 1 (``numpy.dtype size changed``,
    jin-s13/xtcocoapi#45). MMPose reads annotations with its ``COCO`` class, a copy of
    the one in pycocotools, so that one serves. ``COCOeval`` differs between the two: it
    stays unavailable and says why, because a borrowed one would compute something else.
    """
    try:
        importlib.import_module('xtcocotools.mask')
        return False
    except (ImportError, ValueError):
        pass
    for name in [n for n in sys.modules if n.split('.')[0] == 'xtcocotools']:
        del sys.modules[name]
    package = types.ModuleType('xtcocotools')
    package.__path__ = []  # marks it as a package
    evaluation = types.ModuleType('xtcocotools.cocoeval')
    evaluation.COCOeval = _refuse_cocoeval  # type: ignore[attr-defined]
    sys.modules['xtcocotools'] = package
    sys.modules['xtcocotools.cocoeval'] = evaluation
    for name in ('coco', 'mask'):
        module = importlib.import_module(f'pycocotools.{name}')
        sys.modules[f'xtcocotools.{name}'] = module
        setattr(package, name, module)
    return True


def _refuse_cocoeval(*_args, **_kwargs):
    raise RuntimeError(
        'COCOeval needs xtcocotools built for this numpy: pip install '
        '--no-binary xtcocotools --no-build-isolation --force-reinstall xtcocotools'
    )


class _MissingOperators(types.ModuleType):
    """Stands in for ``mmcv._ext``: any operator can be named, none can be called."""

    def __getattr__(self, name: str) -> Callable:
        if name.startswith('__'):  # the import machinery asks for dunders
            raise AttributeError(name)

        def missing(*_args, **_kwargs):
            raise RuntimeError(
                f'the operator {name} needs full mmcv, not mmcv-lite: make setup-full'
            )

        return missing


def mmpose_models_without_mmcv_ops() -> bool:
    """Import ``mmpose.models`` with mmcv-lite, which has no compiled operators.

    ``mmpose.models`` imports ``mmcv.ops`` unguarded (open-mmlab/mmpose#3250). The
    stand-in is taken away afterwards, since MMEngine's ``mmcv_full_available`` would
    otherwise take it for the real thing.
    """
    with _operators_that_may_be_missing() as missing:
        importlib.import_module('mmpose.models')
    return missing


def mmseg_without_mmcv_ops() -> bool:
    """Import mmsegmentation, which face parts need, with mmcv-lite.

    ``mmseg.models`` imports ``mmcv.ops`` as ``mmpose.models`` does; U-Net and PSPNet
    need none of its operators. Not of ``SHIMS``: mmsegmentation is an extra.

    Raises:
        ImportError: It, or what it imports, is not installed.
    """
    with _operators_that_may_be_missing() as missing:
        importlib.import_module('mmseg.models')
        importlib.import_module('mmseg.datasets')
    return missing


@contextmanager
def _operators_that_may_be_missing() -> Iterator[bool]:
    """Put the stand-in where mmcv's operators are missing; tell whether they were."""
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
    """Let torch's safe loader read the checkpoints that MMEngine writes.

    Since torch 2.6 ``torch.load`` admits tensors and plain containers only, and
    MMEngine 0.10.7 cannot read its own files (open-mmlab/mmengine#1655). Exactly the
    types that MMEngine stores are admitted; ``weights_only`` stays on, so a checkpoint
    from a stranger still cannot run code.
    """
    import numpy as np
    import torch
    from mmengine.logging.history_buffer import HistoryBuffer

    reconstruct = np._core.multiarray._reconstruct  # type: ignore[attr-defined]
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]
    torch.serialization.add_safe_globals(
        [
            HistoryBuffer,
            bytes,  # of an empty array: a scheme without a skeleton has no colours
            np.ndarray,
            (_plain_dtype, 'numpy.dtype'),
            *(type(np.dtype(code)) for code in _PLAIN),
            reconstruct,
            scalar,
            # files written under numpy 1 name the same two functions differently
            (reconstruct, 'numpy.core.multiarray._reconstruct'),
            (scalar, 'numpy.core.multiarray.scalar'),
            (_history_buffer_method, 'builtins.getattr'),
        ]
    )
    return True


#: Types of the numbers that MMEngine stores, as numpy's pickles name them.
_PLAIN = ('f4', 'f8', 'i4', 'i8', 'u1', 'b1')


def _plain_dtype(code: object, *_options: object):
    """Stand for ``numpy.dtype`` in a checkpoint.

    It returns numpy's own constant, which ignores the state that a pickle gives it. On a
    copy, as the real function makes, a forged state turns bytes into pointers.
    """
    import numpy as np

    if code not in _PLAIN:
        raise pickle.UnpicklingError(f'a checkpoint may not hold arrays of {code!r}')
    return np.dtype(code)


def _history_buffer_method(owner: object, name: str) -> Callable:
    """Stand for ``getattr`` in a checkpoint, for the one use MMEngine makes of it.

    A ``HistoryBuffer`` is pickled with its statistics methods as
    ``getattr(HistoryBuffer, 'mean')``. The real ``getattr`` would open a way to
    ``__globals__`` and so to running code.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in {'min', 'max', 'mean', 'current'}:
        raise pickle.UnpicklingError(f'a checkpoint may not name {owner!r}.{name}')
    return getattr(HistoryBuffer, name)


def downloads_without_code() -> bool:
    """Read downloaded weights with ``weights_only=True``.

    ``torch.utils.model_zoo.load_url``, which MMEngine calls for ``https://``,
    ``torchvision://`` and ``open-mmlab://``, still defaults to a full unpickling
    (open-mmlab/mmengine#1655 again).
    """
    from mmengine.runner import checkpoint

    if isinstance(checkpoint.load_url, functools.partial):
        return False
    checkpoint.load_url = functools.partial(checkpoint.load_url, weights_only=True)
    return True


def config_text_once() -> bool:
    """Format a config's text once, and not again for every checkpoint.

    MMEngine writes the whole config into each checkpoint, laid out by yapf, which takes
    most of a second and was two thirds of a short training.
    """
    from mmengine.config import config

    layout = config.FormatCode
    if hasattr(layout, 'kept'):
        return False
    kept: dict[str, tuple] = {}

    def once(text: str, style_config: dict) -> tuple:
        key = f'{text}{style_config}'
        if key not in kept:
            kept.clear()  # one run, one config
            kept[key] = layout(text, style_config=style_config)
        return kept[key]

    once.kept = kept  # type: ignore[attr-defined]
    config.FormatCode = once
    return True


SHIMS: tuple[Callable[[], bool], ...] = (
    torchvision_operators,
    xtcocotools_from_pycocotools,
    mmpose_models_without_mmcv_ops,
    checkpoint_types,
    downloads_without_code,
    config_text_once,
)


def apply() -> None:
    """Run every shim once, in order, and note in :data:`active` which had to act."""
    if active:
        return
    active.extend(shim.__name__ for shim in SHIMS if shim())
