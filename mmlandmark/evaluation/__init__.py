"""Metrics of landmarks, faces and face parts, and the calibration of expected errors.

The modules named ``functional`` and the calibration need neither PyTorch nor MMPose.
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

#: Imported on first access, as they need PyTorch and MMPose.
_CLASSES = dict(
    FaceError='faces.metric',
    PartOverlap='face_parts.metric',
    RadialError='points.metric',
)


def __getattr__(name: str):
    if name in _CLASSES:
        return getattr(import_module(f'.{_CLASSES[name]}', __name__), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
