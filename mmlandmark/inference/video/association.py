"""Assigns the boxes of a frame to tracked faces by overlap and constant velocity.

The association follows ByteTrack (Zhang et al., ECCV 2022): detections with high scores are
assigned first, to the boxes that are predicted by the motion of the tracks; then those with
low scores are assigned to the tracks that are left. Each assignment maximises the total
intersection over union (Kuhn, Naval Research Logistics Quarterly 2, 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...face.detection import overlap

#: Intersection over union from which two boxes belong to the same face.
IOU_THRESHOLD = 0.3
#: The same threshold for a face that touches another one, to which its points may move:
#: below it, the box is neither at its last position nor at the expected one.
CONTINUOUS = 0.5
#: Weight of the last frame in the velocity.
GAIN = 0.5


@dataclass
class Motion:
    """A box that moves with constant velocity.

    Attributes:
        box: ``(4,)`` x1, y1, x2, y2 at the last time, pixels.
        seconds: The last time.
        velocity: ``(2,)`` of its centre, pixels per second; None before the second frame.
    """

    box: np.ndarray
    seconds: float
    velocity: np.ndarray | None = field(default=None)

    def at(self, seconds: float) -> np.ndarray:
        """The box ``(4,)`` at a time."""
        if self.velocity is None:
            return self.box
        return self.box + np.tile(self.velocity * (seconds - self.seconds), 2)

    def update(self, box: np.ndarray, seconds: float, crowded: bool = False) -> None:
        """Update the position and the velocity of the face.

        Args:
            box: ``(4,)`` pixels.
            seconds: The time.
            crowded: Whether it touches another face. The velocity is then kept, and a box
                that is neither at the last position nor at the expected one is ignored: it
                is that of the other face.
        """
        near = max(overlap(self.at(seconds), box), overlap(self.box, box))
        if crowded and near < CONTINUOUS:
            return
        passed = seconds - self.seconds
        if passed > 0 and not crowded:
            found = (_centre(box) - _centre(self.box)) / passed
            old = found if self.velocity is None else self.velocity
            self.velocity = (1 - GAIN) * old + GAIN * found
        self.box, self.seconds = box, seconds


def _centre(box: np.ndarray) -> np.ndarray:
    return (box[:2] + box[2:]) / 2


def overlaps(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """``(N, M)`` intersections over union of boxes ``(4,)``."""
    table = [[overlap(one, other) for other in second] for one in first]
    return np.array(table, float).reshape(len(first), len(second))


def assign(values: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Pairs of a row and a column with the largest total of ``values`` ``(N, M)``.

    No row and no column occurs twice, and no value of a pair is below ``least``. Without
    SciPy, which mmlandmark-lite does not require, the largest values are taken one by one.
    """
    # so that a pair below the least value cannot improve the total of the others
    values = np.where(values >= least, values, 0.0)
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError:
        pairs = _greedy(values)
    else:
        pairs = list(zip(*linear_sum_assignment(-values), strict=True))
    return [(int(i), int(j)) for i, j in pairs if values[i, j] >= max(least, 1e-9)]


def _greedy(values: np.ndarray) -> list[tuple[int, int]]:
    if not values.size:
        return []
    rows, columns = np.unravel_index(np.argsort(-values, axis=None), values.shape)
    pairs: list[tuple[int, int]] = []
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if all(i != row and j != column for row, column in pairs):
            pairs.append((i, j))
    return pairs


def associate(
    expected: Sequence[np.ndarray],
    boxes: Sequence[np.ndarray],
    scores: np.ndarray,
    high: float,
) -> tuple[dict[int, int], list[int]]:
    """Assign detections to tracks.

    Args:
        expected: The expected box of each track, from its motion.
        boxes: The detections.
        scores: ``(M,)`` of the detections; NaN counts as high.
        high: Least high score.

    Returns:
        Index of a track to that of its detection, and the detections with high scores that
        no track has.
    """
    table = overlaps(expected, boxes)
    is_high = ~(np.asarray(scores, float) < high)
    first = np.where(is_high[None], table, 0.0)
    found = dict(assign(first, IOU_THRESHOLD))
    rest = np.where(is_high[None], 0.0, table)
    rest[list(found)] = 0.0
    found |= dict(assign(rest, IOU_THRESHOLD))
    taken = set(found.values())
    return found, [j for j in range(len(boxes)) if is_high[j] and j not in taken]
