"""The tensors of a TorchScript file, read without its code.

``torch.jit.load`` runs what a file brings along (``__setstate__``), with functions that
open files. Here the pickle in the archive is read, and classes of the file are only holders
of what they are given.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from ...errors import InputError

#: Bytes of the description of a network; a published FAN has some hundred thousand.
_MAX_PICKLE = 2**26

_STORAGES = {
    'FloatStorage': torch.float32,
    'DoubleStorage': torch.float64,
    'HalfStorage': torch.float16,
    'LongStorage': torch.int64,
    'IntStorage': torch.int32,
    'ByteStorage': torch.uint8,
    'BoolStorage': torch.bool,
}


def is_torchscript(path: str | Path) -> bool:
    """Whether a file is an archive with code."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any('/code/' in name for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_torchscript(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors of a TorchScript file by their names; nothing of it is run.

    Raises:
        InputError: It is damaged, or needs its code to be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise InputError(
                    f'{path} is damaged: the checksum of {damaged} differs'
                )
            root = _Unpickler(archive).load()
        if not isinstance(root, _Held):
            raise pickle.UnpicklingError('it holds no module')
        return dict(_tensors(root, ''))
    except InputError:
        raise
    except Exception as error:  # a damaged pickle can raise any
        raise InputError(
            f'{path} is not readable without running its code ({error or "damaged"}): on a '
            'machine that you can lose, torch.save(torch.jit.load(FILE).state_dict(), '
            'NEW_FILE), and convert that'
        ) from None


class _Held:
    """An object of a class of the file: what it was given, and no code."""

    def __init__(self, *_arguments):
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError('a class restores itself by code')
        self.attributes = {str(name): value for name, value in state.items()}


# the one in Python: that in C lets a pickle ask for any amount of memory
class _Unpickler(pickle._Unpickler):  # type: ignore[name-defined]
    def __init__(self, archive: zipfile.ZipFile):
        names = archive.namelist()
        self._prefix = names[0].split('/')[0]
        self._archive = archive
        info = archive.getinfo(f'{self._prefix}/data.pkl')
        if info.file_size > _MAX_PICKLE:
            raise pickle.UnpicklingError('the description of the network is too long')
        super().__init__(io.BytesIO(archive.read(info)))

    def find_class(self, module: str, name: str) -> Any:
        if module.split('.')[0] == '__torch__':
            return _Held
        if module == 'torch' and name in _STORAGES:
            return _STORAGES[name]
        allowed = {
            ('torch._utils', '_rebuild_tensor_v2'): _rebuilt,
            ('collections', 'OrderedDict'): OrderedDict,
        }
        # lists of numbers and the like, tagged with their type
        if module == 'torch.jit._pickle' and name.startswith('build_'):
            return _same
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f'it names {module}.{name}')
        return allowed[module, name]

    def persistent_load(self, pid: Any) -> torch.Tensor:
        kind, dtype, key, _device, count = pid
        if kind != 'storage' or dtype not in _STORAGES.values():
            raise pickle.UnpicklingError('it refers to something else than numbers')
        data = self._archive.read(f'{self._prefix}/data/{key}')
        if len(data) != count * dtype.itemsize:
            raise pickle.UnpicklingError(f'data/{key} has another length than it says')
        if not data:
            return torch.empty(0, dtype=dtype)
        return torch.frombuffer(bytearray(data), dtype=dtype)


def _rebuilt(storage, offset, size, stride, *_options) -> torch.Tensor:
    """A tensor in its storage, which it must lie in and not exceed."""
    if not isinstance(storage, torch.Tensor) or math.prod(size) > storage.numel():
        raise pickle.UnpicklingError('a tensor is larger than its storage')
    return torch.as_strided(storage, size, stride, offset).clone()


def _same(value, *_options) -> Any:
    return value


def _tensors(held: _Held, prefix: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors of a module and of the modules in it, named as ``state_dict`` does."""
    left, seen = [(prefix, held)], set()
    while left:
        prefix, held = left.pop()
        if id(held) in seen:
            raise pickle.UnpicklingError('modules hold one another')
        seen.add(id(held))
        for name, value in held.attributes.items():
            if isinstance(value, torch.Tensor):
                yield prefix + name, value
            elif isinstance(value, _Held):
                left.append((f'{prefix}{name}.', value))
