"""Lateral radiographs of the field: Aariz, CEPHA29, CL-Detection 2023 and 2024.

None of these data sets was at hand: the layouts are those of public code and of the files
that it shows, see each reader.
"""

from .aariz import read_aariz, read_cepha29
from .cl_detection import read_cldetection2023, read_cldetection2024

__all__ = [
    'read_aariz',
    'read_cepha29',
    'read_cldetection2023',
    'read_cldetection2024',
]
