"""CVAT's own format, "CVAT for images 1.1": one XML file of skeletons or single points.

An ``<image>`` has one ``<skeleton label>`` per head with one
``<points label points="x,y">`` per point, or ``<points>`` without a skeleton, labelled with
the name of the point. Several positions in one element, ``x,y;x,y``, are separate points:
those of label ``a`` become ``a 1``, ``a 2``, ... A point with ``outside="1"`` is missing.

Index base: coordinates count from the outer corner of the first pixel, so 0.5 is subtracted
on reading and added on writing. CVAT writes two decimals.

Documented at https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/.
"""

from .reader import cvat_scheme, read_cvat
from .writer import cvat_labels, write_cvat

__all__ = ['cvat_labels', 'cvat_scheme', 'read_cvat', 'write_cvat']
