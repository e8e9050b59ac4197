"""Measurements of lateral heads: angles, distances, classes and deviations from norms.

::

    from mmlandmark.cephalometry import measure

    measure(points, scheme='isbi19', spacing=0.1)['ANB'].value

Needs only numpy. :mod:`mmlandmark.report` writes the results as HTML, PDF, JSON or CSV.
"""

from .classes import class_in_words, skeletal_class
from .definitions import DEFINITIONS, Definition
from .intervals import intervals
from .measure import Measurement, measure
from .norms import Norm, read_norms
from .orientation import find_facing, spacing_from_ruler

__all__ = [
    'DEFINITIONS',
    'Definition',
    'Measurement',
    'Norm',
    'class_in_words',
    'find_facing',
    'intervals',
    'measure',
    'read_norms',
    'skeletal_class',
    'spacing_from_ruler',
]
