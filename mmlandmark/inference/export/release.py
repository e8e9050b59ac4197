"""Write released models: one exported file, and a card that describes it."""

from __future__ import annotations

import copy
import datetime
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from mmengine.config import Config

from ...engine.model_zoo import FOLDER, weights_file
from ...errors import InputError
from ...evaluation.calibration import Calibration
from ...models.checkpoints.weights import read_checkpoint
from ...schemes import SCHEMES
from ...schemes.parts import PART_SCHEMES
from ...utils.checksum import sha256
from ...utils.whole_file import write_whole
from ...version import __version__
from ..model_spec import ModelSpec
from ..pose_model import PoseModel
from ..torch_parser import TorchParser
from .export_model import export_model

#: Largest size of a released file, bytes.
MAX_BYTES = 25_000_000


def write_release(
    name: str,
    config: Config,
    checkpoint: str | Path,
    facts: dict,
    folder: Path = FOLDER,
) -> dict:
    """Write NAME.onnx and NAME.json, each completely or not at all.

    The weights are rounded to half precision first, so torch and the runtimes, which
    compute in float32, find the same points.

    Args:
        name: Name of the release.
        config: The config the weights were trained with.
        checkpoint: The trained weights.
        facts: More entries of the card: data, licence, recipe, results, and the
            calibration of the expected errors or None.
        folder: Output folder.

    Returns:
        The card.

    Raises:
        InputError: The file would be too large, or the model cannot be exported.
    """
    config = _portable(config)
    target = weights_file(name, folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch) / target.name
        rounded = Path(scratch) / f'{name}.pth'
        torch.save(_half_precision(checkpoint), rounded)
        model = _model(config, rounded, facts)
        model.source = dict(name=name, sha256=sha256(checkpoint))
        export_model(model, made, 'fp16')
        size = made.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f'{name} would be {size / 1e6:.1f} MB, more than 25 MB')
        os.replace(made, target)
    card = dict(
        name=name,
        date=datetime.date.today().isoformat(),
        sha256=sha256(target),
        bytes=size,
        version=__version__,
        **_portable_facts(facts),
        config=config.to_dict(),
    )
    text = json.dumps(card, indent=1) + '\n'
    write_whole(
        folder / f'{name}.json', lambda path: path.write_text(text, encoding='utf-8')
    )
    return card


def _model(config: Config, checkpoint: Path, facts: dict) -> PoseModel | TorchParser:
    """The model that is exported, with its calibration."""
    if 'parts' in config:
        return TorchParser(config, checkpoint, 'cpu')
    spec = ModelSpec.load(config, checkpoint)
    if known := facts.get('calibration'):
        spec = replace(
            spec, calibration=Calibration.from_dict(known, spec.scheme.points)
        )
    return PoseModel(spec, None, 'cpu')


def _half_precision(checkpoint: str | Path) -> dict:
    """Weights in float16 and the metadata of their data set.

    A tensor that float16 does not hold (up to 65504), such as the variances of a batch
    normalisation, stays as it is; the file stores vectors in float32 anyway.
    """
    source = read_checkpoint(checkpoint)
    state = {
        key: _rounded(value) for key, value in source.get('state_dict', source).items()
    }
    meta = dict(dataset_meta=source.get('meta', {}).get('dataset_meta', {}))
    return dict(state_dict=state, meta=meta)


def _rounded(value: torch.Tensor) -> torch.Tensor:
    """The tensor in float16 if its range allows it; integers are not changed."""
    if not value.is_floating_point():
        return value
    half = value.half()
    return half if half.isfinite().all() else value


def _portable_facts(facts: dict) -> dict:
    """The facts without the folder of the images of the calibration."""
    known = facts.get('calibration')
    if not known or 'split' not in known:
        return facts
    return dict(facts, calibration=dict(known, split=Path(known['split']).name))


def _portable(config: Config) -> Config:
    """The config without paths that exist only where it was trained."""
    known: dict = PART_SCHEMES if 'parts' in config else SCHEMES
    scheme = config.get('parts') or config.scheme
    if not isinstance(scheme, str) or scheme not in known:
        raise InputError('the points are of no known scheme, as releases must be')
    config = copy.deepcopy(config)
    config.pop('work_dir', None)
    config.pop('released', None)
    config.load_from = None
    hooks = config.get('custom_hooks', [])
    config.custom_hooks = [h for h in hooks if h['type'] != 'LoadPretrainedHook']
    if 'detector_checkpoint' in config.model:
        config.model.detector_checkpoint = None  # the release holds both stages
    return config
