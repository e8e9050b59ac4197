"""Read the tensors of a TorchScript file without running its code.

``torch.jit.load`` runs code in the file (``__setstate__``), which can open other files.
This module reads the pickle in the archive and replaces the file's classes by plain
containers of their attributes.
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

#: Largest description of a network, bytes; that of a published FAN has some 100,000.
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
    """Whether a file is an archive that contains code."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any('/code/' in name for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_torchscript(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors of a TorchScript file by their names; no code in it is run.

    Raises:
        InputError: It is damaged, or cannot be read without running its code.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise InputError(
                    f'{path} is damaged: the checksum of {damaged} differs'
                )
            root = _Unpickler(archive).load()
        if not isinstance(root, _Module):
            raise pickle.UnpicklingError('it holds no module')
        return dict(_tensors(root, ''))
    except InputError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise InputError(
            f'{path} cannot be read without running its code ({error or "damaged"}): in an '
            'isolated environment run torch.save(torch.jit.load(FILE).state_dict(), '
            'NEW_FILE), and convert that file'
        ) from None


class _Module:
    """The attributes of an object in the file, without the code of its class."""

    def __init__(self, *_arguments):
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError('a class is restored by its own code')
        self.attributes = {str(name): value for name, value in state.items()}


# the Python implementation: the C one allocates any amount of memory a pickle asks for
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
            return _Module
        if module == 'torch' and name in _STORAGES:
            return _STORAGES[name]
        allowed = {
            ('torch._utils', '_rebuild_tensor_v2'): _rebuilt,
            ('collections', 'OrderedDict'): OrderedDict,
        }
        # lists of numbers, tagged with their type
        if module == 'torch.jit._pickle' and name.startswith('build_'):
            return _unchanged
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f'it names {module}.{name}')
        return allowed[module, name]

    def persistent_load(self, pid: Any) -> torch.Tensor:
        kind, dtype, key, _device, count = pid
        if kind != 'storage' or dtype not in _STORAGES.values():
            raise pickle.UnpicklingError('it refers to data other than numbers')
        data = self._archive.read(f'{self._prefix}/data/{key}')
        if len(data) != count * dtype.itemsize:
            raise pickle.UnpicklingError(f'data/{key} has another length than stated')
        if not data:
            return torch.empty(0, dtype=dtype)
        return torch.frombuffer(bytearray(data), dtype=dtype)


def _rebuilt(storage, offset, size, stride, *_options) -> torch.Tensor:
    """A tensor of its storage; refused if it is larger."""
    if not isinstance(storage, torch.Tensor) or math.prod(size) > storage.numel():
        raise pickle.UnpicklingError('a tensor is larger than its storage')
    return torch.as_strided(storage, size, stride, offset).clone()


def _unchanged(value, *_options) -> Any:
    return value


def _tensors(root: _Module, prefix: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors of a module and its submodules, named as in ``state_dict``."""
    left, seen = [(prefix, root)], set()
    while left:
        prefix, module = left.pop()
        if id(module) in seen:
            raise pickle.UnpicklingError('modules contain each other')
        seen.add(id(module))
        for name, value in module.attributes.items():
            if isinstance(value, torch.Tensor):
                yield prefix + name, value
            elif isinstance(value, _Module):
                left.append((f'{prefix}{name}.', value))
