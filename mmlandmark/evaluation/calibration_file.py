"""Read and write the calibration of a checkpoint in a JSON file beside it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..utils.checksum import sha256
from .calibration import Calibration


def calibration_path(checkpoint: str | Path) -> Path:
    """Path of the calibration of a checkpoint."""
    return Path(checkpoint).parent / 'calibration.json'


def write_calibration(
    checkpoint: str | Path, calibration: Calibration, split: str, images: int
) -> Path:
    """Write a calibration and the data on which it was fitted.

    Args:
        checkpoint: The weights for which it is valid.
        calibration: The fitted calibration.
        split: The annotation file on which it was fitted.
        images: Number of images in it.
    """
    path = calibration_path(checkpoint)
    values = dict(
        **calibration.to_dict(),
        unit="pixels of the network's input",
        split=split,
        images=images,
        checkpoint_sha256=sha256(checkpoint),
        date=datetime.date.today().isoformat(),
    )
    path.write_text(json.dumps(values, indent=1) + '\n', encoding='utf-8')
    return path


def find_calibration(
    checkpoint: str | Path, names: Sequence[str]
) -> Calibration | None:
    """Find the calibration of a checkpoint.

    Args:
        checkpoint: A file of weights.
        names: Names of the model's points, in their order.

    Returns:
        The calibration in ``calibration.json`` or in the card of a released model; None if
        there is none for these weights.

    Raises:
        InputError: The file cannot be read, or is of other points.
    """
    beside = calibration_path(checkpoint)
    values = _values(beside)
    if values is not None and values.get('checkpoint_sha256') == sha256(checkpoint):
        return _calibration(values, names, beside)
    card = Path(checkpoint).with_suffix('.json')  # of a released model
    values = _values(card)
    if values is not None and values.get('sha256') == sha256(checkpoint):
        known = values.get('calibration')
        return _calibration(known, names, card) if known else None
    return None


def _values(path: Path) -> dict | None:
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise InputError(f'{path} is not a calibration: {error}') from None
    if not isinstance(values, dict):
        raise InputError(f'{path} is not a calibration: {type(values).__name__}')
    return values


def _calibration(values: dict, names: Sequence[str], path: Path) -> Calibration:
    try:
        return Calibration.from_dict(values, names)
    except InputError as error:
        raise InputError(f'{path}: {error}') from None
