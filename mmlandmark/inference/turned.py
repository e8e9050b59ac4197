"""Points of faces that are turned in the plane of the picture.

A network has seen upright faces. A face that is turned further than :data:`TURN_FROM` is
cut out upright, the model finds its points there, and they are mapped back to the picture.
Any backend runs on the upright patch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..face.detection import truth_box
from ..face.found import (
    rotation_between,
    upright_map,
    upright_patch,
    wrapped,
)
from ..schemes import Scheme
from ..structures.prediction import Prediction
from ..utils.affine import inverse, mapped
from .model import Model

#: Degrees from which a face is turned upright: it costs a second sampling of the picture.
TURN_FROM = 10.0
#: Degrees by which the roll of the points may differ from that of the detector.
SECOND_LOOK = 15.0
#: Mean expected error of the points in a detected box, in medians of the model, above which
#: the face may be turned by quarters that the detector has mistaken. Of 95 % of the faces
#: that a mask covers in half it is below.
DOUBTFUL = 3.0
#: Side of the upright patch in longer sides of the box: a network sees less, with the hair
#: 2.5.
PATCH_SIDES = 2.6
#: Least mean distance of mirrored points, in sides of the box, for a roll: the two sides
#: of a face in profile coincide.
LEAST_ACROSS = 0.12


@dataclass(frozen=True)
class BoxInPicture:
    """Where points are looked for.

    Attributes:
        bgr: The picture ``(H, W, 3)`` uint8.
        box: ``(4,)`` x1, y1, x2, y2, pixels.
        rotation: Degrees by which it is turned clockwise about its centre.
        detected: Whether a face detector found it, which can be wrong about the rotation.
    """

    bgr: np.ndarray
    box: np.ndarray
    rotation: float = 0.0
    detected: bool = False


def find_in_boxes(model: Model, boxes: Sequence[BoxInPicture]) -> list[Prediction]:
    """The points in each box, in pixels of its picture.

    Where the points in a detected box have large expected errors, it is turned by quarters,
    and the points of the least expected errors are taken.
    The points in a detected box whose roll differs from the box's are found again, in a
    box about them that is turned by it. Of the two the points with the higher mean score
    are returned.

    Args:
        model: Finds points in upright boxes.
        boxes: Upright or turned.
    """
    first = _find(model, boxes)
    boxes = _other_quarters(model, list(boxes), first)
    again = {}
    for number, (one, prediction) in enumerate(zip(boxes, first, strict=True)):
        roll = roll_of(model.scheme, prediction.points) if one.detected else None
        if roll is None or abs(wrapped(roll - one.rotation)) <= SECOND_LOOK:
            continue
        box = turned_box(prediction.points, roll)
        if (box[2:] - box[:2] >= 1).all():
            again[number] = BoxInPicture(one.bgr, box, roll)
    second = _find(model, list(again.values())) if again else []
    for number, prediction in zip(again, second, strict=True):
        if prediction.scores.mean() > first[number].scores.mean():
            first[number] = prediction
    return first


def _other_quarters(
    model: Model, boxes: list[BoxInPicture], found: list[Prediction]
) -> list[BoxInPicture]:
    """The boxes, turned by quarters where that lowers large expected errors of ``found``.

    The predictions are replaced in ``found``.
    """
    turned = [
        (number, replace(one, rotation=wrapped(one.rotation + quarter)))
        for number, (one, prediction) in enumerate(zip(boxes, found, strict=True))
        if one.detected and _doubt(prediction) > DOUBTFUL
        for quarter in (90.0, 180.0, 270.0)
    ]
    others = _find(model, [one for _, one in turned]) if turned else []
    for (number, one), prediction in zip(turned, others, strict=True):
        if _doubt(prediction) < _doubt(found[number]):
            found[number], boxes[number] = prediction, one
    return boxes


def _doubt(prediction: Prediction) -> float:
    """Mean expected error in medians of the model; 0 where there is none."""
    error, median = prediction.mean_expected_error, prediction.median_expected_error
    return error / median if error is not None and median else 0.0


def _find(model: Model, boxes: Sequence[BoxInPicture]) -> list[Prediction]:
    """One batch of the model; turned boxes are cut out upright."""
    tasks, backs = [], []
    for one in boxes:
        task, back = _task(one, model.input_side)
        tasks.append(task)
        backs.append(back)
    return [
        prediction if back is None else _placed(prediction, back, one)
        for prediction, back, one in zip(model.find(tasks), backs, boxes, strict=True)
    ]


def roll_of(scheme: Scheme, points: np.ndarray) -> float | None:
    """How a face is turned in the picture, degrees clockwise; None where it is not known.

    The mean direction from points of its right side to their mirror images.

    Args:
        scheme: With pairs of mirrored points, the right one first.
        points: ``(K, 2)`` x, y in pixels.
    """
    if not scheme.flip_pairs or not np.isfinite(points).all():
        return None
    right, left = np.array(scheme.flip_pairs).T
    across = (points[left] - points[right]).mean(axis=0)
    if np.linalg.norm(across) < LEAST_ACROSS * np.ptp(points, axis=0).max():
        return None
    return rotation_between(np.zeros(2), across)


def turned_box(points: np.ndarray, rotation: float) -> np.ndarray:
    """The tight box ``(4,)`` of points in the frame of a face.

    Args:
        points: ``(K, 2)`` x, y in pixels.
        rotation: Of the face, degrees clockwise; the box is turned by it about its centre.
    """
    middle = points.mean(axis=0)
    turn = upright_map(middle, rotation, 1, 1)
    x1, y1, x2, y2 = truth_box(mapped(points, turn))
    centre = mapped(np.array([x1 + x2, y1 + y2]) / 2, inverse(turn))
    half = np.array([x2 - x1, y2 - y1]) / 2
    return np.concatenate([centre - half, centre + half])


def _task(one: BoxInPicture, input_side: int):
    """What the model is given, and the map ``(2, 3)`` back to the picture or None."""
    if abs(wrapped(one.rotation)) < TURN_FROM:
        return (one.bgr, one.box), None
    sides = np.asarray(one.box[2:] - one.box[:2], float)
    side = PATCH_SIDES * float(sides.max())
    size = round(PATCH_SIDES * 2 * input_side)
    centre = np.asarray(one.box[:2] + one.box[2:], float) / 2
    patch, matrix = upright_patch(one.bgr, centre, one.rotation, side, size)
    half, middle = sides / 2 * size / side, (size - 1) / 2
    box = np.concatenate([middle - half, middle + half]).astype(np.float32)
    return (patch, box), inverse(matrix)


def _placed(found: Prediction, back: np.ndarray, one: BoxInPicture) -> Prediction:
    """What was found in an upright patch, in pixels of the picture."""
    x1, y1, x2, y2 = map(float, one.box)
    return replace(
        found.mapped(back), box=(x1, y1, x2, y2), rotation=float(one.rotation)
    )
