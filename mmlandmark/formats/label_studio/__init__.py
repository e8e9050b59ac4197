"""Label Studio's JSON: an export of tasks with ``keypointlabels``, or tasks to import.

An annotation has one region per point and per rectangle; the points of a head have its
rectangle as ``parentID``. Points without a parent are one head. Written tasks hold the
points as a prediction, a first guess for the annotator.

Index base: coordinates are percent of the image, counted from the outer corner of the first
pixel: ``x / 100 * original_width - 0.5`` is the 0-based pixel centre.

Documented at https://labelstud.io/guide/task_format and https://labelstud.io/guide/export.
"""

from .reader import label_studio_scheme, read_label_studio
from .writer import LOCAL, label_studio_interface, write_label_studio

__all__ = [
    'LOCAL',
    'label_studio_interface',
    'label_studio_scheme',
    'read_label_studio',
    'write_label_studio',
]
