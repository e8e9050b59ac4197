"""Points of faces that are rotated in the image plane.

The networks were trained on upright faces. A face that is rotated by more than
:data:`MIN_ROTATION` is cut out upright, the model predicts its points there, and they are
mapped back to the image. This works with every backend.
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

#: Rotation in degrees from which a face is rotated upright, which samples the image again.
MIN_ROTATION = 10.0
#: Degrees by which the roll of the points may differ from that of the detector.
MAX_ROLL_DIFFERENCE = 15.0
#: Mean expected error of the points in a detected box, in multiples of the median of the
#: model, above which the rotation of the box may be wrong by a multiple of 90 degrees. It
#: is lower for 95 % of the faces of which a mask covers one half.
MAX_RELATIVE_ERROR = 3.0
#: Pairs of a score and a multiple of the median expected error of the model: a detected box
#: with a lower score and a higher mean expected error shows no face. Of 506 validation
#: faces of 300-W, most of them covered, dark or noisy, 1 of 467 with an error of at most
#: 8 % is refused, 2 of 29 up to 15 %, and 8 of 10 above; and all of the 22 boxes that YuNet
#: finds in 100 lateral radiographs.
NO_FACE = ((0.8, 2.5), (0.87, 4.0))
#: Side of the upright patch in longer sides of the box; the input of a network is smaller
#: (2.5 with the hair).
PATCH_SIDES = 2.6
#: Least mean distance of mirrored points, in sides of the box, from which a roll is
#: computed. In a profile the two sides of a face coincide.
MIN_MIRROR_DISTANCE = 0.12


@dataclass(frozen=True)
class BoxInPicture:
    """A box in which the points of a face are predicted.

    Attributes:
        bgr: The picture ``(H, W, 3)`` uint8.
        box: ``(4,)`` x1, y1, x2, y2, pixels.
        rotation: Degrees by which the box is rotated clockwise about its centre.
        detected: Whether a face detector found it, which can be wrong about the rotation.
    """

    bgr: np.ndarray
    box: np.ndarray
    rotation: float = 0.0
    detected: bool = False


def find_in_boxes(model: Model, boxes: Sequence[BoxInPicture]) -> list[Prediction]:
    """Predict the points in each box, in pixels of its image.

    If the points in a detected box have large expected errors, the box is also rotated by
    90, 180 and 270 degrees, and the points with the smallest expected errors are used. If
    the roll of the points in a detected box differs from that of the box, the points are
    predicted again in a box around them with this roll. Of both predictions the one with
    the higher mean score is returned.

    Args:
        model: Finds points in upright boxes.
        boxes: Upright or rotated boxes.
    """
    first = _find(model, boxes)
    boxes = _other_quarters(model, list(boxes), first)
    again = {}
    for number, (one, prediction) in enumerate(zip(boxes, first, strict=True)):
        roll = roll_of(model.scheme, prediction.points) if one.detected else None
        if roll is None or abs(wrapped(roll - one.rotation)) <= MAX_ROLL_DIFFERENCE:
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
    """Rotate boxes by multiples of 90 degrees if this reduces large expected errors.

    The predictions are replaced in ``found``.
    """
    turned = [
        (number, replace(one, rotation=wrapped(one.rotation + quarter)))
        for number, (one, prediction) in enumerate(zip(boxes, found, strict=True))
        if one.detected and prediction.relative_error > MAX_RELATIVE_ERROR
        for quarter in (90.0, 180.0, 270.0)
    ]
    others = _find(model, [one for _, one in turned]) if turned else []
    for (number, one), prediction in zip(turned, others, strict=True):
        if prediction.relative_error < found[number].relative_error:
            found[number], boxes[number] = prediction, one
    return boxes


def _find(model: Model, boxes: Sequence[BoxInPicture]) -> list[Prediction]:
    """Run the model on one batch; rotated boxes are cut out upright."""
    tasks, backs = [], []
    for one in boxes:
        task, back = _task(one, model.input_side)
        tasks.append(task)
        backs.append(back)
    return [
        prediction if back is None else _placed(prediction, back, one)
        for prediction, back, one in zip(model.find(tasks), backs, boxes, strict=True)
    ]


def is_no_face(prediction: Prediction, box_score: float) -> bool:
    """Whether a detected box is doubtful by its score and by the errors of its points.

    Args:
        prediction: The points in the box, with expected errors.
        box_score: Score of the detector of faces, 0 to 1; NaN for a given box.
    """
    return any(
        box_score < score and prediction.relative_error > error
        for score, error in NO_FACE
    )


def roll_of(scheme: Scheme, points: np.ndarray) -> float | None:
    """The roll of a face in the image, degrees clockwise; None if it is not known.

    It is the mean direction from the points of its right side to their mirror images.

    Args:
        scheme: A scheme with flip pairs, the point of the right side first.
        points: ``(K, 2)`` x, y in pixels.
    """
    if not scheme.flip_pairs or not np.isfinite(points).all():
        return None
    right, left = np.array(scheme.flip_pairs).T
    across = (points[left] - points[right]).mean(axis=0)
    if np.linalg.norm(across) < MIN_MIRROR_DISTANCE * np.ptp(points, axis=0).max():
        return None
    return rotation_between(np.zeros(2), across)


def turned_box(points: np.ndarray, rotation: float) -> np.ndarray:
    """The tight box ``(4,)`` of points in the frame of a face.

    Args:
        points: ``(K, 2)`` x, y in pixels.
        rotation: Rotation of the face, degrees clockwise; the box is rotated by this angle
            about its centre.
    """
    middle = points.mean(axis=0)
    turn = upright_map(middle, rotation, 1, 1)
    x1, y1, x2, y2 = truth_box(mapped(points, turn))
    centre = mapped(np.array([x1 + x2, y1 + y2]) / 2, inverse(turn))
    half = np.array([x2 - x1, y2 - y1]) / 2
    return np.concatenate([centre - half, centre + half])


def _task(one: BoxInPicture, input_side: int):
    """The image and box for the model, and the map ``(2, 3)`` back to the image or None."""
    if abs(wrapped(one.rotation)) < MIN_ROTATION:
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
    """Convert a prediction in an upright patch to pixels of the image."""
    x1, y1, x2, y2 = map(float, one.box)
    return replace(
        found.mapped(back), box=(x1, y1, x2, y2), rotation=float(one.rotation)
    )
