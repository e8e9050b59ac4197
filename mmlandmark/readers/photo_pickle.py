"""The lateral-photograph set: one pickled DataFrame (or its JSON export), a row a patient.

Opening a pickle can run code, so it is opened with an unpickler that admits the
containers of pandas and numpy, each by its full name, and refuses everything else.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from types import BuiltinFunctionType, FunctionType

import numpy as np
import pandas as pd
from pandas.compat.pickle_compat import Unpickler

from ..errors import InputError
from ..schemes import PHOTO19, spelling_key
from .sample import LandmarkSample, ReadReport

SIDE = 224  # every photograph of the set is 224x224
SPLITS = {'train': 'train', 'dev': 'val', 'val': 'val', 'test': 'test'}

# What a pickled DataFrame of numbers, strings and arrays is made of, under pandas 1 to 3
# and numpy 1 and 2. No function here opens a file or evaluates anything.
ADMITTED = {
    'builtins': {'slice', 'object', 'list', 'dict', 'set', 'bytearray'},
    '__builtin__': {'slice', 'object', 'list', 'dict', 'set', 'bytearray'},
    'copyreg': {'_reconstructor'},
    'copy_reg': {'_reconstructor'},
    '_codecs': {'encode'},
    'numpy': {'ndarray', 'dtype'},
    'numpy.core.multiarray': {'_reconstruct', 'scalar'},
    'numpy._core.multiarray': {'_reconstruct', 'scalar'},
    'numpy.core.numeric': {'_frombuffer'},
    'numpy._core.numeric': {'_frombuffer'},
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
    # texts, where pyarrow was installed
    'pyarrow.lib': {'_restore_array', 'type_for_alias', 'py_buffer', 'chunked_array'},
    'pandas.core.arrays.categorical': {'Categorical'},
    'pandas.core.dtypes.dtypes': {'CategoricalDtype'},
}


def _restored(data):
    """An array of pyarrow's; a forged one would be read beyond its end."""
    import pyarrow

    array = pyarrow.lib._restore_array(data)
    array.validate(full=True)
    return array


class _TableUnpickler(Unpickler):
    def find_class(self, module: str, name: str):
        if name not in ADMITTED.get(module, ()):
            raise InputError(
                f'asks for {module}.{name}, which a table of images and points does '
                'not need: it was refused and nothing was run'
            )
        if (module, name) == ('pyarrow.lib', '_restore_array'):
            return _restored
        return super().find_class(module, name)

    def load_build(self):
        if isinstance(self.stack[-2], (type, FunctionType, BuiltinFunctionType)):
            raise InputError('sets attributes of a class or function: it was refused')
        super().load_build()

    dispatch = {**Unpickler.dispatch, pickle.BUILD[0]: load_build}  # noqa: RUF012


def load_table(path: str | Path) -> pd.DataFrame:
    """Open the pickled DataFrame safely, or its ``.json`` export.

    Raises:
        InputError: No such file, not a pickle, a hostile one, or not a DataFrame.
    """
    path = Path(path)
    try:
        if path.suffix == '.json':
            return pd.read_json(path)
        with path.open('rb') as file:
            table = _TableUnpickler(file).load()
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except InputError as error:
        raise InputError(f'{path} {error}') from None
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError,
            AttributeError, IndexError, ImportError) as error:  # fmt: skip
        raise InputError(
            f'{path} is not a readable pickle or JSON ({type(error).__name__}: {error})'
        ) from None
    if not isinstance(table, pd.DataFrame):
        raise InputError(f'{path} holds a {type(table).__name__}, not a DataFrame')
    return table


def read_photo_pickle(
    path: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the photograph set into samples of the scheme ``photo19``.

    Coordinates are taken as 0-based pixels of the 224x224 image; there is no spacing.

    Args:
        path: The ``.pkl`` (or ``.json``) file.
        report: Collects the rows left out; without one the first bad row is an error.
            Counts the depth maps left out.

    Raises:
        InputError: See :func:`load_table`; or columns are missing.
    """
    table = load_table(path)
    columns = _coordinate_columns(table)
    missing = {'patient_id', 'Image'} - set(table.columns)
    if missing:
        raise InputError(f'{path} has no column {", ".join(sorted(missing))}')
    samples = []
    for position, row in enumerate(table.to_dict('records')):
        try:
            samples.append(_read_row(row, columns, report))
        except InputError as error:
            if report is None:
                raise
            report.skip(f'row {position} (patient {row["patient_id"]})', str(error))
    return samples


def _coordinate_columns(table: pd.DataFrame) -> list[str]:
    """Find the 38 coordinate columns, in scheme order, whatever their white space."""
    by_key = {spelling_key(str(column)): column for column in table.columns}
    wanted = [f'{point}_{axis}' for point in PHOTO19.points for axis in 'xy']
    absent = [name for name in wanted if spelling_key(name) not in by_key]
    if absent:
        raise InputError(
            f'the table lacks {len(absent)} of {len(wanted)} coordinate columns, '
            f'{absent[0]!r} first'
        )
    return [by_key[spelling_key(name)] for name in wanted]


def _read_row(
    row: dict, columns: list[str], report: ReadReport | None
) -> LandmarkSample:
    try:
        points = np.array([row[column] for column in columns], dtype=float)
    except (TypeError, ValueError):
        raise InputError('a coordinate is not a number') from None
    split = row.get('set')
    if isinstance(split, str) and split not in SPLITS:
        raise InputError(f"set is {split!r}, not 'train', 'dev' or 'test'")
    identity = str(row['patient_id'])
    extra = {'class': row['class']} if 'class' in row else {}
    depth = _read_depth(row.get('depth_feature'))
    if depth is not None:
        extra['depth'] = depth
    elif report is not None and 'depth_feature' in row:
        report.count('depth maps absent or of another shape')
    return LandmarkSample(
        id=identity,
        image=_read_photograph(row['Image']),
        points=points.reshape(-1, 2),
        split=SPLITS[split] if isinstance(split, str) else None,
        subject=identity,
        extra=extra,
    )


def _read_photograph(value) -> np.ndarray:
    try:
        image = np.asarray(value)
        shapes = ((SIDE, SIDE, 3), (SIDE * SIDE, 3), (SIDE * SIDE * 3,))
        if image.shape not in shapes or image.dtype.kind not in 'iu':
            raise ValueError(f'{image.dtype} of shape {image.shape}')
        if image.min() < 0 or image.max() > 255:
            raise ValueError(f'values from {image.min()} to {image.max()}')
    except ValueError as error:
        raise InputError(f'Image is no {SIDE}x{SIDE} RGB picture: {error}') from None
    return image.astype(np.uint8).reshape(SIDE, SIDE, 3)


def _read_depth(value) -> np.ndarray | None:
    """``(224, 224)`` float32; None where it is something else: a row can do without."""
    try:
        depth = np.asarray(value, dtype=np.float32)
        return depth.reshape(SIDE, SIDE)
    except (TypeError, ValueError):
        return None
