"""How faces are measured, as pure functions of numpy arrays: neither torch nor mmpose.

An NME is a mean of distances divided by a length of the same face. What length that is, and
up to what NME the area under the curve goes, differs from paper to paper: neither is left
out of a name here. Shapes: N images, K points; NaN is missing and counts nowhere, infinite
is a prediction that is no number.
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import InputError
from ...schemes import Scheme
from ..functional import success_detection_rate

#: Lengths of the tight box of the true points, of its width and height.
BOX_KINDS = ('box_sqrt', 'box_max', 'diagonal')
EYE_KINDS = ('interocular', 'interpupil')


def allowed_kinds(scheme: Scheme | None) -> tuple[str, ...]:
    """The lengths that faces of a scheme can be measured by; boxes' without a scheme."""
    eyes = (scheme and scheme.ocular, scheme and scheme.pupils)
    known = [kind for kind, eye in zip(EYE_KINDS, eyes, strict=True) if eye]
    return (*known, *BOX_KINDS)


def normalisers(
    truth: np.ndarray, kind: str, scheme: Scheme | None = None
) -> np.ndarray:
    """The length that the errors of each face are divided by.

    ``interocular`` joins the outer corners of the eyes (300-W: Sagonas et al., ICCVW
    2013), ``interpupil`` the means of the pupils' points: it is shorter. Of the tight box
    of the annotated points, w by h: ``box_sqrt`` is sqrt(w h) (FAN: Bulat &
    Tzimiropoulos, ICCV 2017), ``box_max`` the longer side (MMPose's ``bbox_size``),
    ``diagonal`` that of the box (Menpo: Deng et al., IJCV 2019).

    Args:
        truth: ``(N, K, 2)`` x, y in pixels; NaN where not annotated.
        kind: One of ``EYE_KINDS`` and ``BOX_KINDS``.
        scheme: Tells where the eyes are; of K points.

    Returns:
        ``(N,)`` pixels; NaN where an eye's point is missing or the length is 0.

    Raises:
        InputError: The kind is unknown, or the scheme does not allow it.
        ValueError: The points are not those of the scheme.
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
    # of an image without points the sides are -inf, no length
    lowest = np.where(np.isnan(truth), np.inf, truth).min(axis=1)
    sides = np.where(np.isnan(truth), -np.inf, truth).max(axis=1) - lowest
    sides = np.maximum(sides, 0)
    if kind == 'box_sqrt':
        return np.sqrt(sides.prod(axis=1))
    return sides.max(axis=1) if kind == 'box_max' else np.hypot(*sides.T)


def normalised_mean_errors(radial: np.ndarray, normaliser: np.ndarray) -> np.ndarray:
    """NME of each image: the mean error of its annotated points over its length.

    The mean of these is the NME of a data set. (MMPose's ``NME`` is the mean over all
    points of all images instead, which weighs images by how many points they have.)

    Args:
        radial: ``(N, K)`` radial errors, pixels.
        normaliser: ``(N,)`` as :func:`normalisers` gives.

    Returns:
        ``(N,)`` as a fraction, not percent; NaN where an image has no point or no length.
    """
    relative = np.asarray(radial, float) / np.asarray(normaliser, float)[:, None]
    count = (~np.isnan(relative)).sum(axis=1)
    return np.nansum(relative, axis=1) / np.where(count > 0, count, np.nan)


def failure_rate(nme: np.ndarray, threshold: float) -> float:
    """FR: percent of the images with an NME above the threshold, which is no failure.

    Args:
        nme: ``(N,)`` as a fraction; NaN is not counted, and the result where all are.
        threshold: Likewise, such as 0.08 or 0.1.

    Raises:
        InputError: The threshold is not in (0, inf).
    """
    return float(100 - success_detection_rate(nme, checked_threshold(threshold)))


def area_under_curve(nme: np.ndarray, threshold: float) -> float:
    """AUC: the area under the cumulative error distribution up to the threshold.

    Exactly so: an image of NME e adds a step of 1/N at e, of which the area up to t is
    (t - e) / N, so the area over t is the mean of max(0, 1 - e / t). Sums over bins, such
    as the 1000 of FAN, or Simpson's rule differ from it by up to a bin's width over t.

    Args:
        nme: ``(N,)`` as a fraction; NaN is not counted, infinite adds nothing.
        threshold: Likewise, such as 0.08 (300-W) or 0.07 (FAN).

    Returns:
        0 to 1; NaN where no image counts.

    Raises:
        InputError: The threshold is not in (0, inf).
    """
    errors, _ = ced(nme)
    areas = np.maximum(0, 1 - errors / checked_threshold(threshold))
    return float(areas.mean()) if len(areas) else math.nan


def ced(nme: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cumulative error distribution, a step function of the images.

    Args:
        nme: ``(N,)``; NaN is not counted.

    Returns:
        M sorted errors, infinite ones last, and the fraction of the M images up to each.
    """
    nme = np.asarray(nme, float)
    errors = np.sort(nme[~np.isnan(nme)])
    return errors, np.arange(1, len(errors) + 1) / max(len(errors), 1)


def scaled_errors(radial: np.ndarray, sides: np.ndarray, side: float) -> np.ndarray:
    """Errors as if every crop had the same side.

    Args:
        radial: ``(N, K)`` pixels of the image.
        sides: ``(N,)`` sides of the crops in such pixels.
        side: What they become; the result is in pixels of such crops.
    """
    return np.asarray(radial, float) * side / np.asarray(sides, float)[:, None]


def accuracy(errors: np.ndarray, radius: float, axis: int | None = None) -> np.ndarray:
    """Percent of the points within a radius, the radius included.

    Args:
        errors: ``(N, K)`` as :func:`scaled_errors` gives; NaN is not counted.
        radius: In the same pixels.
        axis: As for numpy: 0 gives ``(K,)``.

    Raises:
        InputError: The radius is not in (0, inf).
    """
    return success_detection_rate(errors, checked_threshold(radius), axis)


def mean_squared_error(errors: np.ndarray) -> float:
    """MSE over the coordinates, x and y apart: half the mean squared distance.

    Of all points of all images alike, as a loss has it.

    Args:
        errors: Radial errors, of any shape; NaN is not counted.
    """
    errors = np.asarray(errors, float)
    errors = errors[~np.isnan(errors)]
    return float(np.mean(errors**2) / 2) if len(errors) else math.nan


def checked_threshold(value: float) -> float:
    """The value as a float; an InputError where it is not in (0, inf)."""
    if not 0 < float(value) < math.inf:
        raise InputError(f'a threshold must be above 0 and finite, not {value!r}')
    return float(value)
