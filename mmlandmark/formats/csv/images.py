"""The images of a table: files that it names, or gray values in its cells."""

from __future__ import annotations

from math import isqrt
from pathlib import Path, PurePosixPath

import numpy as np

from ...errors import InputError
from ..common.image_finder import ImageFinder
from ..common.image_names import distinct_ids, folded, numbered
from .cells import Cells, shortened


def image_name(cells: Cells, row: int, column: int) -> str:
    """The image name in a cell, with ``/`` between folders and without leading ``./``."""
    name = cells.text(row, column)
    if not name or '\n' in name or '\r' in name:
        raise InputError(f'{cells.where(row, column)}: give an image name in one line')
    return PurePosixPath(name.replace('\\', '/')).as_posix()


def image_ids(cells: Cells, names: list[tuple[str, str]], rows: list[int]) -> list[str]:
    """A unique id for each face in each image.

    Args:
        cells: The table, for messages.
        names: Image name and face number of each; ``''`` for no face number.
        rows: The 0-based row of each, for messages.

    Raises:
        InputError: An image and face occur twice.
    """
    row_of: dict[tuple[str, str], int] = {}
    for (name, face), row in zip(names, rows, strict=True):
        if row_of.setdefault((folded(name), face), row) != row:
            other = cells.lines[row_of[folded(name), face]]
            raise InputError(
                f'{cells.where(row)}: {name} is in row {other} already: give one row per '
                'image, or number its faces in a column headed face'
            )
    images = list(dict.fromkeys(name for name, _ in names))
    base = dict(zip(images, distinct_ids(images), strict=True))
    return numbered(
        base[name] if face in ('', '1') else f'{base[name]}_{face}'
        for name, face in names
    )


def image_finder(path: Path, images: str | Path | None) -> ImageFinder:
    """A finder for the images of a table, in the given folder or in the table's own.

    Raises:
        InputError: No such folder.
    """
    here = path.parent if images is None else Path(images)
    if not here.is_dir():
        raise InputError(f'no folder {here}: give the folder of the images of {path}')
    return ImageFinder([[here]], label=path.stem)


def images_in_cells(cells: Cells, column: int) -> tuple[list[str], list[np.ndarray]]:
    """An id for each row, and the image in its cell, ``(H, W)`` uint8.

    Raises:
        InputError: A cell has no gray values, or the images are not square and equal in
            size.
    """
    images = [_image(cells, row, column) for row in range(len(cells.rows))]
    for row, image in enumerate(images):
        if image.shape != images[0].shape:
            raise InputError(
                f'{cells.where(row, column)} has {image.size} gray values, the first '
                f'row {images[0].size}: all images need one size'
            )
    return [f'{cells.path.stem}_{line}' for line in cells.lines], images


def _image(cells: Cells, row: int, column: int) -> np.ndarray:
    text = cells.text(row, column)
    try:
        values = bytearray(map(int, text.split()))
    except ValueError:
        raise InputError(
            f'{cells.where(row, column)}: {shortened(text)!r} is not gray values: give '
            'integers from 0 to 255 separated by spaces'
        ) from None
    side = isqrt(len(values))
    if not side or side * side != len(values):
        raise InputError(
            f'{cells.where(row, column)} has {len(values)} gray values, not a square '
            'image: 96x96 are 9216'
        )
    return np.frombuffer(values, np.uint8).reshape(side, side)


def find_table(path: Path) -> Path:
    """The path itself, or the CSV file in a folder.

    Raises:
        InputError: The folder has no CSV file, or several.
    """
    if not path.is_dir():
        return path
    found = sorted(path.glob('*.csv'))
    if not found:
        raise InputError(f'{path} has no .csv file')
    if len(found) > 1:
        raise InputError(f'{path} has {len(found)} .csv files: give one of them')
    return found[0]
