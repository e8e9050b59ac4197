"""What models have in common whose first stage is a trained detector."""

from __future__ import annotations

from pathlib import Path

from mmengine.logging import print_log
from torch import nn

from ..checkpoint import best_checkpoint, load_weights
from ..errors import InputError


def load_detector(
    detector: nn.Module, source: str | None, names: tuple[str, ...]
) -> None:
    """Fill the first stage before its model is trained.

    Args:
        detector: The first stage.
        source: A checkpoint of the detector or of a model of two stages, or the work
            folder of its training, whose best is taken.
        names: The points it must have been trained for.

    Raises:
        InputError: No weights are named, or they are not there or do not fit.
    """
    hint = '--cfg-options model.detector_checkpoint=FILE'
    if source is None:
        raise InputError(f'the detector to refine has no weights: name them by {hint}')
    try:
        if Path(source).is_dir() or not Path(source).suffix:
            source = best_checkpoint(source)
        report = load_weights(detector, source, True, names, part='detector.')
    except InputError as error:
        raise InputError(
            f'the detector to refine: {error}. Its weights are named by {hint}'
        ) from None
    print_log(f'detector: {report.line()}', 'current')
