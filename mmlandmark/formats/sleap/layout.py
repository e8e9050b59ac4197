"""The tables of a ``.slp`` file, as sleap-io 0.9.5 writes them."""

from __future__ import annotations

import numpy as np

#: Types of instances.
LABELLED, PREDICTED = 0, 1

FRAMES = np.dtype(
    [
        ('frame_id', 'u8'),
        ('video', 'u4'),
        ('frame_idx', 'u8'),
        ('instance_id_start', 'u8'),
        ('instance_id_end', 'u8'),
    ]
)
INSTANCES = np.dtype(
    [
        ('instance_id', 'i8'),
        ('instance_type', 'u1'),
        ('frame_id', 'u8'),
        ('skeleton', 'u4'),
        ('track', 'i4'),
        ('from_predicted', 'i8'),
        ('score', 'f4'),
        ('point_id_start', 'u8'),
        ('point_id_end', 'u8'),
        ('tracking_score', 'f4'),
    ]
)
POINTS = np.dtype([('x', 'f8'), ('y', 'f8'), ('visible', '?'), ('complete', '?')])
PREDICTED_POINTS = np.dtype([*POINTS.descr, ('score', 'f8')])
