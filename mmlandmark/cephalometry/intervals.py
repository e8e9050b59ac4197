"""Intervals of measurements with a given coverage, from the regions of a prediction."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..structures.prediction import Prediction
from .measure import measure


def intervals(
    prediction: Prediction, level: float = 0.9, facing: str | None = None
) -> dict[str, tuple[float, float]]:
    """The interval of each measurement that contains the true value with a coverage.

    The width is that multiple of the propagated uncertainty which covered the errors of the
    calibration images (:mod:`mmlandmark.evaluation.conformal`). "True" is a measurement
    from the points of the annotators that the model was trained on.

    Args:
        prediction: A prediction of a detector whose calibration has error regions.
        level: 0.5, 0.8, 0.9 or 0.95.
        facing: ``'left'`` or ``'right'``; None determines it from the points.

    Returns:
        Measurement name to ``(low, high)``, of those that have a value and a calibration.

    Raises:
        InputError: The prediction has no error regions, or the level is not calibrated.
    """
    regions, errors = prediction.regions, prediction.expected_errors
    if regions is None or errors is None:
        raise InputError(
            'the prediction has no error regions: predict with a model whose calibration '
            'has them (calibrate it again)'
        )
    found = measure(
        prediction.points,
        list(prediction.names),
        prediction.spacing,
        facing=facing,
        expected_errors=errors,
    )
    widths = {
        name: regions.measurement_factor(name, level) * m.uncertainty
        for name, m in found.items()
    }
    return {
        name: (float(m.value - widths[name]), float(m.value + widths[name]))
        for name, m in found.items()
        if np.isfinite(m.value) and not np.isnan(widths[name])
    }
