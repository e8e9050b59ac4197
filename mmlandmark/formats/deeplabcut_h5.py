"""Reads DeepLabCut's ``CollectedData_SCORER.h5``: a DataFrame that pandas wrote as HDF5.

DeepLabCut writes the table ``df_with_missing``, in pandas' layout ``fixed`` (today) or
``table`` (earlier). Both are read by h5py alone: of ``fixed`` all is plain arrays; of
``table`` the headings are pickled, and read by an unpickler that makes only text, numbers,
lists and tuples. The same table as CSV lies beside it.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .common.hdf5 import array_of, opened_hdf5, text_of_hdf5

KEY = 'df_with_missing'
SUFFIXES = ('.h5', '.hdf5', '.hdf')
#: The headings by the number of levels of the columns.
_HEADS = {
    3: ('scorer', 'bodyparts', 'coords'),
    4: ('scorer', 'individuals', 'bodyparts', 'coords'),
}

Columns = list[tuple[str, ...]]


class _PlainUnpickler(pickle.Unpickler):
    """Refuses everything that is not built in: a pickle can run code."""

    def find_class(self, module: str, name: str) -> Any:
        raise InputError(f'its headings need {module}.{name}, which is not read')


def table_rows(file: Path) -> Iterator[list[str]]:
    """The rows of the table as its CSV file has them: headings, then a row per image.

    Args:
        file: The ``.h5`` file.

    Raises:
        InputError: No such file, or not a table of DeepLabCut.
    """
    try:
        with opened_hdf5(file, 'a table of DeepLabCut') as data:
            names, columns, values = _content(_frame(data))
    except InputError as error:
        beside = file.with_suffix('.csv')
        hint = f'; read {beside.name} beside it' if beside.is_file() else ''
        raise InputError(f'{error}{hint}') from None
    empty = [''] * (len(names[0]) - 1 if names else 0)
    heads = _HEADS[len(columns[0])]
    for title, texts in zip(heads, zip(*columns, strict=True), strict=True):
        yield [title, *empty, *texts]
    for name, row in zip(names, values.tolist(), strict=True):
        yield [*name, *('' if math.isnan(value) else repr(value) for value in row)]


def _content(group: Any) -> tuple[Columns, Columns, np.ndarray]:
    """The levels of each image name and of each column, and the values."""
    kind = text_of_hdf5(group.attrs['pandas_type'])
    if kind not in ('frame', 'frame_table'):
        raise InputError(f'its table is of the type {kind[:40]!r}, not frame')
    names, columns, values = _fixed(group) if kind == 'frame' else _table(group)
    if not columns or len(columns[0]) not in _HEADS:
        raise InputError('its columns have no headings scorer, bodyparts and coords')
    if values.shape != (len(names), len(columns)):
        raise InputError(
            f'it has {len(names)} rows, {len(columns)} columns and {values.shape} values'
        )
    return names, columns, np.asarray(values, float)


def _frame(data: Any) -> Any:
    tables = [group for group in data.values() if 'pandas_type' in group.attrs]
    named = data.get(KEY)
    if named is not None and 'pandas_type' in named.attrs:
        return named
    if len(tables) != 1:
        raise InputError(f'it has {len(tables)} tables of pandas and no {KEY}')
    return tables[0]


def _fixed(group: Any) -> tuple[Columns, Columns, np.ndarray]:
    columns, names = _index(group, 'axis0'), _index(group, 'axis1')
    found: dict[tuple[str, ...], np.ndarray] = {}
    for number in range(int(group.attrs['nblocks'])):
        data = group.get(f'block{number}_values')
        values = array_of(group, f'block{number}_values')
        # pandas keeps blocks column by column, and marks them as transposed on writing
        values = values.T if data.attrs.get('transposed') else values
        items = _index(group, f'block{number}_items')
        found.update(zip(items, values, strict=True))
    return names, columns, np.array([found[column] for column in columns]).T


def _index(group: Any, name: str) -> Columns:
    """The texts of an axis, a tuple of its levels each."""
    if text_of_hdf5(group.attrs[f'{name}_variety']) != 'multi':
        return [(text,) for text in _texts(array_of(group, name))]
    levels = []
    for i in range(int(group.attrs[f'{name}_nlevels'])):
        texts = _texts(array_of(group, f'{name}_level{i}'))
        labels = array_of(group, f'{name}_label{i}').tolist()
        if any(not 0 <= label < len(texts) for label in labels):
            raise InputError(f'the labels of {name} are not in its level {i}')
        levels.append([texts[label] for label in labels])
    return list(zip(*levels, strict=True))


def _texts(values: np.ndarray) -> list[str]:
    if values.ndim != 1 or values.dtype.kind not in 'SUiuf':
        raise InputError(f'an index has values of the type {values.dtype}')
    return [text_of_hdf5(value) for value in values.tolist()]


def _table(group: Any) -> tuple[Columns, Columns, np.ndarray]:
    rows = array_of(group, 'table')
    names: Columns = [(text,) for text in _texts(rows['index'])]
    columns: Columns = []
    blocks = []
    for name in rows.dtype.names or ():
        if not name.startswith('values_block_'):
            continue
        heads = _PlainUnpickler(io.BytesIO(group['table'].attrs[f'{name}_kind'])).load()
        columns += [tuple(str(level) for level in head) for head in heads]
        blocks.append(rows[name].reshape(len(rows), -1))
    return names, columns, np.concatenate(blocks, axis=1)


__all__ = ['SUFFIXES', 'table_rows']
