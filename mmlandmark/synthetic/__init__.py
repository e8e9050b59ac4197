"""Synthetic lateral cephalograms whose landmarks are known exactly.

A head is drawn from its points, so the points are the truth and not an annotation::

    from mmlandmark import synthetic

    for head in synthetic.draw_heads(100, seed=3):
        head.image, head.points['gonion'], head.skeletal_class

    table = synthetic.photo_frame(400)  # the layout of the profile photographs

The way of a head through the modules: ``anatomy`` samples its points in mm, ``atlas``
lays the outlines of all structures through them, ``painting`` fills these with X-ray
density, ``film`` exposes the density to a picture, ``head`` ties the four together, and
``table`` collects heads into a data frame.
"""

from .anatomy import ISBI19, POINT_IDS
from .head import Head, draw_head, draw_heads
from .table import PHOTO19, photo_frame

__all__ = [
    'ISBI19',
    'PHOTO19',
    'POINT_IDS',
    'Head',
    'draw_head',
    'draw_heads',
    'photo_frame',
]
