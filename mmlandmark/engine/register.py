"""Importing this applies the shims and registers everything the package adds to MMPose."""

from ..compat import activate as shims  # noqa: F401

# isort: split
from .. import datasets, models  # noqa: F401
from ..evaluation.face_parts import metric as part_metrics  # noqa: F401
from ..evaluation.faces import metric as face_metrics  # noqa: F401
from ..evaluation.points import metric as metrics  # noqa: F401
from . import hooks as engine  # noqa: F401
