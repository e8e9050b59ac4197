"""Test a checkpoint."""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import METRICS

from ..errors import InputError
from ..models.checkpoints.weights import load_weights
from ..schemes.from_config import names_of
from .face_parts.metric import PartOverlap
from .faces.metric import FaceError
from .points.metric import RadialError


def measure(
    config: Config, checkpoint: str | Path
) -> RadialError | FaceError | PartOverlap:
    """Run the test loop of a config.

    Returns:
        The metric, with the result as ``errors`` and the kind of boxes as ``boxes``.

    Raises:
        InputError: The checkpoint does not fit the model, or is of other points.
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
    """The annotation file, or the folder and part, of a config's test data."""
    dataset = config.test_dataloader.dataset
    if 'ann_file' in dataset:
        return str(Path(dataset.data_root) / dataset.ann_file)
    return f'{dataset.data_root}: {dataset.split}'


def require_faces(config: Config) -> None:
    """Check that a config measures faces.

    Raises:
        InputError: It measures something else.
    """
    evaluator = config.test_evaluator
    kind = (evaluator[0] if isinstance(evaluator, list) else evaluator)['type']
    if not issubclass(METRICS.get(kind), FaceError):
        raise InputError(f'this needs a config of faces, but it measures {kind}')


def require_ced(config: Config, path: Path) -> None:
    """Check before a long test that a CED curve can be plotted.

    Raises:
        InputError: The config does not measure faces, or the file is not a ``.png``.
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
