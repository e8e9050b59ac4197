"""Measuring a checkpoint."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from ..checkpoint import load_weights
from ..schemes import get_scheme
from .metrics import RadialError


def measure(config: Config, checkpoint: str | Path) -> RadialError:
    """Run a config's test loop; return the metric, which keeps every error.

    Raises:
        InputError: The checkpoint does not fill the model, or is of other points.
    """
    runner = Runner.from_cfg(config)
    load_weights(runner.model, checkpoint, True, get_scheme(config.scheme).points)
    runner.test()
    return runner.test_evaluator.metrics[0]
