"""Runs exported networks with OpenVINO or ONNX Runtime; importing this loads neither.

An exported network is a function from an array ``(N, C, H, W)`` to arrays by name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ...errors import InputError
from ...utils.distribution import pip_install
from ...utils.exported_file import METADATA_KEY

#: An opened network: a function from its input ``(N, C, H, W)`` to its outputs by name.
Run = Callable[[np.ndarray], Mapping[str, np.ndarray]]

#: Runtimes of exported networks, the fastest one for the released models first.
COMPILED = ('onnxruntime', 'openvino')
BACKENDS = ('auto', 'torch', *COMPILED)

#: Suffixes of exported files: ONNX, and the OpenVINO representation.
SUFFIXES = ('.onnx', '.xml')


class ConversionError(InputError):
    """A model cannot be exported, so only torch can run it."""


def is_exported(source: object) -> bool:
    """Whether a detector's source is the path of an exported file."""
    return isinstance(source, (str, Path)) and Path(source).suffix in SUFFIXES


def check_backend(backend: str, device: str | None = None) -> None:
    """Check that a backend can be used on a device, without loading it.

    Raises:
        InputError: There is no such backend, it is not installed, or it does not run on
            the device.
    """
    if backend not in BACKENDS:
        raise InputError(
            f'backend must be one of {", ".join(BACKENDS)}, not {backend!r}'
        )
    if backend not in COMPILED:
        return
    require_packages(backend)
    if device not in (None, 'cpu'):
        raise InputError(f'backend {backend!r} runs on the CPU, not on {device!r}')


def require_packages(backend: str, *others: str) -> None:
    """Check that a backend's packages are installed.

    Raises:
        InputError: A package is not installed.
    """
    missing = [name for name in (backend, *others) if not find_spec(name)]
    if missing:
        # mmlandmark requires all but OpenVINO
        install = (
            pip_install('openvino')
            if 'openvino' in missing
            else 'pip install mmlandmark'
        )
        raise InputError(f'backend {backend!r} needs {", ".join(missing)}: {install}')


def runtimes_of(path: Path) -> tuple[str, ...]:
    """The runtimes that run an ``.onnx`` or OpenVINO ``.xml`` file, the first preferred."""
    return ('openvino',) if path.suffix == '.xml' else COMPILED


def runtime_for(path: Path, backend: str, device: str | None = None) -> str:
    """The runtime of an exported file.

    Args:
        path: An ``.onnx`` or OpenVINO ``.xml`` file.
        backend: One of ``BACKENDS``; ``'auto'`` selects the fastest that is installed.
        device: None or ``'cpu'``.

    Raises:
        InputError: The backend is not installed, or does not run this file or on this
            device.
    """
    if backend not in BACKENDS:
        check_backend(backend)
    if device not in (None, 'cpu'):
        raise InputError(f'an exported model runs on the CPU, not on {device!r}')
    able = runtimes_of(path)
    if backend == 'auto':
        backend = next((name for name in able if find_spec(name)), able[0])
    if backend not in able:
        raise InputError(f'{path.name} runs on {" or ".join(able)}, not on {backend}')
    if not find_spec(backend):
        raise InputError(f'{path.name} needs {backend}: pip install {backend}')
    return backend


def open_network(path: Path, runtime: str) -> tuple[Run, str | None]:
    """Open an exported file.

    Args:
        path: An ``.onnx`` or OpenVINO ``.xml`` file.
        runtime: One of ``COMPILED``, as :func:`runtime_for` returns it.

    Returns:
        The network, and its metadata as JSON text; None where the file has none.

    Raises:
        InputError: There is no such file, or it is damaged.
    """
    if not path.is_file():
        raise InputError(f'no exported model at {path}')
    if path.suffix == '.xml' and not path.with_suffix('.bin').is_file():
        raise InputError(
            f'the weights of {path.name}, {path.stem}.bin, are not beside it'
        )
    with _one_line_error(f'{path} cannot be opened by {runtime}'):
        run, text = dict(openvino=_openvino, onnxruntime=_onnxruntime)[runtime](path)

    def run_checked(images: np.ndarray) -> Mapping[str, np.ndarray]:
        with _one_line_error(f'{path} cannot be run by {runtime}'):
            return run(images)

    return run_checked, text


@contextmanager
def _one_line_error(what: str) -> Iterator[None]:
    """Turn a runtime's exception into an InputError: what failed, and its last line."""
    try:
        yield
    except Exception as error:
        # ONNX Runtime's exceptions have no common base class but Exception
        own = type(error).__module__.startswith('onnxruntime')
        if not own and not isinstance(error, (RuntimeError, ValueError, OSError)):
            raise
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f'{what}: {lines[-1][:160]}') from None


def threads() -> int:
    """Threads of a network: ``OMP_NUM_THREADS``, else one per core."""
    named = os.environ.get('OMP_NUM_THREADS', '')
    return int(named) if named.isdigit() and named != '0' else usable_cores()


def usable_cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_CORE = Lock()


def openvino_core() -> Any:
    """The process's only OpenVINO Core; it is never deleted.

    A new Core replaces the thread's alternate signal stack and restores its predecessor's
    when it is deleted. If that one was freed earlier, the next signal (such as the end of a
    data worker) is delivered to freed memory and kills the process (OpenVINO 2026.4).
    """
    with _CORE:  # two threads at once would make one each
        return _core()


@cache
def _core() -> Any:
    import openvino

    return openvino.Core()


def _openvino(path: Path) -> tuple[Run, str | None]:
    settings = {
        'PERFORMANCE_HINT': 'LATENCY',
        'INFERENCE_PRECISION_HINT': 'f32',
        'INFERENCE_NUM_THREADS': threads(),
        # otherwise the threads of several processes are all pinned to the first core
        'ENABLE_CPU_PINNING': False,
    }
    model = openvino_core().read_model(path)
    # OpenVINO puts the metadata_props of an .onnx file under 'framework'
    keys = [METADATA_KEY] if path.suffix == '.xml' else ['framework', METADATA_KEY]
    text = model.get_rt_info(keys).astype(str) if model.has_rt_info(keys) else None
    compiled = openvino_core().compile_model(model, 'CPU', settings)
    names = [output.any_name for output in compiled.outputs]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        # one request per call: compiled(...) shares one between threads, and a thread
        # could get the outputs of another thread's call
        found = compiled.create_infer_request().infer([images], share_outputs=False)
        return {name: found[i] for i, name in enumerate(names)}

    return run, text


def _onnxruntime(path: Path) -> tuple[Run, str | None]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.log_severity_level = 3  # errors only
    session = onnxruntime.InferenceSession(
        path, options, providers=['CPUExecutionProvider']
    )
    (given,) = session.get_inputs()
    names = [output.name for output in session.get_outputs()]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {given.name: images}), strict=True))

    return run, session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
