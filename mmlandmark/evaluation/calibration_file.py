"""The calibration of a checkpoint, in ``calibration.json`` or a card beside it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..utils.checksum import sha256
from .calibration import Calibration


def calibration_path(checkpoint: str | Path) -> Path:
    """Where the calibration of a checkpoint is kept."""
    return Path(checkpoint).parent / 'calibration.json'


def write_calibration(
    checkpoint: str | Path, calibration: Calibration, split: str, images: int
) -> Path:
    """Write the calibration and what it was measured on.

    Args:
        checkpoint: The weights it holds for, and for no others.
        calibration: As it was fitted.
        split: The annotation file it was fitted on.
        images: How many images that has.
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
    """The calibration beside a checkpoint; None where there is none of these weights.

    Args:
        checkpoint: A file.
        names: The points the model finds, in their order.

    Raises:
        InputError: There is one, and it cannot be read or is of other points.
    """
    beside = calibration_path(checkpoint)
    values = _values(beside)
    if values is not None and values.get('checkpoint_sha256') == sha256(checkpoint):
        return _calibration(values, names, beside)
    card = Path(checkpoint).with_suffix('.json')  # of a released detector
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
        raise InputError(f'{path} is no calibration: {error}') from None
    if not isinstance(values, dict):
        raise InputError(f'{path} is no calibration: {type(values).__name__}')
    return values


def _calibration(values: dict, names: Sequence[str], path: Path) -> Calibration:
    try:
        return Calibration.from_dict(values, names)
    except InputError as error:
        raise InputError(f'{path}: {error}') from None
