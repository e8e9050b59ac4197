"""Robustness of a trained network to pose, resolution, box noise and occlusion.

After section 6 of Bulat and Tzimiropoulos, ICCV 2017: NME normalised by the square root of
the box area, AUC up to 0.07.
"""

from __future__ import annotations

from ..compat import activate as shims  # noqa: F401

# isort: split
import copy
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

from ..errors import InputError
from .faces.result import YAW_RANGES, FaceErrors
from .testing import measure

NORM, THRESHOLD = 'box_sqrt', 0.07

#: Transform, argument and severities of each study; 0 changes nothing.
SEVERITIES: dict[str, tuple[str, str, tuple[float, ...]]] = {
    'box noise, %': ('BBoxJitter', 'share', (0, 10, 20, 30)),
    'face size, px': ('ReduceResolution', 'side', (0, 60, 45, 30, 20, 15)),
    'hidden, %': ('Cutout', 'share', (0, 10, 20, 30, 40)),
}


def robustness(name: str, config: Config, checkpoint: str | Path) -> Iterator[dict]:
    """Test a checkpoint without perturbation and under every severity of every study.

    Args:
        name: Name of the network in the rows.
        config: A config that tests on faces, whose test pipeline starts with loading the
            image.
        checkpoint: Weights of its model.

    Yields:
        Rows of ``model``, ``study``, ``level``, ``images``, ``NME_box_sqrt`` and
        ``AUC@0.07_box_sqrt``, both percent. ``level`` is the severity, the lower end of a
        range of yaw, or the number of weights in millions; the size of an unchanged face
        is infinite.

    Raises:
        InputError: The test is not on faces with a known yaw.
    """
    plain = _errors(config, checkpoint)
    base = _row(plain)
    yield dict(model=name, study='weights, M', level=_millions(config), **base)
    for (lower, _), row in zip(YAW_RANGES, plain.by_yaw(), strict=False):
        found = {key: row[key] for key in base}
        yield dict(model=name, study='yaw, degrees from', level=lower, **found)
    for study, (transform, argument, levels) in SEVERITIES.items():
        for level in levels:
            found = base
            if level:
                amount = level / 100 if study.endswith('%') else level
                step = {'type': transform, argument: amount}
                found = _row(_errors(perturbed(config, step), checkpoint))
            unchanged = float('inf') if study.endswith('px') else 0
            yield dict(model=name, study=study, level=level or unchanged, **found)


def perturbed(config: Config, step: dict) -> Config:
    """A copy of the config with a transform after the loading of the test images.

    Raises:
        InputError: The test pipeline does not start with loading the image.
    """
    config = copy.deepcopy(config)
    pipeline = config.test_dataloader.dataset.pipeline
    if not pipeline[0]['type'].startswith('Load'):
        raise InputError('the test pipeline must start with loading the image')
    pipeline.insert(1, step)
    return config


def _errors(config: Config, checkpoint: str | Path) -> FaceErrors:
    config = copy.deepcopy(config)
    config.test_evaluator.update(norm=NORM, thresholds=(THRESHOLD,))
    errors = measure(config, checkpoint).errors
    if not isinstance(errors, FaceErrors) or errors.yaws is None:
        raise InputError('robustness is measured on faces of 68 points')
    return errors


def _row(errors: FaceErrors) -> dict:
    metrics = errors.metrics()
    keys = f'NME_{NORM}', f'AUC@{THRESHOLD}_{NORM}'
    return dict(images=len(errors.ids), **{key: metrics[key] for key in keys})


def _millions(config: Config) -> float:
    init_default_scope(config.get('default_scope', 'mmpose'))
    model = build_pose_estimator(copy.deepcopy(config.model))
    return round(sum(p.numel() for p in model.parameters()) / 1e6, 2)
