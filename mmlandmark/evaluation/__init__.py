"""Metrics: functions in ``functional`` and ``face``; importing registers the rest."""

from .face_metrics import FaceError
from .functional import mean_radial_error, radial_errors, success_detection_rate
from .metrics import RadialError
from .part_metrics import PartOverlap

__all__ = [
    'FaceError',
    'PartOverlap',
    'RadialError',
    'mean_radial_error',
    'radial_errors',
    'success_detection_rate',
]
