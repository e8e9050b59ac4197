"""Skeletal class by the ANB angle."""

from __future__ import annotations

import numpy as np

#: Steiner's ANB of 2 +- 2 degrees: class I from 0 to 4.
CLASS_ONE_ANB = (0.0, 4.0)

CLASS_NAMES = {1: 'Class I', 2: 'Class II', 3: 'Class III'}


def skeletal_class(anb: np.ndarray | float) -> np.ndarray:
    """Skeletal class of ANB angles in degrees.

    Returns:
        An integer array of the same shape: 1 for 0 to 4 degrees, 2 above, 3 below, 0 for
        NaN.
    """
    anb = np.asarray(anb, float)
    low, high = CLASS_ONE_ANB
    found = np.where(anb > high, 2, np.where(anb < low, 3, 1))
    return np.where(np.isnan(anb), 0, found)


def class_in_words(anb: float, sd: float = np.nan) -> str:
    """The class as text, with the neighboring class if ANB ± one SD reaches it.

    Args:
        anb: In degrees; NaN where not known.
        sd: Its standard deviation in degrees; NaN where not known.
    """
    own = int(skeletal_class(anb))
    if not own:
        return 'not known: ANB could not be measured'
    reached = {int(skeletal_class(anb + sign * sd)) for sign in (-1, 1)} - {0, own}
    names = [CLASS_NAMES[number] for number in sorted(reached)]
    border = f', borderline to {" and ".join(names)}' if names else ''
    return CLASS_NAMES[own] + border


def confusion(truth: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Confusion matrix ``(C, C)`` of classes 1 to C: true classes in rows.

    Images of class 0 (not known) in either array are not counted.
    """
    table = np.zeros((classes, classes), int)
    truth, found = np.ravel(truth), np.ravel(found)
    known = (truth > 0) & (found > 0)
    np.add.at(table, (truth[known] - 1, found[known] - 1), 1)
    return table
