"""Released detectors: weights in half precision, and a card that says what they are.

checkpoints/NAME.pth   the weights
checkpoints/NAME.json  the card: sha256, data, licence, recipe, results, date, the config
                       and the calibration of the expected errors

A wheel holds them as mmlandmark/weights/. Reading a card needs no torch.
"""

from __future__ import annotations

import copy
import datetime
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..schemes import SCHEMES
from ..schemes.parts import PART_SCHEMES
from ..utils.checksum import sha256
from ..version import __version__

if TYPE_CHECKING:
    from mmengine.config import Config

_PACKAGE = Path(__file__).parents[1]
FOLDER = _PACKAGE / 'weights'
if not FOLDER.is_dir():  # a checkout
    FOLDER = _PACKAGE.parent / 'checkpoints'

#: Other names of released models.
ALIASES = {'parts': 'fasseg6'}

#: What is asked of the largest released file.
MAX_BYTES = 25_000_000


def released_names(folder: Path = FOLDER) -> list[str]:
    """The names of all released detectors and parsers, sorted."""
    return sorted(path.stem for path in folder.glob('*.json'))


def is_released_parser(name: object, folder: Path = FOLDER) -> bool:
    """Whether a name is that of a released parser of face parts."""
    path = folder / f'{ALIASES.get(str(name), name)}.json'
    if not isinstance(name, str) or not path.is_file():
        return False
    return 'parts' in _card(path)['config']


def read_card(name: str, folder: Path = FOLDER) -> dict:
    """The card of a released detector, whose weights were seen to be whole.

    Raises:
        InputError: The weights are not there, or are not those of the card.
    """
    card = _card(folder / f'{name}.json')
    weights = folder / f'{name}.pth'
    if not weights.is_file():
        raise InputError(
            f'the weights of {name} are not at {weights}: check it out again'
        )
    if sha256(weights) != card['sha256']:
        raise InputError(f'{weights} is damaged (its sha256 differs from {name}.json)')
    return card


def card_digest(name: str, folder: Path = FOLDER) -> str:
    """The SHA-256 of a card, which is of all that a release says: of its weights too."""
    return sha256(folder / f'{name}.json')


def _card(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise InputError(f'{path} is damaged: {error}') from None


def released_config(name: str, folder: Path = FOLDER) -> Config:
    """The config of a released detector; its ``released`` is the name."""
    from mmengine.config import Config

    values = {**read_card(name, folder)['config'], 'released': name}
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataset = values.get(loader, {}).get('dataset', {})
        steps = dataset.get('pipeline', [])
        dataset['pipeline'] = [with_tuples(step) for step in steps]
    # a training that goes on from it keeps its config under this name
    return Config(values, cfg_text='\n', filename=f'{name}.py')


def with_tuples(values: dict) -> dict:
    """Lists of numbers, as JSON has them, as the tuples that they were.

    mmcv refuses lists as sizes.
    """
    return {
        key: tuple(value)
        if isinstance(value, list) and all(isinstance(v, (int, float)) for v in value)
        else value
        for key, value in values.items()
    }


def write_release(
    name: str,
    config: Config,
    checkpoint: str | Path,
    facts: dict,
    folder: Path = FOLDER,
) -> dict:
    """Write NAME.pth and NAME.json, each whole or not at all.

    Args:
        name: Of the release.
        config: What the weights were trained with.
        checkpoint: The trained weights.
        facts: What the card says besides: data, licence, recipe, results, and a
            calibration of the expected errors or None.
        folder: Where.

    Returns:
        The card.

    Raises:
        InputError: The weights are too large to be released, or hold a number that is.
    """
    import torch

    from ..models.checkpoints.weights import read_checkpoint

    source = read_checkpoint(checkpoint)
    state = {
        key: value.half() if value.is_floating_point() else value
        for key, value in source.get('state_dict', source).items()
    }
    if large := [key for key, value in state.items() if not value.isfinite().all()]:
        raise InputError(f'half precision does not hold the values of {large[0]}')
    meta = dict(dataset_meta=source.get('meta', {}).get('dataset_meta', {}))
    config = _portable(config)
    weights = folder / f'{name}.pth'
    partial = weights.with_suffix('.partial')
    torch.save(dict(state_dict=state, meta=meta), partial)
    size = partial.stat().st_size
    if size > MAX_BYTES:
        partial.unlink()
        raise InputError(f'{name} would be {size / 1e6:.1f} MB, more than 25 MB')
    os.replace(partial, weights)
    card = dict(
        name=name,
        date=datetime.date.today().isoformat(),
        sha256=sha256(weights),
        bytes=size,
        version=__version__,
        **facts,
        config=config.to_dict(),
    )
    text = json.dumps(card, indent=1) + '\n'
    partial.write_text(text, encoding='utf-8')
    os.replace(partial, folder / f'{name}.json')
    return card


def _portable(config: Config) -> Config:
    """The config without what only the machine of its training has."""
    known: dict = PART_SCHEMES if 'parts' in config else SCHEMES
    scheme = config.get('parts') or config.scheme
    if not isinstance(scheme, str) or scheme not in known:
        raise InputError('the points are of no known scheme, as releases must be')
    config = copy.deepcopy(config)
    config.pop('work_dir', None)
    config.load_from = None
    hooks = config.get('custom_hooks', [])
    config.custom_hooks = [h for h in hooks if h['type'] != 'LoadPretrainedHook']
    if 'detector_checkpoint' in config.model:
        config.model.detector_checkpoint = None  # the release holds both stages
    return config
