"""Measuring a checkpoint."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import METRICS

from ..engine.config import names_of
from ..errors import InputError
from ..models.checkpoints.weights import load_weights
from .face_parts.metric import PartOverlap
from .faces.metric import FaceError
from .points.metric import RadialError


def measure(
    config: Config, checkpoint: str | Path
) -> RadialError | FaceError | PartOverlap:
    """Run a config's test loop; return the metric, which keeps every error.

    Raises:
        InputError: The checkpoint does not fill the model, or is of other points.
    """
    names = names_of(config)
    runner = Runner.from_cfg(config)
    load_weights(runner.model, checkpoint, True, names)
    runner.test()
    metric = runner.test_evaluator.metrics[0]
    otherwise = 'image' if 'parts' in config else 'annotation'
    metric.boxes = getattr(runner.test_dataloader.dataset, 'box', otherwise)
    return metric


def measured_on(config: Config) -> str:
    """The file, or the folder and its part, that a config tests on."""
    dataset = config.test_dataloader.dataset
    if 'ann_file' in dataset:
        return str(Path(dataset.data_root) / dataset.ann_file)
    return f'{dataset.data_root}: {dataset.split}'


def require_faces(config: Config) -> None:
    """Make sure that a config measures faces.

    Raises:
        InputError: It does not.
    """
    evaluator = config.test_evaluator
    kind = (evaluator[0] if isinstance(evaluator, list) else evaluator)['type']
    if not issubclass(METRICS.get(kind), FaceError):
        raise InputError(f'this is for faces: the config measures {kind}')


def require_ced(config: Config, path: Path) -> None:
    """Say that a CED curve cannot be drawn before a long test.

    Raises:
        InputError: The config does not measure faces, or the file is no ``.png``.
    """
    try:
        require_faces(config)
    except InputError as error:
        raise InputError(f'no CED curve: {error}', ced=None) from None
    if path.suffix.lower() != '.png':
        raise InputError(
            f'a CED curve is written as .png, with a .csv beside it, not to {path}',
            ced=None,
        )
