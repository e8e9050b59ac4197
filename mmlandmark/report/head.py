"""The points of a head or a face found by a detector, and the head's facing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..cephalometry.names import named_points
from ..cephalometry.orientation import FACINGS, find_facing
from ..errors import InputError
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction


def find_head(
    detector: Callable[..., list[Prediction]],
    image: np.ndarray,
    facing: str | None = None,
    spacing: PixelSpacing | None = None,
) -> Prediction:
    """Find the points of a radiograph with a detector of heads that face right.

    Args:
        detector: A :class:`mmlandmark.LandmarkDetector` of lateral heads.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB.
        facing: ``'left'`` or ``'right'``; None tries both and takes the prediction with
            the smaller expected errors, or the higher scores. Not used by a detector that
            finds the view of the image itself.
        spacing: mm per pixel; None where not known.

    Raises:
        InputError: The detector finds nothing.
    """
    calibration = getattr(detector, 'calibration', None)
    if calibration is not None and calibration.view is not None:
        return _facing(detector, image, 'right', spacing)  # whatever the view
    tried = [facing] if facing else list(FACINGS[::-1])
    return min(
        (_facing(detector, image, way, spacing) for way in tried), key=_expected_error
    )


def find_face(
    detector: Callable[..., list[Prediction]],
    image: np.ndarray,
    spacing: PixelSpacing | None = None,
) -> Prediction:
    """Find the points of the only face in a photograph.

    Args:
        detector: A :class:`mmlandmark.LandmarkDetector` of faces.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB.
        spacing: mm per pixel; None where not known.

    Raises:
        InputError: The detector finds no face, or several.
    """
    found = detector(image, spacing=spacing)
    if not found:
        raise InputError('no face found: crop the image closer to the face')
    if len(found) > 1:
        raise InputError(f'{len(found)} faces found: crop the image to one of them')
    return found[0]


def _facing(detector, image: np.ndarray, facing: str, spacing) -> Prediction:
    """The prediction of a head that faces that way, in the pixels of the image."""
    seen = image if facing == 'right' else np.ascontiguousarray(image[:, ::-1])
    predictions = detector(seen, spacing=spacing)
    if not predictions:
        raise InputError(
            'no lateral head found: check the image, or set the points by hand'
        )
    return predictions[0] if facing == 'right' else _mirrored(predictions[0], image)


def _mirrored(prediction: Prediction, image: np.ndarray) -> Prediction:
    last = image.shape[1] - 1
    box = prediction.box and (
        last - prediction.box[2],
        prediction.box[1],
        last - prediction.box[0],
        prediction.box[3],
    )
    return replace(prediction, points=prediction.points * (-1, 1) + (last, 0), box=box)


def _expected_error(prediction: Prediction) -> float:
    errors = prediction.expected_errors
    return float(-prediction.scores.mean() if errors is None else errors.mean())


def facing_of(prediction: Prediction, facing: str | None) -> str:
    """``'left'`` or ``'right'``, as given, else as the points show.

    Raises:
        InputError: The points do not show it.
    """
    if facing:
        return facing
    points = named_points(prediction)
    if not points:
        names = ', '.join(prediction.names[:5])
        raise InputError(
            f'none of the points has the name of a cephalometric landmark: {names}'
        )
    found = find_facing(points)
    if np.isnan(found):
        raise InputError(
            'the points do not show which way the head faces: give left or right',
            facing=None,
        )
    return 'right' if found > 0 else 'left'
