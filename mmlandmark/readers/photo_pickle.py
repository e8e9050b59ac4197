"""The lateral-photograph set: one pickled DataFrame (or its JSON export), a row a patient.

A pickle is opened by :mod:`.pickled_frame`, which runs nothing that it asks for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..schemes import PHOTO19, spelling_key
from .pickled_frame import read_frame
from .sample import LandmarkSample, ReadReport

SIDE = 224  # every photograph of the set is 224x224
SPLITS = {'train': 'train', 'dev': 'val', 'val': 'val', 'test': 'test'}


def load_table(path: str | Path) -> pd.DataFrame:
    """Open the pickled DataFrame safely, or its ``.json`` export.

    Raises:
        InputError: No such file, not a pickle, a hostile one, or not a DataFrame.
    """
    path = Path(path)
    try:
        return pd.read_json(path) if path.suffix == '.json' else read_frame(path)
    except FileNotFoundError:
        raise InputError(f'no file {path}') from None
    except InputError as error:
        raise InputError(f'{path} {error}') from None
    # a damaged file asks admitted code for anything, which fails in any way
    except Exception as error:
        raise InputError(
            f'{path} is not a readable pickle or JSON ({type(error).__name__}: '
            f'{" ".join(str(error).split())[:200]})'
        ) from None


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
