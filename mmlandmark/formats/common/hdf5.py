"""Opens HDF5 files, and turns every error of a damaged one into an InputError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError

#: Largest array that is read, bytes: a damaged file may state any size.
MAX_BYTES = 2**31


def require_h5py(path: Path) -> Any:
    """The module h5py, for a file that is read or written.

    Raises:
        InputError: It is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise InputError(
            f'{path} is HDF5, which needs h5py: pip install mmlandmark'
        ) from None
    return h5py


@contextmanager
def opened_hdf5(path: Path, what: str) -> Iterator[Any]:
    """Open an HDF5 file.

    Args:
        path: The file.
        what: What it should be, for messages.

    Raises:
        InputError: No such file, it cannot be read, h5py is not installed, or the block
            raises any exception.
    """
    h5py = require_h5py(path)
    if not path.is_file():
        raise InputError(f'no file {path}')
    try:
        with h5py.File(path, 'r') as file:
            yield file
    except InputError as error:
        raise InputError(f'{path}: {error}') from None
    # h5py raises any exception on a damaged file
    except Exception as error:
        text = ' '.join(str(error).split())[:200]
        raise InputError(f'{path} cannot be read as {what}: {text}') from None


def array_of(group: Any, name: str) -> np.ndarray:
    """The values of a dataset.

    Raises:
        InputError: It is missing, no dataset, or too large.
    """
    data = group.get(name)
    if not hasattr(data, 'dtype'):
        raise InputError(f'it has no dataset {name}')
    if data.size * data.dtype.itemsize > MAX_BYTES:
        raise InputError(f'its dataset {name} has {data.shape} values: too many')
    return np.asarray(data[()])


def text_of_hdf5(value: Any) -> str:
    """A text attribute or element, which may be bytes of UTF-8."""
    return value.decode('utf-8') if isinstance(value, bytes) else str(value)
