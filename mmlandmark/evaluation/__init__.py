"""Metrics: pure functions in ``functional``; importing the package registers the rest."""

from .functional import mean_radial_error, radial_errors, success_detection_rate
from .metrics import RadialError

__all__ = [
    'RadialError',
    'mean_radial_error',
    'radial_errors',
    'success_detection_rate',
]
