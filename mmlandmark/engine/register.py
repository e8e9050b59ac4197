"""Import this module to patch MMPose and register all classes of the package."""

from ..compat import activate as shims  # noqa: F401

# isort: split
from .. import datasets, models  # noqa: F401
from ..evaluation.face_parts import metric as part_metrics  # noqa: F401
from ..evaluation.faces import metric as face_metrics  # noqa: F401
from ..evaluation.points import metric as metrics  # noqa: F401
from . import cpu, hooks  # noqa: F401
