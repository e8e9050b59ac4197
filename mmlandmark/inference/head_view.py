"""Points of heads in images that are mirrored, rotated, negative, bordered or cropped.

The points of a first pass, however approximate, show the view of the image. If it is not
the one that the detector was trained on, the image is drawn in that view, the points are
predicted again and mapped back. Where the expected errors are large or no head is found,
the same is done with the image without its stripes, and then with parts of the image. An
image that shows no head is recognised by the shape of the points, their expected errors
and the gray values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..cephalometry.canonical_view import CanonicalView, ViewFit, ViewLimits
from ..face.detection import whole_box
from ..structures.prediction import Prediction, doubted
from ..utils.image_bounds import inside_image
from ..utils.periodic_noise import without_stripes
from .model import Model

#: Largest part of the points outside of the image. Above it the image shows a small part of
#: a head, and most points are extrapolated.
MOST_OUTSIDE = 0.5

#: Mean expected error, in multiples of the median of the model, above which stripes are
#: removed from the image, and the multiple of it below which the new points are better. In
#: validation radiographs with stripes they are at most 0.33 times as large afterwards, in
#: one with strong JPEG compression, whose blocks are periodic, 0.99 times.
MAX_RELATIVE_ERROR, LESS = 3.0, 0.5

#: Sides of the parts in which a small head is searched, as a fraction of those of the box.
#: They overlap by half of their sides: a head of half their sides lies within one of them.
PART = 0.5
#: Least side of such a part in pixels: a head of half of it has few details.
LEAST_PART = 160

#: Least width and height of the rest of an image in which another head is looked for, as a
#: fraction of those of the head.
LEAST_REST = 0.4
#: Least standard deviation of its gray values: a uniform border shows no head.
LEAST_DETAIL = 8.0
#: Of 55 other heads beside validation radiographs of ISBI 2015 the residual is at most
#: 0.036 and the correlation at least 0.52 in a first pass; of 90 other parts of images it
#: is 0.07 at least and 0.32 at most. A mirrored head has large expected errors there.
ANOTHER = ViewLimits(residual=0.05, correlation=0.4, expected_error=0.05)


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
    tasks = [(view.usual_colours(bgr), box) for bgr, box in tasks]
    found = _in_boxes(model, view, tasks, model.find(tasks))
    for look in (_without_stripes, _in_parts, _compared_with_rest):
        found = [
            look(model, view, head, *task)
            for head, task in zip(found, tasks, strict=True)
        ]
    return found


def _in_boxes(
    model: Model,
    view: CanonicalView,
    tasks: Sequence[tuple[np.ndarray, np.ndarray]],
    first: Sequence[Prediction],
) -> list[HeadInImage]:
    """The head of each box, if it takes a large part of it, from the first pass."""
    grays = [cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY) for bgr, _ in tasks]
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


def _without_stripes(
    model: Model,
    view: CanonicalView,
    head: HeadInImage,
    bgr: np.ndarray,
    box: np.ndarray,
) -> HeadInImage:
    """The head of the image without its stripes, if the expected errors are much smaller.

    Stripes, such as the moire of a photographed screen, hide a head from the network.
    """
    if head.is_head and head.prediction.relative_error <= MAX_RELATIVE_ERROR:
        return head
    channels = cv2.split(bgr)[: 1 if view.gray else 3]
    cleaned = cv2.merge([without_stripes(c) for c in channels] * (3 // len(channels)))
    if np.array_equal(cleaned, bgr):
        return head
    (other,) = _in_boxes(model, view, [(cleaned, box)], model.find([(cleaned, box)]))
    least = LESS * _mean_error(head.prediction) if head.is_head else np.inf
    return other if other.is_head and _mean_error(other.prediction) < least else head


def _in_parts(
    model: Model,
    view: CanonicalView,
    head: HeadInImage,
    bgr: np.ndarray,
    box: np.ndarray,
) -> HeadInImage:
    """The head, or a small one if none was found, such as a radiograph on a page."""
    x1, y1 = box[:2]
    width, height = PART * (box[2:] - box[:2])
    if head.is_head or min(width, height) < LEAST_PART:
        return head
    parts = [
        np.array([x, y, x + width, y + height], np.float32)
        for y in (y1, y1 + height / 2, y1 + height)
        for x in (x1, x1 + width / 2, x1 + width)
    ]
    gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    first = model.find([(bgr, part) for part in parts])
    fits = [_sure_fit(view, one, gray) for one in first]
    residuals = [np.inf if fit is None else fit.residual for fit in fits]
    surest = int(np.argmin(residuals))
    if fits[surest] is None:
        return head
    (small,) = _in_boxes(model, view, [(bgr, parts[surest])], [first[surest]])
    if not small.is_head:
        return head
    return replace(small, prediction=replace(small.prediction, box=head.prediction.box))


def _compared_with_rest(
    model: Model,
    view: CanonicalView,
    head: HeadInImage,
    bgr: np.ndarray,
    box: np.ndarray,
) -> HeadInImage:
    """The head, with the remark whether the rest of its box shows another one."""
    seen = head.prediction.view
    if not head.is_head or seen is None or seen.frame is None:
        return head
    for x1, y1, x2, y2 in _rests(box, np.array(seen.frame)):
        rest = np.ascontiguousarray(bgr[y1:y2, x1:x2])
        if _shows_head(model, view, rest):
            prediction = replace(head.prediction, view=replace(seen, another=True))
            return replace(head, prediction=prediction)
    return head


def _rests(box: np.ndarray, frame: np.ndarray) -> list[tuple[int, int, int, int]]:
    """The parts of a box on each side of a frame that are large enough for a head.

    Returns:
        x1, y1, x2, y2 as of a slice: the last column and row are not included.
    """
    (left, top), (right, bottom) = np.round([box[:2], box[2:] + 1]).astype(int).tolist()
    x1, y1, x2, y2 = np.round(frame + 0.5).astype(int).tolist()
    sides = [
        (left, top, x1, bottom),
        (x2, top, right, bottom),
        (left, top, right, y1),
        (left, y2, right, bottom),
    ]
    least_width, least_height = LEAST_REST * (x2 - x1), LEAST_REST * (y2 - y1)
    return [
        side
        for side in sides
        if side[2] - side[0] >= least_width and side[3] - side[1] >= least_height
    ]


def _shows_head(model: Model, view: CanonicalView, bgr: np.ndarray) -> bool:
    """Whether a first pass finds a head that leaves no doubt."""
    gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    if gray.std() < LEAST_DETAIL:
        return False
    (prediction,) = model.find([(bgr, whole_box(bgr))])
    return _sure_fit(view, prediction, gray) is not None


def _sure_fit(
    view: CanonicalView, prediction: Prediction, gray: np.ndarray
) -> ViewFit | None:
    """The view of a first pass, if it leaves no doubt that it shows a head."""
    fit = view.fit(prediction.points, gray)
    if fit is None or not view.is_head(fit, _mean_error(prediction), ANOTHER):
        return None
    return fit


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
            flags=doubted(outside | view.far_points(fit, prediction.points)),
        ),
        True,
    )
