"""Lines of a frontal face: across, the midline, thirds and fifths."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ..cephalometry.frontal import frontal_symbols
from ..structures.prediction import Prediction

MIDLINE, MEASURED, OUTLINE = '#ffd54f', '#ff8a80', '#b39ddb'
#: Length of a line beyond the outermost points, in widths of the face.
_PAST = 0.08
#: Points through which a horizontal line is drawn, and those with a vertical line.
_ACROSS = (('bR', 'bL'), ('sn',), ('gn',))
_DOWN = ('fR', 'exR', 'enR', 'enL', 'exL', 'fL')
_MEASURED = (('exR', 'enR'), ('enL', 'exL'), ('chR', 'chL'), ('sbalR', 'sbalL'))


def draw_face_lines(axis: Axes, prediction: Prediction) -> None:
    """Draw the lines to which the measurements of a frontal face refer.

    The lines of the thirds and fifths are dotted, across and the midline solid. Without
    both eyes only the outlines are drawn.

    Args:
        axis: Axes in which the photograph is drawn.
        prediction: The prediction of the 68 points.
    """
    for start, end in prediction.skeleton:
        ends = prediction.points[[start, end]]
        axis.plot(*ends.T, color=OUTLINE, lw=0.7, alpha=0.7)
    pairs = zip(frontal_symbols(prediction.names), prediction.points, strict=True)
    found = {s: p for s, p in pairs if s and np.isfinite(p).all()}
    for first, second in _MEASURED:
        if first in found and second in found:
            _line(axis, found[first], found[second], MEASURED, 1.4)
    if {'exR', 'enR', 'enL', 'exL'} <= found.keys():
        _draw_frame(axis, found)


def _draw_frame(axis: Axes, found: dict[str, np.ndarray]) -> None:
    """Draw the horizontal line, the midline, and the lines parallel to them."""
    origin = (found['enR'] + found['enL']) / 2
    across = (found['enL'] + found['exL'] - found['enR'] - found['exR']) / 2
    if not across.any():
        return
    across = across / np.linalg.norm(across)
    down = np.array([-across[1], across[0]])
    rest = np.array([*found.values()]) - origin
    past = _PAST * np.ptp(rest @ across)
    (left, right), (top, bottom) = (
        (values.min() - past, values.max() + past)
        for values in (rest @ across, rest @ down)
    )
    eyes = (found['exR'] + found['enR'] + found['enL'] + found['exL']) / 4
    middle = eyes + across * ((origin - eyes) @ across)
    _line(axis, middle + left * across, middle + right * across, MIDLINE, 1.2)
    _line(axis, origin + top * down, origin + bottom * down, MIDLINE, 1.2)
    for names in _ACROSS:
        if all(name in found for name in names):
            point = np.mean([found[name] for name in names], axis=0)
            at = origin + down * ((point - origin) @ down)
            _line(axis, at + left * across, at + right * across, MIDLINE, 0.9, ':')
    for name in _DOWN:
        if name in found:
            at = origin + across * ((found[name] - origin) @ across)
            _line(axis, at + top * down, at + bottom * down, MIDLINE, 0.9, ':')


def _line(axis: Axes, start, end, color: str, width: float, style: str = '-') -> None:
    axis.plot(*np.array([start, end]).T, style, color=color, lw=width, alpha=0.9)
