"""Landmark errors as pure functions of numpy arrays: neither torch nor mmpose.

Shapes: N images, K points. Missing points are NaN and count nowhere.
"""

from __future__ import annotations

import numpy as np

#: The radii of the ISBI 2015 challenge, in mm (Wang et al., MIA 2016).
RADII_MM = (2.0, 2.5, 3.0, 4.0)

# 0.1 mm/px times whole pixels lands a rounding error beside the radius
_TOLERANCE = 1e-9


def radial_errors(
    predicted: np.ndarray, truth: np.ndarray, spacing: np.ndarray | None = None
) -> np.ndarray:
    """Euclidean distance of every predicted point from the true one.

    Args:
        predicted: ``(N, K, 2)`` x, y in pixels.
        truth: ``(N, K, 2)`` x, y in pixels; NaN where not annotated.
        spacing: ``(N, 2)`` mm per pixel as ``(sy, sx)``; the result is then in mm.

    Returns:
        ``(N, K)`` in pixels, or mm with ``spacing``; NaN where the truth is missing,
        infinite where only the prediction is.

    Raises:
        ValueError: The shapes disagree.
    """
    predicted, truth = np.asarray(predicted, float), np.asarray(truth, float)
    if predicted.shape != truth.shape or predicted.shape[-1:] != (2,):
        raise ValueError(f'shapes {predicted.shape} and {truth.shape} are no pair')
    offset = predicted - truth
    if spacing is not None:
        offset = offset * np.asarray(spacing, float)[:, None, ::-1]  # to (sx, sy)
    errors = np.hypot(offset[..., 0], offset[..., 1])
    # a prediction that is no number is a failure, not a missing point
    known = np.isfinite(truth).all(axis=-1)
    return np.where(known & ~np.isfinite(predicted).all(axis=-1), np.inf, errors)


def mean_radial_error(errors: np.ndarray, axis: int | None = None):
    """MRE and its standard deviation over the points that are not missing.

    The SD divides by n - 1, as the ISBI 2015 challenge does (Wang et al., 2016); it is
    NaN for fewer than two points.

    Args:
        errors: Radial errors, of any shape.
        axis: As for numpy: 0 gives ``(K,)`` per-landmark values of ``(N, K)`` errors.

    Returns:
        ``(mre, sd)``, NaN where there is no point.
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
    """SDR: the percentage of points within ``radius``, the radius included.

    Args:
        errors: Radial errors, of any shape; NaN is missing and not counted.
        radius: In the unit of ``errors``.
        axis: As for :func:`mean_radial_error`.

    Returns:
        Percent, 0 to 100; NaN where there is no point.
    """
    errors = np.asarray(errors, float)
    count = (~np.isnan(errors)).sum(axis=axis)
    with np.errstate(invalid='ignore', divide='ignore'):
        hits = (errors <= radius + _TOLERANCE).sum(axis=axis)
        return np.divide(100.0 * hits, count)


def mean_shape_prediction(
    train_points: np.ndarray, train_sizes: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """What predicting the mean training shape gives: the floor a model must beat.

    Args:
        train_points: ``(N, K, 2)`` pixels, NaN missing.
        train_sizes: ``(N, 2)`` width and height of the training images.
        sizes: ``(M, 2)`` width and height of the images to predict for.

    Returns:
        ``(M, K, 2)``: the mean place relative to the image size, in each one's pixels.
    """
    relative = np.asarray(train_points, float) / np.asarray(train_sizes, float)[:, None]
    return np.nanmean(relative, axis=0)[None] * np.asarray(sizes, float)[:, None]
