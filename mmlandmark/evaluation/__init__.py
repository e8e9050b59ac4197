"""Metrics: functions in ``functional`` and ``face``; classes for MMPose in the rest.

The functions and the calibration need neither torch nor MMPose.
"""

from importlib import import_module

from .functional import mean_radial_error, radial_errors, success_detection_rate

__all__ = [
    'FaceError',
    'PartOverlap',
    'RadialError',
    'mean_radial_error',
    'radial_errors',
    'success_detection_rate',
]

#: Imported when they are first asked for, with all that they need.
_CLASSES = dict(
    FaceError='faces.metric',
    PartOverlap='face_parts.metric',
    RadialError='points.metric',
)


def __getattr__(name: str):
    if name in _CLASSES:
        return getattr(import_module(f'.{_CLASSES[name]}', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
