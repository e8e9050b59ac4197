"""Released models: one exported file each, and a card that describes it.

checkpoints/NAME.onnx  the network, its weights in half precision, and its metadata; torch
                       and trainings read the weights from it too
checkpoints/NAME.json  the card: sha256, data, licence, recipe, results, date, the config
                       and the calibration of the expected errors

A wheel holds them in mmlandmark/weights/. This module imports neither torch nor MMPose.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import InputError
from ..utils.checksum import sha256

_PACKAGE = Path(__file__).parents[1]
FOLDER = _PACKAGE / 'weights'
if not FOLDER.is_dir():  # a checkout
    FOLDER = _PACKAGE.parent / 'checkpoints'

#: Other names of released models.
ALIASES = {'parts': 'fasseg6'}


def list_models(folder: Path = FOLDER) -> list[str]:
    """Names of all released landmark detectors and face parsers, sorted."""
    return sorted(path.stem for path in folder.glob('*.json'))


def is_released_parser(name: object, folder: Path = FOLDER) -> bool:
    """Whether a released face parser has this name."""
    path = folder / f'{ALIASES.get(str(name), name)}.json'
    if not isinstance(name, str) or not path.is_file():
        return False
    return 'parts' in _card(path)['config']


def read_card(name: str, folder: Path = FOLDER) -> dict:
    """The card of a released model, after a check of its weights.

    Raises:
        InputError: The weights are missing or differ from the checksum in the card.
    """
    card = _card(folder / f'{name}.json')
    weights = weights_file(name, folder)
    if not weights.is_file():
        raise InputError(
            f'the weights of {name} are not at {weights}: check it out again'
        )
    if sha256(weights) != card['sha256']:
        raise InputError(f'{weights} is damaged (its sha256 differs from {name}.json)')
    return card


def weights_file(name: str, folder: Path = FOLDER) -> Path:
    """The file of a released model."""
    return folder / f'{name}.onnx'


def weights_of(source: str) -> str:
    """The file of the weights of a released model, or ``source`` if it names none."""
    name = ALIASES.get(source, source)
    return str(weights_file(name)) if name in list_models() else source


def card_digest(name: str, folder: Path = FOLDER) -> str:
    """SHA-256 of a card. The card contains the checksum of the weights."""
    return sha256(folder / f'{name}.json')


def _card(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise InputError(f'{path} is damaged: {error}') from None
