"""What is written of one image: NAME.json, NAME.csv and NAME_overlay.png."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import cv2
import numpy as np

from ...io.writing import write_bytes, write_image
from ...schemes import Scheme
from ...structures.prediction import Prediction
from ...visualization.overlay import draw_points
from .results import cell

_LEGIBLE = 800  # pixels of the longer side


def doubts(found: list[dict]) -> int | None:
    """How many points are doubtful; None where no model says so."""
    flags = [
        point.get('low_confidence') for values in found for point in values['points']
    ]
    return None if None in flags or not flags else sum(flags)


def write_files(
    out: Path, name: str, image: str, found: list[dict], overlay: np.ndarray
) -> None:
    """Write the three files of one image.

    Args:
        out: The folder, which is there.
        name: What their names begin with.
        image: Where the image is, for the JSON.
        found: As :meth:`Prediction.to_dict` makes them.
        overlay: ``(H, W, 3)`` BGR uint8.

    Raises:
        InputError: One cannot be written; each is whole or as it was.
    """
    text = json.dumps(dict(image=image, predictions=found), indent=1) + '\n'
    write_bytes(out / f'{name}.json', text.encode())
    write_bytes(out / f'{name}.csv', _table(found).encode())
    write_image(out / f'{name}_overlay.png', overlay)


def _table(found: list[dict]) -> str:
    many = len(found) > 1
    rows = [
        dict(face=number, **row) if many else row
        for number, values in enumerate(found, 1)
        for row in values['points']
    ]
    names = list(rows[0]) if rows else ['name', 'x', 'y', 'score']
    text = io.StringIO(newline='')
    writer = csv.writer(text)
    writer.writerow(['landmark' if name == 'name' else name for name in names])
    writer.writerows(map(cell, row.values()) for row in rows)
    return text.getvalue()


def drawn(
    image: np.ndarray,
    predictions: list[Prediction],
    scheme: Scheme,
    low_confidence_mm: float,
) -> np.ndarray:
    """The image ``(H, W, 3)`` BGR with the points over it, doubtful ones with a ring.

    A small image is enlarged, once for all its predictions, so that labels stay legible.
    """
    zoom = max(1, math.ceil(_LEGIBLE / max(image.shape[:2])))
    image = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for prediction in predictions:
        points = (prediction.points + 0.5) * zoom - 0.5
        rings = prediction.rings(low_confidence_mm)
        rings = None if rings is None else rings * zoom
        labels, lines = prediction.labels, scheme.skeleton
        image = draw_points(image, points, labels, lines, min_side=1, rings=rings)
    return image
