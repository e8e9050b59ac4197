"""The lateral-photograph set: one pickled DataFrame (or its JSON export), a row a patient.

A pickle is opened by :mod:`.pickled_frame`, which runs nothing that it asks for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import InputError
from ...schemes import PHOTO19, name_key
from ...structures.sample import LandmarkSample, ReadReport
from ..common.lookup import part_named
from ..common.text_file import load_json
from .frame import read_frame

SIDE = 224  # every photograph of the set is 224x224


def load_table(path: str | Path) -> pd.DataFrame:
    """Open the pickled DataFrame safely, or its ``.json`` export.

    Raises:
        InputError: No such file, not a pickle, a hostile one, or not a DataFrame.
    """
    path = Path(path)
    try:
        return _from_json(path) if path.suffix.lower() == '.json' else read_frame(path)
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except InputError as error:
        named = str(error).startswith(str(path))
        raise InputError(str(error) if named else f'{path} {error}') from None
    # a damaged file asks admitted code for anything, which fails in any way
    except Exception as error:
        raise InputError(
            f'{path} is not a readable pickle or JSON ({type(error).__name__}: '
            f'{" ".join(str(error).split())[:200]})'
        ) from None


def _from_json(path: Path) -> pd.DataFrame:
    """A dict a column, as pandas writes it, or a list of a dict a row."""
    data = load_json(path)
    rows = data.values() if isinstance(data, dict) else data
    if not all(isinstance(row, dict) for row in rows):
        raise TypeError('it holds no table')
    return pd.DataFrame(data, dtype=object)


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
            named = _is_plain(row['patient_id'])
            patient = f' (patient {row["patient_id"]})' if named else ''
            report.skip(f'row {position}{patient}', str(error))
    return samples


def _coordinate_columns(table: pd.DataFrame) -> list[str]:
    """Find the 38 coordinate columns, in scheme order, whatever their white space."""
    by_key: dict[str, str] = {}
    for column in table.columns:
        other = by_key.setdefault(name_key(str(column)), column)
        if other != column:
            raise InputError(
                f'the table has columns {other!r} and {column!r}, two spellings of one '
                'name: remove one of them'
            )
    wanted = [f'{point}_{axis}' for point in PHOTO19.points for axis in 'xy']
    absent = [name for name in wanted if name_key(name) not in by_key]
    if absent:
        raise InputError(
            f'the table lacks {len(absent)} of {len(wanted)} coordinate columns, '
            f'{absent[0]!r} first'
        )
    return [by_key[name_key(name)] for name in wanted]


def _read_row(
    row: dict, columns: list[str], report: ReadReport | None
) -> LandmarkSample:
    try:
        points = np.array([row[column] for column in columns], dtype=float)
    except (TypeError, ValueError, RecursionError):
        raise InputError('a coordinate is not a number') from None
    identity = _identity(row['patient_id'])
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
        split=_split(row.get('set')),
        subject=identity,
        extra=extra,
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, np.generic))


def _identity(value: object) -> str:
    # NaN would be one patient of all who have no name
    if not _is_plain(value) or value != value or not str(value).strip():
        raise InputError('patient_id is missing: give the patient a name or a number')
    return str(value)


def _split(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    part = part_named(value)
    if part is None:
        raise InputError(f"set is {value[:40]!r}, not 'train', 'dev' or 'test'")
    return part


def _read_photograph(value) -> np.ndarray:
    try:
        image = np.asarray(value)
        shapes = ((SIDE, SIDE, 3), (SIDE * SIDE, 3), (SIDE * SIDE * 3,))
        if image.shape not in shapes or image.dtype.kind not in 'iu':
            raise ValueError(f'{image.dtype} of shape {image.shape}')
        if image.min() < 0 or image.max() > 255:
            raise ValueError(f'values from {image.min()} to {image.max()}')
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f'Image is no {SIDE}x{SIDE} RGB picture: {error}') from None
    return image.astype(np.uint8).reshape(SIDE, SIDE, 3)


def _read_depth(value) -> np.ndarray | None:
    """``(224, 224)`` float32; None where it is something else: a row can do without."""
    try:
        depth = np.asarray(value, dtype=np.float32)
        return depth.reshape(SIDE, SIDE)
    except (TypeError, ValueError, RecursionError):
        return None
