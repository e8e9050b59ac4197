"""Metrics of facial landmarks as pure functions of NumPy arrays, without PyTorch or MMPose.

The normalised mean error (NME) is the mean distance divided by a length in the same face.
The length, and the threshold of the area under the curve (AUC), differ between papers, so
every name of a metric states them. Shapes: N images, K points. NaN is a missing value,
which is not counted; an infinite error marks a prediction that is not finite.
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ..functional import success_detection_rate

#: Normalising lengths from the tight box of the true points.
BOX_KINDS = ('box_sqrt', 'box_max', 'diagonal')
#: Normalising lengths from the eyes.
EYE_KINDS = ('interocular', 'interpupil')


def allowed_kinds(scheme: Scheme | None) -> tuple[str, ...]:
    """Normalising lengths available for a scheme; without one, those of the box."""
    eyes = (scheme and scheme.ocular, scheme and scheme.pupils)
    known = [kind for kind, eye in zip(EYE_KINDS, eyes, strict=True) if eye]
    return (*known, *BOX_KINDS)


def normalisers(
    truth: np.ndarray, kind: str, scheme: Scheme | None = None
) -> np.ndarray:
    """The length by which the errors of each face are divided.

    ``interocular`` is the distance between the outer corners of the eyes (300-W: Sagonas
    et al., ICCVW 2013); ``interpupil`` is the shorter distance between the centres of the
    eyes. For the tight box of the annotated points, of width w and height h, ``box_sqrt``
    is sqrt(w h) (FAN: Bulat & Tzimiropoulos, ICCV 2017), ``box_max`` the longer side
    (MMPose's ``bbox_size``), and ``diagonal`` the diagonal (Menpo: Deng et al., IJCV 2019).

    Args:
        truth: ``(N, K, 2)`` x, y in pixels; NaN where not annotated.
        kind: One of ``EYE_KINDS`` and ``BOX_KINDS``.
        scheme: The scheme of the K points, which defines the points of the eyes.

    Returns:
        ``(N,)`` pixels; NaN if a point of an eye is missing or the length is 0.

    Raises:
        InputError: The kind is unknown, or the scheme does not define the eyes.
        ValueError: The number of points differs from the scheme's.
    """
    truth = np.asarray(truth, float)
    if truth.ndim != 3 or truth.shape[2] != 2:
        raise ValueError(f'points are (N, K, 2), not {truth.shape}')
    if kind not in allowed_kinds(scheme):
        raise InputError(
            f'no NME by {kind!r}: the points allow {", ".join(allowed_kinds(scheme))}'
        )
    if scheme is None or kind in BOX_KINDS:
        lengths = _box_lengths(truth, kind)
    else:
        lengths = _eye_distances(truth, kind, scheme)
    return np.where(lengths > 0, lengths, np.nan)


def _eye_distances(truth: np.ndarray, kind: str, scheme: Scheme) -> np.ndarray:
    if truth.shape[1] != len(scheme):
        raise ValueError(
            f'{truth.shape[1]} points are not the {len(scheme)} of scheme {scheme.name}'
        )
    pairs = scheme.ocular if kind == 'interocular' else scheme.pupils
    right, left = (truth[:, np.ravel(eye)].mean(axis=1) for eye in pairs or ())
    return np.linalg.norm(left - right, axis=1)


def _box_lengths(truth: np.ndarray, kind: str) -> np.ndarray:
    # the sides of an image without points are -inf, replaced by 0 below
    lowest = np.where(np.isnan(truth), np.inf, truth).min(axis=1)
    sides = np.where(np.isnan(truth), -np.inf, truth).max(axis=1) - lowest
    sides = np.maximum(sides, 0)
    if kind == 'box_sqrt':
        return np.sqrt(sides.prod(axis=1))
    return sides.max(axis=1) if kind == 'box_max' else np.hypot(*sides.T)


def normalised_mean_errors(radial: np.ndarray, normaliser: np.ndarray) -> np.ndarray:
    """NME of each image: the mean error of its annotated points divided by its length.

    The NME of a data set is the mean over its images. MMPose's ``NME`` is the mean over
    all points of all images instead, which weights images by their number of points.

    Args:
        radial: ``(N, K)`` radial errors, pixels.
        normaliser: ``(N,)`` lengths from :func:`normalisers`, pixels.

    Returns:
        ``(N,)`` fractions, not percent; NaN for an image without points or length.
    """
    relative = np.asarray(radial, float) / np.asarray(normaliser, float)[:, None]
    count = (~np.isnan(relative)).sum(axis=1)
    return np.nansum(relative, axis=1) / np.where(count > 0, count, np.nan)


def failure_rate(nme: np.ndarray, threshold: float) -> float:
    """Failure rate (FR): percent of the images with an NME above the threshold.

    An NME equal to the threshold is not a failure.

    Args:
        nme: ``(N,)`` fractions; NaN is not counted. The result is NaN if all are.
        threshold: A fraction, such as 0.08 or 0.1.

    Raises:
        InputError: The threshold is not in (0, inf).
    """
    return float(100 - success_detection_rate(nme, checked_threshold(threshold)))


def area_under_curve(nme: np.ndarray, threshold: float) -> float:
    """AUC: the area under the cumulative error distribution up to the threshold.

    The area is exact. An image with NME e adds a step of height 1/N at e, whose area up to
    the threshold t is (t - e) / N. The area divided by t is therefore the mean of
    max(0, 1 - e / t). Sums over bins, such as the 1000 bins of FAN, and Simpson's rule
    differ from it by up to the width of a bin divided by t.

    Args:
        nme: ``(N,)`` fractions; NaN is not counted, an infinite NME adds 0.
        threshold: A fraction, such as 0.08 (300-W) or 0.07 (FAN).

    Returns:
        0 to 1; NaN if no image is counted.

    Raises:
        InputError: The threshold is not in (0, inf).
    """
    errors, _ = ced(nme)
    areas = np.maximum(0, 1 - errors / checked_threshold(threshold))
    return float(areas.mean()) if len(areas) else math.nan


def ced(nme: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cumulative error distribution, a step function.

    Args:
        nme: ``(N,)``; NaN is not counted.

    Returns:
        ``(M,)`` sorted errors, infinite ones last, and ``(M,)`` the fraction of the M
        images with an error up to each of them.
    """
    nme = np.asarray(nme, float)
    errors = np.sort(nme[~np.isnan(nme)])
    return errors, np.arange(1, len(errors) + 1) / max(len(errors), 1)


def scaled_errors(radial: np.ndarray, sides: np.ndarray, side: float) -> np.ndarray:
    """Errors after scaling every crop to the same side.

    Args:
        radial: ``(N, K)`` radial errors, pixels of the image.
        sides: ``(N,)`` sides of the crops, pixels of the image.
        side: Side of the scaled crops, pixels.

    Returns:
        ``(N, K)`` errors in pixels of the scaled crops.
    """
    return np.asarray(radial, float) * side / np.asarray(sides, float)[:, None]


def accuracy(errors: np.ndarray, radius: float, axis: int | None = None) -> np.ndarray:
    """Percent of the points within a radius, inclusive.

    Args:
        errors: ``(N, K)`` from :func:`scaled_errors`; NaN is not counted.
        radius: In the unit of the errors.
        axis: As in NumPy; 0 gives ``(K,)``.

    Raises:
        InputError: The radius is not in (0, inf).
    """
    return success_detection_rate(errors, checked_threshold(radius), axis)


def mean_squared_error(errors: np.ndarray) -> float:
    """MSE of the coordinates: half of the mean squared distance.

    The mean is over all points of all images, as in a loss.

    Args:
        errors: Radial errors, of any shape; NaN is not counted.
    """
    errors = np.asarray(errors, float)
    errors = errors[~np.isnan(errors)]
    return float(np.mean(errors**2) / 2) if len(errors) else math.nan


def checked_threshold(value: float) -> float:
    """The value as a float; raises :class:`InputError` unless it is in (0, inf)."""
    if not 0 < float(value) < math.inf:
        raise InputError(f'a threshold must be above 0 and finite, not {value!r}')
    return float(value)
