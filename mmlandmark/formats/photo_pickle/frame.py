"""Reads the columns of a pickled DataFrame without pandas.

pandas' compiled code does not check bounds and crashes on a damaged pickle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .unpickler import Recorded, load_pickle


def read_frame(path: Path) -> dict[str, np.ndarray]:
    """Read a pickled DataFrame, without its index.

    Returns:
        Column name to its values ``(N,)``; missing values are NaN or None.

    Raises:
        InputError: The pickle refers to types that such a table does not need, or has
            forged arrays.
        Exception: Of any type: the file is damaged, or not a DataFrame.
    """
    frame = load_pickle(path)
    if not _is(frame, 'DataFrame'):
        kind = frame.name if isinstance(frame, Recorded) else type(frame).__name__
        raise TypeError(f'it holds a {kind}, not a DataFrame')
    state = frame.state
    blocks, axes = _blocks(state['_mgr'] if '_mgr' in state else state['_data'])
    names = _values(axes[0]).tolist()
    columns: dict[int, np.ndarray] = {}
    for values, placement in blocks:
        places = _places(placement, len(names))
        rows = _rows(_values(values), len(places))
        if columns.keys() & set(places) or len(places) != len(set(places)):
            raise ValueError('two blocks hold one column')
        columns.update(zip(places, rows, strict=True))
    if sorted(columns) != list(range(len(names))):
        raise ValueError('a column has no values')
    if not all(isinstance(name, (str, int)) for name in names):
        raise TypeError('the name of a column is not text')
    if len(set(names)) != len(names):
        raise ValueError('two columns have one name')
    if len({len(values) for values in columns.values()}) > 1:
        raise ValueError('its columns differ in length')
    return {str(name): columns[i] for i, name in enumerate(names)}


def _is(value: object, *names: str) -> bool:
    return isinstance(value, Recorded) and value.name in names


def _blocks(manager: Recorded) -> tuple[list[tuple[Any, Any]], list]:
    """Values and placement of each block, and the axes, as in pandas 1 to 3."""
    if not _is(manager, 'BlockManager'):
        raise TypeError('it has no BlockManager')
    if manager.args:
        blocks, axes = manager.args[:2]
        return [(block.args[0], block.args[1]) for block in blocks], axes
    whole = manager.state[-1]['0.14.1']
    return [(b['values'], b['mgr_locs']) for b in whole['blocks']], whole['axes']


def _places(placement: Any, count: int) -> list[int]:
    if isinstance(placement, slice):
        return list(range(count)[placement])
    return [int(place) for place in placement]


def _rows(values: np.ndarray, count: int) -> list[np.ndarray]:
    """Split the values of a block into its ``count`` columns; one may be 1-dimensional."""
    rows = values[None] if values.ndim == 1 else values
    if rows.ndim != 2 or len(rows) != count:
        raise ValueError(f'a block of {count} columns has values of {values.shape}')
    return list(rows)


def _values(value: Any) -> np.ndarray:
    """The values of an array, an index, a string array or a categorical."""
    if isinstance(value, np.ndarray):
        return value
    if _is(value, '_new_Index'):
        return _values(value.args[1]['data'])
    if not isinstance(value, Recorded):
        raise TypeError(f'a column is {type(value).__name__}')
    parts = _parts(value)
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    kinds = [part for part in parts if _is(part, 'CategoricalDtype')]
    if kinds:
        (codes,) = arrays
        categories = _values(kinds[0].state['categories']).astype(object)
        # code -1 is a missing value: the last entry
        return np.append(categories, np.array([np.nan], object))[codes]
    if arrays:
        return arrays[0]
    (chunks,) = (part for part in parts if hasattr(part, 'to_pylist'))
    return np.array(chunks.to_pylist(), object)


def _parts(value: Recorded) -> list:
    """The arguments and the state of a recorded array."""
    state = value.state
    more = list(state.values()) if isinstance(state, dict) else list(state or ())
    args = [a for arg in value.args for a in (arg if isinstance(arg, tuple) else [arg])]
    return [*args, *more]
