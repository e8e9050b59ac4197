"""mmlandmark: landmark detection on MMPose.

Importing the package carries MMPose over today's torch (:mod:`mmlandmark.compat`) and
registers every dataset, model, transform and metric, so a config needs only
``custom_imports = dict(imports=['mmlandmark'])``.
"""

from importlib.util import find_spec

from .errors import InputError
from .version import __version__

#: What :mod:`mmlandmark.inference` has, imported when it is first asked for.
_INFERENCE = (
    'FaceParser',
    'LandmarkDetector',
    'PartEnsemble',
    'PartMask',
    'Prediction',
)

__all__ = ['InputError', '__version__', *_INFERENCE]

#: Why the training stack could not be imported; None when it was, or is not installed.
#: ``python -m mmlandmark.doctor`` must be able to run then, so it is kept, not raised.
stack_error: Exception | None = None

if find_spec('torch') and find_spec('mmpose'):
    try:
        from . import register  # noqa: F401
    except Exception as error:
        import warnings

        stack_error = error
        warnings.warn(
            f'models and datasets are not available ({type(error).__name__}: {error}); '
            'python -m mmlandmark.doctor says more',
            stacklevel=2,
        )


def __getattr__(name: str):
    if name in _INFERENCE:
        from . import inference

        return getattr(inference, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
