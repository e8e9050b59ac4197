"""Points of heads in images that are mirrored, rotated, negative, bordered or cropped.

The points of a first pass, however approximate, show the view of the image. If it is not
the one that the detector was trained on, the image is drawn in that view, the points are
predicted again and mapped back: two passes at most. An image that shows no head is
recognised by the shape of the points, their expected errors and the gray values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..cephalometry.canonical_view import CanonicalView, ViewFit
from ..face.detection import whole_box
from ..structures.prediction import Prediction
from ..utils.image_bounds import inside_image
from .model import Model

#: Largest part of the points outside of the image. Above it the image shows a small part of
#: a head, and most points are extrapolated.
MOST_OUTSIDE = 0.5


@dataclass(frozen=True)
class HeadInImage:
    """Points and view of a head.

    Attributes:
        prediction: In pixels of the image, with ``view``; without a head, all points are
            of low confidence.
        is_head: Whether the image shows a head; if not, the points mean nothing.
    """

    prediction: Prediction
    is_head: bool


def find_heads(
    model: Model,
    view: CanonicalView,
    tasks: Sequence[tuple[np.ndarray, np.ndarray]],
) -> list[HeadInImage]:
    """Find the points in each box, whatever the view of its image.

    Args:
        model: Calibrated.
        view: On which it was trained.
        tasks: An image ``(H, W, 3)`` BGR uint8 and a box ``(4,)`` each.
    """
    grays = [cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY) for bgr, _ in tasks]
    first = model.find(tasks)
    fits = [view.fit(p.points, gray) for p, gray in zip(first, grays, strict=True)]
    found: list[HeadInImage] = []
    again: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for number, ((bgr, box), fit) in enumerate(zip(tasks, fits, strict=True)):
        if fit is not None and not view.is_canonical(fit, box):
            again[number] = view.draw(bgr, fit)
        found.append(_judged(view, first[number], fit, grays[number]))
    upright = [(drawn, whole_box(drawn)) for drawn, _ in again.values()]
    second = model.find(upright) if upright else []
    for (number, (drawn, matrix)), prediction in zip(
        again.items(), second, strict=True
    ):
        # in the canonical view the points must lie canonically; its gray values are not
        # compared, as it is black outside of the image
        inner = view.fit(prediction.points, cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY))
        sound = inner is not None and view.lies_canonically(inner, whole_box(drawn))
        placed = replace(prediction.mapped(matrix), box=first[number].box)
        if _only_dim(view, tasks[number][1], fits[number]) and (
            not sound or _mean_error(first[number]) < _mean_error(placed)
        ):
            continue  # other gray values have not helped
        fit = view.fit(placed.points, grays[number]) if sound else None
        found[number] = _judged(view, placed, fit, grays[number])
    return found


def _only_dim(view: CanonicalView, box: np.ndarray, fit: ViewFit | None) -> bool:
    """Whether a positive image differs from the canonical view by its gray values only."""
    return fit is not None and not fit.negative and view.lies_canonically(fit, box)


def _mean_error(prediction: Prediction) -> float:
    """Mean expected error, pixels; infinite without calibration."""
    error = prediction.mean_expected_error
    return np.inf if error is None else error


def _judged(
    view: CanonicalView, prediction: Prediction, fit: ViewFit | None, gray: np.ndarray
) -> HeadInImage:
    """A prediction with its view, and whether it is that of a head."""
    every = replace(prediction, flags=(True,) * len(prediction.points))
    if fit is None or not view.is_head(fit, _mean_error(prediction)):
        return HeadInImage(every, False)
    height, width = gray.shape
    outside = ~inside_image(prediction.points, width, height)
    if outside.mean() > MOST_OUTSIDE:
        return HeadInImage(every, False)
    return HeadInImage(
        replace(
            prediction,
            view=view.describe(fit, (width, height)),
            # a point outside of the image is extrapolated
            flags=tuple(True if out else None for out in outside),
        ),
        True,
    )
