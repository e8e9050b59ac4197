"""Radial errors and their statistics as pure functions of NumPy arrays.

Shapes: N images, K points. Missing points are NaN and are not counted.
"""

from __future__ import annotations

import numpy as np

#: Radii of the ISBI 2015 challenge, mm (Wang et al., MIA 2016).
RADII_MM = (2.0, 2.5, 3.0, 4.0)

# whole pixels times 0.1 mm/px differ from the radius by a rounding error
_TOLERANCE = 1e-9


def radial_errors(
    predicted: np.ndarray, truth: np.ndarray, spacing: np.ndarray | None = None
) -> np.ndarray:
    """Euclidean distances between predicted and true points.

    Args:
        predicted: ``(N, K, 2)`` x, y in pixels.
        truth: ``(N, K, 2)`` x, y in pixels; NaN where not annotated.
        spacing: ``(N, 2)`` mm per pixel as ``(sy, sx)``; the result is then in mm.

    Returns:
        ``(N, K)`` in pixels, or mm with ``spacing``; NaN where the truth is missing,
        infinite where only the prediction is missing.

    Raises:
        ValueError: The shapes differ.
    """
    predicted, truth = np.asarray(predicted, float), np.asarray(truth, float)
    if predicted.shape != truth.shape or predicted.shape[-1:] != (2,):
        raise ValueError(f'shapes {predicted.shape} and {truth.shape} do not match')
    offset = predicted - truth
    if spacing is not None:
        offset = offset * np.asarray(spacing, float)[:, None, ::-1]  # to (sx, sy)
    errors = np.hypot(offset[..., 0], offset[..., 1])
    # a prediction that is not finite is a failure, not a missing point
    known = np.isfinite(truth).all(axis=-1)
    return np.where(known & ~np.isfinite(predicted).all(axis=-1), np.inf, errors)


def mean_radial_error(errors: np.ndarray, axis: int | None = None):
    """Mean radial error (MRE) and its standard deviation (SD).

    The SD has the divisor n - 1, as in the ISBI 2015 challenge (Wang et al., MIA 2016); it
    is NaN for fewer than two points.

    Args:
        errors: Radial errors, of any shape; NaN is not counted.
        axis: As in NumPy; 0 gives ``(K,)`` values per landmark of ``(N, K)`` errors.

    Returns:
        ``(mre, sd)`` in the unit of the errors; NaN if there is no point.
    """
    errors = np.asarray(errors, float)
    count = (~np.isnan(errors)).sum(axis=axis)
    with np.errstate(invalid='ignore', divide='ignore'):
        mean = np.nansum(errors, axis=axis) / count
        centred = errors - (mean if axis is None else np.expand_dims(mean, axis))
        variance = np.nansum(centred**2, axis=axis) / np.where(count > 1, count - 1, 0)
    return mean, np.sqrt(variance)


def success_detection_rate(
    errors: np.ndarray, radius: float, axis: int | None = None
) -> np.ndarray:
    """Success detection rate (SDR): percent of the points within a radius, inclusive.

    Args:
        errors: Radial errors, of any shape; NaN is not counted.
        radius: In the unit of the errors.
        axis: See :func:`mean_radial_error`.

    Returns:
        0 to 100; NaN if there is no point.
    """
    errors = np.asarray(errors, float)
    count = (~np.isnan(errors)).sum(axis=axis)
    with np.errstate(invalid='ignore', divide='ignore'):
        hits = (errors <= radius + _TOLERANCE).sum(axis=axis)
        return np.divide(100.0 * hits, count)


def mean_shape_prediction(
    train_points: np.ndarray, train_sizes: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Mean shape baseline: the mean relative position of each training point.

    Args:
        train_points: ``(N, K, 2)`` pixels, NaN missing.
        train_sizes: ``(N, 2)`` width and height of the training images, pixels.
        sizes: ``(M, 2)`` width and height of the images to predict, pixels.

    Returns:
        ``(M, K, 2)`` pixels of each image.
    """
    relative = np.asarray(train_points, float) / np.asarray(train_sizes, float)[:, None]
    return np.nanmean(relative, axis=0)[None] * np.asarray(sizes, float)[:, None]
