"""Reads the lateral profile photographs: a pickled DataFrame, or its JSON export.

One row per patient: image, depth map, 19 points, split and skeletal class. Coordinates are
0-based pixels. The pickle is opened by :mod:`.unpickler`, which runs no code from the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...schemes import PHOTO19, name_key
from ...structures.sample import LandmarkSample, ReadReport
from ..common.lookup import part_named
from ..common.text_file import load_json
from .frame import read_frame

SIDE = 224  # width and height of all photographs, pixels


def load_table(path: str | Path) -> list[dict[str, Any]]:
    """Open the pickled DataFrame safely, or its ``.json`` export.

    Returns:
        One dict per row, column name to value; all rows have the same keys.

    Raises:
        InputError: No such file, not a pickle, a hostile one, or not a DataFrame.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == '.json':
            return _from_json(path)
        columns = read_frame(path)
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except InputError as error:
        named = str(error).startswith(str(path))
        raise InputError(str(error) if named else f'{path} {error}') from None
    # a damaged file can make numpy and pyarrow raise any exception
    except Exception as error:
        raise InputError(
            f'{path} is not a readable pickle or JSON ({type(error).__name__}: '
            f'{" ".join(str(error).split())[:200]})'
        ) from None


def _from_json(path: Path) -> list[dict[str, Any]]:
    """Rows of a dict per column, as pandas writes it, or of a list of one dict per row."""
    data = load_json(path)
    parts = list(data.values() if isinstance(data, dict) else data)
    if not all(isinstance(part, dict) for part in parts):
        raise TypeError('it is not a table')
    rows: dict[Any, dict] = dict(enumerate(parts))
    if isinstance(data, dict):
        rows = {}
        for name, cells in data.items():
            for index, value in cells.items():
                rows.setdefault(index, {})[name] = value
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    return [{name: row.get(name, np.nan) for name in names} for row in rows.values()]


def read_photo_pickle(
    path: str | Path, report: ReadReport | None = None
) -> list[LandmarkSample]:
    """Read the photographs into samples of the scheme ``photo19``.

    Args:
        path: The ``.pkl`` or ``.json`` file.
        report: Collects the rows left out, and counts the missing depth maps; without it
            the first bad row raises an error.

    Returns:
        One sample per row: the image ``(224, 224, 3)`` RGB uint8; ``(19, 2)`` points, NaN
        where missing; no spacing; ``extra['class']``, and ``extra['depth']`` ``(224, 224)``
        float32 where the row has one.

    Raises:
        InputError: As :func:`load_table`, columns are missing, or a bad row and ``report``
            is None.
    """
    table = load_table(path)
    if not table:
        raise InputError(f'{path} has no rows')
    names = list(table[0])
    columns = _coordinate_columns(names)
    missing = {'patient_id', 'Image'} - set(names)
    if missing:
        raise InputError(f'{path} has no column {", ".join(sorted(missing))}')
    samples = []
    for position, row in enumerate(table):
        try:
            samples.append(_read_row(row, columns, report))
        except InputError as error:
            if report is None:
                raise
            named = _is_plain(row['patient_id'])
            patient = f' (patient {row["patient_id"]})' if named else ''
            report.skip(f'row {position}{patient}', str(error))
    return samples


def _coordinate_columns(names: list[str]) -> list[str]:
    """Find the 38 coordinate columns, in scheme order, in any spelling."""
    by_key: dict[str, str] = {}
    for column in names:
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
    extra = {'class': _python(row['class'])} if 'class' in row else {}
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


def _python(value: Any) -> Any:
    """A numpy scalar as a Python number."""
    return value.item() if isinstance(value, np.generic) else value


def _identity(value: object) -> str:
    # NaN would make one patient of all rows without an id
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
        raise InputError(f'Image is not {SIDE}x{SIDE} RGB: {error}') from None
    return image.astype(np.uint8).reshape(SIDE, SIDE, 3)


def _read_depth(value) -> np.ndarray | None:
    """``(224, 224)`` float32; None where the value is not a depth map."""
    try:
        depth = np.asarray(value, dtype=np.float32)
        return depth.reshape(SIDE, SIDE)
    except (TypeError, ValueError, RecursionError):
        return None
