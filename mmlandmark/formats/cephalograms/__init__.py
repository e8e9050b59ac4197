"""Published lateral radiographs: Aariz, CEPHA29, CL-Detection 2023 and 2024.

None of these data sets was available for tests. The layouts follow public code and the
files that it shows; see each reader.
"""

from .aariz import read_aariz, read_cepha29
from .cl_detection import read_cldetection2023, read_cldetection2024

__all__ = [
    'read_aariz',
    'read_cepha29',
    'read_cldetection2023',
    'read_cldetection2024',
]
