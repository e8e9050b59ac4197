"""The lines of the tracing of a lateral head, by the symbols of their points."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Planes by their names: the two points that define each, the anterior one last.
PLANES = {
    'SN': ('S', 'N'),
    'FH': ('Po', 'Or'),
    'PP': ('PNS', 'ANS'),
    'MP': ('Go', 'Me'),
    'NA': ('N', 'A'),
    'NB': ('N', 'B'),
}
AXES = (('U1A', 'U1T'), ('L1A', 'L1T'))
OUTLINES = (
    ('Ar', 'Go'),
    ("N'", 'Prn', 'Sn', 'Ls', 'Li', "Pog'"),
    ('B', 'Pog', 'Gn', 'Me'),
)


def tracing_lines(points: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The planes, axes and outlines whose points are not missing.

    Args:
        points: Symbol of each point that is not missing to its ``(2,)`` pixels.

    Returns:
        ``(n, 2)`` points of each line, n at least 2; an outline skips its missing points.
    """
    pairs = (*PLANES.values(), *AXES)
    whole = [pair for pair in pairs if all(name in points for name in pair)]
    rest = [[name for name in outline if name in points] for outline in OUTLINES]
    return [
        np.array([points[name] for name in line])
        for line in (*whole, *rest)
        if len(line) > 1
    ]
