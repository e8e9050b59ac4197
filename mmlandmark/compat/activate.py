"""Import this module before MMPose to apply the shims."""

from . import shims as compat

compat.apply()
