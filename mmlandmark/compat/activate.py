"""Importing this applies the shims; what imports MMPose imports it first."""

import warnings

from . import shims as compat

# mmengine 0.10.7 imports pkg_resources; setuptools<81 is pinned for it, no need to warn
warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
compat.apply()
