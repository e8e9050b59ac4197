"""Predictions drawn over their image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from ..io.load import ImageLike, load_image
from ..io.pixels import as_bgr
from ..structures.prediction import LOW_CONFIDENCE_MM, Prediction
from .overlay import LEGIBLE_SIDE, draw_points


def draw_prediction(
    image: ImageLike,
    prediction: Prediction | Sequence[Prediction],
    low_confidence_mm: float = LOW_CONFIDENCE_MM,
) -> np.ndarray:
    """Draw the points over the image, with rings around those of low confidence.

    Args:
        image: The input of the detector.
        prediction: Its prediction for the image, or a list of them.
        low_confidence_mm: See :meth:`Prediction.low_confidence`.

    Returns:
        ``(H', W', 3)`` RGB uint8; a small image is enlarged.

    Raises:
        InputError: The image cannot be read.
    """
    several = [prediction] if isinstance(prediction, Prediction) else prediction
    bgr = as_bgr(load_image(image).pixels)
    drawn = draw_predictions_bgr(bgr, several, low_confidence_mm)
    return np.ascontiguousarray(drawn[..., ::-1])


def draw_predictions_bgr(
    image: np.ndarray,
    predictions: Sequence[Prediction],
    low_confidence_mm: float = LOW_CONFIDENCE_MM,
) -> np.ndarray:
    """See :func:`draw_prediction`; takes and returns ``(H, W, 3)`` BGR uint8.

    A small image is enlarged once for all predictions, so that labels stay legible.
    """
    zoom = max(1, math.ceil(LEGIBLE_SIDE / max(image.shape[:2])))
    image = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for prediction in predictions:
        rings = prediction.rings(low_confidence_mm)
        image = draw_points(
            image,
            prediction.resized(zoom, zoom).points,
            prediction.labels,
            prediction.skeleton,
            min_side=1,
            rings=None if rings is None else rings * zoom,
        )
    return image
