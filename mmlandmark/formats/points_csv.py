"""Points as a table, one row per point, for spreadsheets and pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from ..structures.prediction import LOW_CONFIDENCE_MM, Prediction
from ..utils.plain_text import printable
from ..utils.spreadsheet import safe_cell

#: The fixed columns.
COLUMNS = ('landmark', 'x', 'y', 'score')


def points_csv(
    predictions: Sequence[Prediction], low_confidence_mm: float = LOW_CONFIDENCE_MM
) -> str:
    """The table of the predictions of one image.

    Args:
        predictions: Those of one image; a column ``face`` numbers several ones.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.

    Returns:
        A header and one row per point: ``landmark, x, y, score`` and, if known,
        ``z``, ``expected_error``, ``expected_error_mm``, ``low_confidence`` and the
        spacing, ``pixel_spacing_y``, ``pixel_spacing_x`` (mm) and
        ``pixel_spacing_source``.
    """
    rows = list(point_rows(predictions, low_confidence_mm))
    text = io.StringIO(newline='')
    write_rows(text, columns_of(rows, [], len(predictions)), rows)
    return text.getvalue()


def point_rows(
    predictions: Iterable[Prediction], low_confidence_mm: float = LOW_CONFIDENCE_MM
) -> Iterator[dict]:
    """A row for each point of the predictions, see :func:`points_csv`."""
    for face, prediction in enumerate(predictions, start=1):
        spacing = prediction.spacing
        known = {}
        if spacing:
            known = dict(
                pixel_spacing_y=spacing.sy,
                pixel_spacing_x=spacing.sx,
                pixel_spacing_source=spacing.source,
            )
        for point in prediction.to_dict(low_confidence_mm)['points']:
            row = dict(face=face, landmark=point['name'], **point)
            del row['name'], row['label']
            yield row | known


def columns_of(rows: Iterable[dict], before: Sequence[str], faces: int) -> list[str]:
    """The columns of a table: the fixed ones, then all others that occur in the rows.

    Args:
        rows: From :func:`point_rows`.
        before: First columns, such as ``image``.
        faces: The largest number of predictions of an image.
    """
    more = dict.fromkeys(key for row in rows for key in row)
    names = [*before, *(['face'] if faces > 1 else []), *COLUMNS]
    return names + [name for name in more if name not in {*names, 'face'}]


def write_rows(file: IO[str], columns: Sequence[str], rows: Iterable[dict]) -> None:
    """Write the header and the rows; text is valid UTF-8 and never a formula."""
    writer = csv.DictWriter(file, columns, extrasaction='ignore', lineterminator='\n')
    writer.writerow({name: _cell(name) for name in columns})
    writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)


def _cell(value: object) -> object:
    return safe_cell(printable(value)) if isinstance(value, str) else value
