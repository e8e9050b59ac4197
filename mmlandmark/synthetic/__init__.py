"""Synthetic lateral cephalograms with exact landmarks.

A head is drawn from its points, so the points have no annotation error::

    from mmlandmark import synthetic

    for head in synthetic.draw_heads(100, seed=3):
        head.image, head.points['gonion'], head.skeletal_class

    table = synthetic.photo_frame(400)  # the layout of the profile photographs

Modules: ``anatomy`` samples the points in mm, ``atlas`` makes the outlines of all
structures from them, ``painting`` fills the outlines with X-ray density, ``radiograph``
converts density to an image, ``head`` combines the four, and ``table`` collects heads in a
table.
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
