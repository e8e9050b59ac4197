"""Writes the files of one image: NAME.json, NAME.csv and NAME_overlay.png."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...formats.points_csv import points_csv
from ...io.writing import write_bytes, write_image
from ...structures.prediction import Prediction
from ...structures.prediction_json import SCHEMA_VERSION


def count_low_confidence(found: list[dict]) -> int | None:
    """Number of points of low confidence; None if it is not known."""
    flags = [
        point.get('low_confidence') for values in found for point in values['points']
    ]
    return None if None in flags or not flags else sum(flags)


def write_files(
    out: Path,
    name: str,
    image: str,
    found: Sequence[Prediction],
    overlay: np.ndarray,
    low_confidence_mm: float,
) -> None:
    """Write the three files of one image.

    Args:
        out: An existing folder.
        name: The file names without their suffixes.
        image: Path of the image, for the JSON.
        found: The predictions of the image.
        overlay: ``(H, W, 3)`` BGR uint8.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.

    Raises:
        InputError: A file cannot be written; each file is written completely or not at all.
    """
    values = [prediction.to_dict(low_confidence_mm) for prediction in found]
    file = dict(schema_version=SCHEMA_VERSION, image=image, predictions=values)
    text = json.dumps(file, indent=1) + '\n'
    write_bytes(out / f'{name}.json', text.encode())
    write_bytes(out / f'{name}.csv', points_csv(found, low_confidence_mm).encode())
    write_image(out / f'{name}_overlay.png', overlay)
