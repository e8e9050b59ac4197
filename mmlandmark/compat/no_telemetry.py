"""Importing this keeps what the package uses from sending anything of itself.

Pictures of patients are looked at here: nothing is to leave the machine unasked. Each of
these sends, or looks for a newer version, by default, and is told here not to before it is
imported. A choice that the user has made, in the environment, stays.

- OpenVINO and NNCF: Google Analytics, and a number in ``~/intel``. Both go on without where
  ``openvino_telemetry`` cannot be imported, which is what None in a module's place means.
  Its own opt-out would be a file in the user's home folder.
- ONNX Runtime: Microsoft, from its machine code, and a number in ``~/.cache/Microsoft``.
- Ray: its usage statistics.
- Albumentations, which MMPose imports where it is installed: PyPI.
"""

import os
import sys

sys.modules.setdefault('openvino_telemetry', None)  # type: ignore[arg-type]
for _name, _value in (
    ('ORT_DISABLE_TELEMETRY', '1'),
    ('ORT_TELEMETRY_DISABLED', '1'),  # what its first such version asked for
    ('RAY_USAGE_STATS_ENABLED', '0'),
    ('NO_ALBUMENTATIONS_UPDATE', '1'),
):
    os.environ.setdefault(_name, _value)
