"""Points files: one prediction, or the results of one image, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..cephalometry.names import refuse_doubles
from ..errors import InputError
from ..structures.prediction import Prediction
from .common.text_file import load_json


def read_points(path: str | Path) -> Prediction:
    """Read the points of one head, predicted or corrected.

    Args:
        path: A JSON file with the content of :meth:`Prediction.to_dict`, by itself or as
            the only entry of ``predictions``, as predict, report and the page write it.

    Raises:
        InputError: No such file, another format, or a point that occurs twice.
    """
    if not Path(path).is_file():
        raise InputError(f'no points file {path}')
    if Path(path).suffix.lower() in ('.csv', '.jsonl'):
        raise InputError(
            f'{path} is not a points file: give the .json file of one image'
        )
    values = load_json(path)
    try:
        return points_of(values)
    except InputError as error:
        raise InputError(f'{path} is not a points file: {error}') from None


def points_of(values: Any) -> Prediction:
    """The prediction in the content of a points file; see :func:`read_points`.

    Raises:
        InputError: The content has another structure, or a point occurs twice, also by a
            synonym.
    """
    if isinstance(values, dict) and 'predictions' in values:
        found = values['predictions']
        if not isinstance(found, list) or len(found) != 1:
            count = len(found) if isinstance(found, list) else 'no list of'
            raise InputError(f'{count} heads, one is needed')
        values = found[0]
    prediction = Prediction.from_dict(values)
    refuse_doubles(prediction.names)
    return prediction
