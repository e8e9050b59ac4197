"""What runs a network: torch, OpenVINO or ONNX Runtime; importing this loads none of them.

A network that was exported is a function from an array ``(N, C, H, W)`` to arrays by name.
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

#: Runs a network: its input to its outputs, by name.
Run = Callable[[np.ndarray], Mapping[str, np.ndarray]]

#: What an exported network runs on, the fastest first.
COMPILED = ('openvino', 'onnxruntime')
BACKENDS = ('auto', 'torch', *COMPILED)

#: Of exported files.
SUFFIXES = ('.onnx', '.xml')

#: Where a file keeps what belongs to its network.
METADATA_KEY = 'mmlandmark'


class ConversionError(InputError):
    """A backend that cannot run a model, which another can."""


def cache_folder() -> Path:
    """Where converted networks are kept: ``MMLANDMARK_CACHE``, else the user's cache."""
    if named := os.environ.get('MMLANDMARK_CACHE'):
        return Path(named)
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'mmlandmark'


def is_exported(source: object) -> bool:
    """Whether a detector is named by an exported file."""
    return isinstance(source, (str, Path)) and Path(source).suffix in SUFFIXES


def checked_backend(backend: str) -> str:
    """A backend's name, one of ``BACKENDS``.

    Raises:
        InputError: There is none of that name.
    """
    if backend not in BACKENDS:
        raise InputError(
            f'backend must be one of {", ".join(BACKENDS)}, not {backend!r}'
        )
    return backend


def runtime_for(path: Path, backend: str, device: str | None = None) -> str:
    """What an exported file is run on.

    Args:
        path: An ``.onnx`` or OpenVINO ``.xml`` file.
        backend: One of ``BACKENDS``; ``'auto'`` takes the fastest that is installed.
        device: None or ``'cpu'``: both run on the CPU.

    Raises:
        InputError: It is not installed, or does not run such a file, or not there.
    """
    checked_backend(backend)
    if device not in (None, 'cpu'):
        raise InputError(f'an exported model runs on the CPU, not on {device!r}')
    able = ('openvino',) if path.suffix == '.xml' else COMPILED
    if backend == 'auto':
        backend = next((name for name in able if find_spec(name)), able[-1])
    if backend not in able:
        raise InputError(f'{path.name} runs on {" or ".join(able)}, not on {backend}')
    if not find_spec(backend):
        raise InputError(f'{path.name} needs {backend}: pip install {backend}')
    return backend


def open_network(path: Path, runtime: str) -> tuple[Run, str | None]:
    """Open an exported file.

    Args:
        path: As :func:`runtime_for` takes it.
        runtime: What :func:`runtime_for` returned.

    Returns:
        What runs it, and the text of its metadata; None where it has none.

    Raises:
        InputError: There is no such file, or it is damaged.
    """
    if not path.is_file():
        raise InputError(f'no exported model at {path}')
    if path.suffix == '.xml' and not path.with_suffix('.bin').is_file():
        raise InputError(
            f'the weights of {path.name}, {path.stem}.bin, are not beside it'
        )
    with _said(f'{path} cannot be opened by {runtime}'):
        run, text = dict(openvino=_openvino, onnxruntime=_onnxruntime)[runtime](path)

    def run_said(images: np.ndarray) -> Mapping[str, np.ndarray]:
        with _said(f'{path} cannot be run by {runtime}'):
            return run(images)

    return run_said, text


@contextmanager
def _said(what: str) -> Iterator[None]:
    """A runtime's failure inside becomes one line: what failed, and its own last line."""
    try:
        yield
    except Exception as error:
        # ONNX Runtime's own errors have no common class but Exception
        own = type(error).__module__.startswith('onnxruntime')
        if not own and not isinstance(error, (RuntimeError, ValueError, OSError)):
            raise
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f'{what}: {lines[-1][:160]}') from None


def threads() -> int:
    """How many a network runs on: ``OMP_NUM_THREADS``, else one for each core."""
    named = os.environ.get('OMP_NUM_THREADS', '')
    return int(named) if named.isdigit() and named != '0' else usable_cores()


def usable_cores() -> int:
    """How many cores this process may use, as far as the system says."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_CORE = Lock()


def openvino_core() -> Any:
    """The only one, kept for good.

    Each new Core moves the thread's alternate signal stack and puts its predecessor's back
    when it goes. If that one has gone before, the next signal (of a data worker's end)
    is delivered to freed memory and kills the process (OpenVINO 2026.4).
    """
    with _CORE:  # or two threads that come first make one each
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
        # or the threads of several processes are all pinned to the first core
        'ENABLE_CPU_PINNING': False,
    }
    model = openvino_core().read_model(path)
    # an .onnx file's metadata_props come under 'framework'
    keys = [METADATA_KEY] if path.suffix == '.xml' else ['framework', METADATA_KEY]
    text = model.get_rt_info(keys).astype(str) if model.has_rt_info(keys) else None
    compiled = openvino_core().compile_model(model, 'CPU', settings)
    names = [output.any_name for output in compiled.outputs]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        # a request for each call: compiled(...) has one for all, and a thread would get
        # what another one's call has left in it
        found = compiled.create_infer_request().infer([images], share_outputs=False)
        return {name: found[i] for i, name in enumerate(names)}

    return run, text


def _onnxruntime(path: Path) -> tuple[Run, str | None]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.log_severity_level = 3  # errors alone
    session = onnxruntime.InferenceSession(
        path, options, providers=['CPUExecutionProvider']
    )
    (given,) = session.get_inputs()
    names = [output.name for output in session.get_outputs()]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {given.name: images}), strict=True))

    return run, session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
