"""Report the result of a test as tables and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from ..utils.checksum import sha256
from ..version import __version__
from .calibration import Calibration
from .result import EvaluationResult
from .tables import print_reliability, print_rows

MEAN_SHAPE = 'mean training shape'


def results_of(
    metric, others: dict[str, EvaluationResult], calibration: Calibration | None
) -> dict:
    """All results of a test as plain values.

    Args:
        metric: The metric after the test.
        others: Results of other methods on the same images, such as ``MEAN_SHAPE``.
        calibration: Calibration of the model's expected errors, or None.
    """
    errors, settings = metric.errors, metric.settings
    metrics = errors.metrics(*settings)
    return dict(
        metrics={f'{metric.prefix}/{key}': value for key, value in metrics.items()},
        mean_shape=others[MEAN_SHAPE].metrics(*settings) if others else None,
        per_landmark=errors.per_landmark(*settings),
        by_yaw=errors.by_yaw(),
        per_annotator=errors.per_annotator(*settings),
        reliability=errors.reliability(calibration) if calibration else None,
        boxes=metric.boxes,
        images=len(errors.ids),
        **errors.conditions(),
    )


def print_results(found: dict, metric, checkpoint: str | Path) -> None:
    """Print the results from :func:`results_of` as tables."""
    errors = metric.errors
    prefix = f'{metric.prefix}/'
    metrics = {key.removeprefix(prefix): v for key, v in found['metrics'].items()}
    methods = {'model': metrics}
    if found['mean_shape']:
        methods[MEAN_SHAPE] = found['mean_shape']
    print_rows(errors.title, found['per_landmark'])
    title = f'{found["images"]} images, {errors.sample_size()}, boxes: {found["boxes"]}'
    print_rows(f'{checkpoint}, {title}', errors.summary(methods))
    print_rows('By yaw of the head, degrees', found['by_yaw'])
    if views := found['per_annotator']:
        print_rows('The model against each annotator', errors.summary(views))
    if report := found['reliability']:
        print_reliability('Expected errors, in increasing order', report)


def write_results(path: Path, found: dict, checkpoint: str | Path) -> None:
    """Write the results that are not empty as JSON, with the checkpoint's SHA-256."""
    kept = {key: value for key, value in found.items() if value not in (None, [], {})}
    kept |= dict(
        checkpoint=str(checkpoint),
        checkpoint_sha256=sha256(checkpoint),
        version=__version__,
    )
    path.write_text(json.dumps(kept, indent=1) + '\n', encoding='utf-8')
