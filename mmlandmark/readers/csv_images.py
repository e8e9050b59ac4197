"""The images of a table: the files that it names, or the gray values in its cells."""

from __future__ import annotations

import os
from math import isqrt
from pathlib import Path, PurePosixPath

import numpy as np

from ..errors import InputError
from .csv_cells import Cells, is_image_name, shortened
from .sample import LandmarkSample, ReadReport


def image_name(cells: Cells, row: int, column: int) -> PurePosixPath:
    """The file name in a cell, which may be spelled with Windows' separators."""
    name = cells.text(row, column)
    if not name or '\n' in name or '\r' in name:
        raise InputError(f'{cells.where(row, column)}: name the image, in one line')
    return PurePosixPath(name.replace('\\', '/'))


def image_ids(cells: Cells, names: list[PurePosixPath], rows: list[int]) -> list[str]:
    """An id an image, unique; ``rows`` are where the names stand, for the message."""
    row_of: dict[str, int] = {}
    for name, row in zip(names, rows, strict=True):
        stem = name.with_suffix('') if is_image_name(name.name) else name
        identity = '_'.join(part for part in stem.parts if part != stem.anchor)
        if row_of.setdefault(identity, row) != row:
            other = cells.lines[row_of[identity]]
            raise InputError(
                f'{cells.where(row)}: {name} is in row {other} already, or one named '
                'alike: give one row an image'
            )
    return list(row_of)


def image_folder(
    path: Path, names: list[PurePosixPath], images: str | Path | None
) -> Path:
    """The folder that names are relative to: as given, or found near the table."""
    here = path.parent if images is None else Path(images)
    if not here.is_dir():
        raise InputError(f'no folder {here}: give the folder of the images of {path}')
    if images is not None:
        return here
    below = sorted(folder for folder in here.iterdir() if folder.is_dir())
    for name in names[:10]:  # one absent image is no reason to look elsewhere
        if os.path.isfile(here / name):
            return here
        found = [folder for folder in below if os.path.isfile(folder / name)]
        if len(found) > 1:
            raise InputError(
                f'{name} of {path} is in {found[0]} and in {found[1]}: give the folder '
                'of the images'
            )
        if found:
            return found[0]
    raise InputError(
        f'{names[0]} of {path} is neither in {here} nor in a folder of it: give the '
        'folder of the images'
    )


def only_present(
    cells: Cells,
    samples: list[LandmarkSample],
    rows: list[int],
    report: ReadReport | None,
) -> list[LandmarkSample]:
    """Leave out the samples whose image is no file; without a report that is an error."""
    kept = []
    for sample, row in zip(samples, rows, strict=True):
        image = sample.image
        if isinstance(image, np.ndarray) or os.path.isfile(image):
            kept.append(sample)
        elif report is None:
            raise InputError(
                f'{cells.where(row)}: no image at {image}: add it, remove the row, or '
                'give the folder of the images'
            )
        else:
            report.skip(cells.where(row), f'no image at {image}')
    return kept


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
