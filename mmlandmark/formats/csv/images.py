"""The images of a table: the files that it names, or the gray values in its cells."""

from __future__ import annotations

from math import isqrt
from pathlib import Path, PurePosixPath

import numpy as np

from ...errors import InputError
from ..common.lookup import ImageFinder, distinct_ids, folded, numbered
from .cells import Cells, shortened


def image_name(cells: Cells, row: int, column: int) -> str:
    """The name in a cell, ``/`` between its folders, ``./`` in front left out."""
    name = cells.text(row, column)
    if not name or '\n' in name or '\r' in name:
        raise InputError(f'{cells.where(row, column)}: name the image, in one line')
    return PurePosixPath(name.replace('\\', '/')).as_posix()


def image_ids(cells: Cells, names: list[tuple[str, str]], rows: list[int]) -> list[str]:
    """An id for each image and face, unique.

    Args:
        cells: For the message.
        names: Of each its image and its face; no face is ``''``.
        rows: Where they stand, for the message.
    """
    row_of: dict[tuple[str, str], int] = {}
    for (name, face), row in zip(names, rows, strict=True):
        if row_of.setdefault((folded(name), face), row) != row:
            other = cells.lines[row_of[folded(name), face]]
            raise InputError(
                f'{cells.where(row)}: {name} is in row {other} already: give one row an '
                'image, or number its faces in a column headed face'
            )
    images = list(dict.fromkeys(name for name, _ in names))
    base = dict(zip(images, distinct_ids(images), strict=True))
    return numbered(
        base[name] if face in ('', '1') else f'{base[name]}_{face}'
        for name, face in names
    )


def image_finder(path: Path, images: str | Path | None) -> ImageFinder:
    """Finds the images of a table: in the folder given, or in the table's own.

    A name of which only the end is there, or a picture in a folder below, is found as
    :class:`ImageFinder` says.
    """
    here = path.parent if images is None else Path(images)
    if not here.is_dir():
        raise InputError(f'no folder {here}: give the folder of the images of {path}')
    return ImageFinder([[here]], label=path.stem)


def pictures_in_cells(cells: Cells, column: int) -> tuple[list[str], list[np.ndarray]]:
    """An id for each picture, as it has no name, and the picture, ``(H, W)`` uint8."""
    pictures = [_picture(cells, row, column) for row in range(len(cells.rows))]
    for row, picture in enumerate(pictures):
        if picture.shape != pictures[0].shape:
            raise InputError(
                f'{cells.where(row, column)} holds {picture.size} gray values, the first '
                f'row {pictures[0].size}: all pictures must be of one size'
            )
    return [f'{cells.path.stem}_{line}' for line in cells.lines], pictures


def _picture(cells: Cells, row: int, column: int) -> np.ndarray:
    text = cells.text(row, column)
    try:
        values = bytearray(map(int, text.split()))
    except ValueError:
        raise InputError(
            f'{cells.where(row, column)}: {shortened(text)!r} is not gray values: whole '
            'numbers from 0 to 255 with spaces between them are needed'
        ) from None
    side = isqrt(len(values))
    if not side or side * side != len(values):
        raise InputError(
            f'{cells.where(row, column)} holds {len(values)} gray values, which make no '
            'square picture: 96x96 are 9216'
        )
    return np.frombuffer(values, np.uint8).reshape(side, side)


def find_table(path: Path) -> Path:
    """The table at a path, or the one in a folder.

    Raises:
        InputError: The folder holds none, or several.
    """
    if not path.is_dir():
        return path
    found = sorted(path.glob('*.csv'))
    if not found:
        raise InputError(f'{path} holds no .csv file')
    if len(found) > 1:
        raise InputError(f'{path} holds {len(found)} .csv files: name one of them')
    return found[0]
