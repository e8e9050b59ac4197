"""A restricted unpickler for DataFrames, safe against hostile and damaged files.

Loading a pickle can run code. Here calls of pandas are not made but recorded as
:class:`Recorded`; :mod:`.frame` takes the columns from the records. Only arrays are
created, and their state is checked before numpy, which trusts a pickle, uses it.
"""

from __future__ import annotations

import math
import mmap
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError

# Names in a pickled DataFrame of numbers, strings and arrays, for pandas 1 to 3.
_PANDAS = {
    'pandas': {
        *('DataFrame', 'Index', 'RangeIndex', 'StringDtype'),
        *('Categorical', 'CategoricalDtype'),
    },
    'pandas.arrays': {'ArrowStringArray', 'StringArray'},
    'pandas.core.frame': {'DataFrame'},
    'pandas.core.internals.managers': {'BlockManager'},
    'pandas.core.internals.blocks': {'new_block'},
    'pandas._libs.internals': {'_unpickle_block'},
    'pandas._libs.arrays': {'__pyx_unpickle_NDArrayBacked'},
    'pandas.core.indexes.base': {'Index', '_new_Index'},
    'pandas.core.indexes.range': {'RangeIndex'},
    'pandas.core.indexes.numeric': {'Int64Index', 'UInt64Index', 'Float64Index'},
    'pandas.core.arrays.string_': {'StringArray', 'StringDtype'},
    'pandas.core.arrays.string_arrow': {'ArrowStringArray'},
    'pandas.core.arrays.categorical': {'Categorical'},
    'pandas.core.dtypes.dtypes': {'CategoricalDtype'},
}


@dataclass
class Recorded:
    """A call in a pickle, and the state that the pickle sets on its result."""

    name: str
    args: tuple
    state: Any = None


@dataclass(frozen=True)
class _Recorder:
    """Placeholder for a name of pandas."""

    name: str

    def __call__(self, *args) -> Recorded:
        return Recorded(self.name, args)


def load_pickle(path: Path) -> Any:
    """Load a pickle of permitted types.

    Returns:
        Plain values, arrays of numbers, strings or objects, and :class:`Recorded`.

    Raises:
        InputError: It refers to another type, or has a forged array.
        Exception: Of any type: the file is damaged.
    """
    # reading from a memory map: a forged length cannot allocate more than the file has
    with (
        path.open('rb') as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return _TableUnpickler(data).load()


class _ArrayType:
    """Placeholder for ``numpy.ndarray``, which a pickle names but does not call."""


def _plain_dtype(dtype: object) -> np.dtype:
    """A dtype of numbers, strings or objects; structured ones can hide pointers."""
    checked = np.dtype(dtype)  # type: ignore[call-overload]
    if checked.names or checked.subdtype or checked.metadata:
        raise InputError(f'has an array of type {str(checked)[:40]}: it was refused')
    return checked


def _dtype(spec: str, align: bool = False, copy: bool = False) -> np.dtype:
    if not isinstance(spec, str):
        raise InputError('has an array type that is not a name: it was refused')
    return np.dtype(_plain_dtype(spec), copy=True)  # type: ignore[call-overload]


def _check_dtype_state(dtype: np.dtype, state: object) -> None:
    """Accept only states that numpy writes: forged flags turn bytes into pointers."""
    plain = _plain_dtype(dtype)
    orders = [plain.newbyteorder('<'), plain.newbyteorder('>')]
    whole = isinstance(state, tuple) and all(
        value is None or isinstance(value, (int, str)) for value in state
    )
    if not whole or state not in [order.__reduce__()[2] for order in orders]:
        raise InputError('forges the type of an array: it was refused')


def _reconstruct(kind: object, shape: object, dtype: object) -> np.ndarray:
    return np.empty(0, np.int8)  # shape and type come with its state


def _check_array_state(state: object) -> None:
    if not isinstance(state, tuple) or len(state) != 5:
        raise InputError('has an array without its shape: it was refused')
    _, shape, dtype, _, raw = state
    if not isinstance(dtype, np.dtype):
        raise InputError('has an array without a type: it was refused')
    count = _count(shape)
    whole = (
        isinstance(raw, list) and len(raw) == count and not any(map(_is_nested, raw))
        if _plain_dtype(dtype).hasobject
        else isinstance(raw, bytes) and len(raw) == count * dtype.itemsize
    )
    if not whole:
        raise InputError(f'has an array of shape {shape} without its values')


def _is_nested(value: object) -> bool:
    # nested arrays of objects overflow the stack when they are freed
    return isinstance(value, np.ndarray) and value.dtype.hasobject


def _count(shape: object) -> int:
    sizes = shape if isinstance(shape, tuple) else ()
    if not isinstance(shape, tuple) or not all(
        isinstance(size, int) and size >= 0 for size in sizes
    ):
        raise InputError('has an array without a shape: it was refused')
    return math.prod(sizes)


def _scalar(dtype: np.dtype, raw: bytes = b'') -> object:
    if _plain_dtype(dtype).hasobject or len(raw) != dtype.itemsize:
        raise InputError('has a number without its value')
    return np.frombuffer(raw, dtype)[0]


def _frombuffer(
    raw: bytes, dtype: np.dtype, shape: tuple, order: str, axes: object = None
) -> np.ndarray:
    _count(shape)
    flat = np.frombuffer(raw, _plain_dtype(dtype))
    if axes is not None:  # numpy 2.3 and later
        return flat.reshape(shape).transpose(axes)  # type: ignore[call-overload]
    return flat.reshape(shape, order='F' if order == 'F' else 'C')


def _bytearray(raw: bytes | str = b'', encoding: str = 'latin-1') -> bytearray:
    if isinstance(raw, int):
        raise InputError('requests uninitialised memory: it was refused')
    return bytearray(raw.encode('latin-1') if isinstance(raw, str) else raw)


def _no_bytes() -> bytes:
    return b''  # empty bytes before protocol 3


def _encode(text: str, encoding: str) -> bytes:
    return text.encode('latin-1')  # bytes before protocol 3


def _reconstructor(kind: _Recorder, base: object, state: object) -> Recorded:
    return kind()


def _restored(data: tuple) -> Any:
    """A validated pyarrow array; a forged one would be read out of bounds."""
    import pyarrow

    array = pyarrow.lib._restore_array(data)
    array.validate(full=True)
    return array


def _arrow(name: str) -> Callable:
    import pyarrow

    return _restored if name == '_restore_array' else getattr(pyarrow.lib, name)


_BUILTINS = {
    'slice': slice, 'object': object, 'list': list, 'dict': dict, 'set': set,
    'bytearray': _bytearray,
    'bytes': _no_bytes,
}  # fmt: skip
_MULTIARRAY = {'_reconstruct': _reconstruct, 'scalar': _scalar}

#: Checked replacements of the other names in a DataFrame, for numpy 1 and 2.
_CHECKED: dict[str, dict[str, Any]] = {
    'builtins': _BUILTINS,
    '__builtin__': _BUILTINS,
    'copyreg': {'_reconstructor': _reconstructor},
    'copy_reg': {'_reconstructor': _reconstructor},
    '_codecs': {'encode': _encode},
    'numpy': {'ndarray': _ArrayType, 'dtype': _dtype},
    'numpy.core.multiarray': _MULTIARRAY,
    'numpy._core.multiarray': _MULTIARRAY,
    'numpy.core.numeric': {'_frombuffer': _frombuffer},
    'numpy._core.numeric': {'_frombuffer': _frombuffer},
    'pandas._libs.missing': {'NA': np.nan},
    'pandas': {'NA': np.nan},
}
# strings, where pyarrow was installed
_PYARROW = {'_restore_array', 'type_for_alias', 'py_buffer', 'chunked_array'}


# the unpickler in Python, whose opcodes can be overridden
_Unpickler: Any = pickle._Unpickler  # type: ignore[attr-defined]


class _TableUnpickler(_Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _PANDAS.get(module, ()):
            return _Recorder(name)
        if module == 'pyarrow.lib' and name in _PYARROW:
            return _arrow(name)
        if name in _CHECKED.get(module, ()):
            return _CHECKED[module][name]
        raise InputError(
            f'refers to {module[:80]}.{name[:80]}, which a table of images and points '
            'does not need: it was refused and nothing was run'
        )

    def load_newobj(self):
        kind, args = self.stack[-2:]
        if not isinstance(kind, _Recorder):
            raise InputError(
                'creates an object of a type that is not permitted: refused'
            )
        self.stack[-2:] = [kind(*args)]

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Recorded):
            target.state = state
            return
        if isinstance(target, np.dtype):
            _check_dtype_state(target, state)
        elif isinstance(target, np.ndarray):
            _check_array_state(state)
        else:
            raise InputError('sets attributes of a class or function: it was refused')
        target.__setstate__(state)

    def load_setitem(self):
        self._refuse_other(self.stack[-3])
        super().load_setitem()

    def load_setitems(self):
        self._refuse_other(self.metastack[-1][-1])
        super().load_setitems()

    def _refuse_other(self, target: object) -> None:
        if not isinstance(target, dict):
            raise InputError(
                'sets an item of an object that is not a dictionary: it was refused'
            )

    def load_bytearray8(self):
        (size,) = struct.unpack('<Q', self.read(8))
        self.append(bytearray(self.read(size)))

    dispatch = {  # noqa: RUF012
        **_Unpickler.dispatch,
        pickle.NEWOBJ[0]: load_newobj,
        pickle.NEWOBJ_EX[0]: load_newobj,
        pickle.BUILD[0]: load_build,
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.BYTEARRAY8[0]: load_bytearray8,
    }
