"""Import this module before MMPose to apply the shims."""

import warnings

from . import shims as compat

# mmengine 0.10.7 imports pkg_resources, for which setuptools<81 is pinned
warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
compat.apply()
