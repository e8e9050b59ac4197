"""Disable the telemetry of dependencies; import this module before them.

The package processes images of patients, so no dependency may send data without consent.
The following send usage data or check for updates by default. Environment variables set by
the user are kept.

- OpenVINO and NNCF: Google Analytics, with an id in ``~/intel``. Both run without
  ``openvino_telemetry``; None in ``sys.modules`` makes its import fail. Its own opt-out
  would write a file to the user's home folder.
- ONNX Runtime: Microsoft, from its binary, with an id in ``~/.cache/Microsoft``.
- Ray: usage statistics.
- Albumentations, which MMPose imports if it is installed: version check on PyPI.
"""

import os
import sys

sys.modules.setdefault('openvino_telemetry', None)  # type: ignore[arg-type]
for _name, _value in (
    ('ORT_DISABLE_TELEMETRY', '1'),
    ('ORT_TELEMETRY_DISABLED', '1'),  # the name in its first such version
    ('RAY_USAGE_STATS_ENABLED', '0'),
    ('NO_ALBUMENTATIONS_UPDATE', '1'),
):
    os.environ.setdefault(_name, _value)
