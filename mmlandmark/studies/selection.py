"""Chooses the unlabelled images to label next, by uncertainty and diversity.

Greedy k-centre selection (Sener & Savarese, ICLR 2018) in a space of shape and of expected
errors, with each distance weighted by the uncertainty of the image: an image is chosen if
the detector has large expected errors in it, and no similar image was chosen or labelled
before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .label_set import LabelSet
from .shapes import align

#: Components of the features that are kept.
COMPONENTS = 10


@dataclass(frozen=True)
class Choice:
    """One chosen image.

    Attributes:
        image: Its id.
        uncertainty: Mean expected error of its points, relative to the median of the pool.
        distance: To the nearest image chosen or labelled before, in units of the median
            distance of two images; NaN for the first.
    """

    image: str
    uncertainty: float
    distance: float


def select(
    pool: LabelSet,
    count: int,
    labelled: LabelSet | None = None,
    uncertainty_weight: float = 1.0,
) -> list[Choice]:
    """Choose images of a pool.

    Args:
        pool: Predictions of a calibrated detector; images without expected errors cannot be
            chosen.
        count: Number of images.
        labelled: Predictions of the same detector for images that are labelled already.
        uncertainty_weight: Exponent of the uncertainty; 0 chooses by diversity only.

    Raises:
        InputError: The pool has fewer than ``count`` images with expected errors, or
            ``labelled`` has other points.
    """
    ids = [one for one in pool.points if one in pool.expected_errors]
    if len(ids) < count:
        raise InputError(
            f'{pool.name} has {len(ids)} images with expected errors: {count} cannot be '
            'chosen; use a calibrated detector'
        )
    known = [] if labelled is None else [*labelled.points]
    if labelled is not None:
        if labelled.names != pool.names:
            raise InputError(f'{labelled.name} has other points than {pool.name}')
        known = [one for one in known if one in labelled.expected_errors]
        ids = [one for one in ids if one not in known]
    features, uncertainty = _described(pool, ids, labelled, known)
    return _greedy(ids, features, uncertainty**uncertainty_weight, count, uncertainty)


def _described(
    pool: LabelSet, ids: list[str], labelled: LabelSet | None, known: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Features of the pool, then of the labelled images; uncertainty of the pool."""
    points = [pool.points[one] for one in ids]
    errors = [pool.expected_errors[one] for one in ids]
    if labelled is not None:
        points += [labelled.points[one] for one in known]
        errors += [labelled.expected_errors[one] for one in known]
    stack = np.stack(points)
    mean = np.nanmedian(stack - np.nanmean(stack, axis=1, keepdims=True), axis=0)
    mean = mean / np.linalg.norm(mean)
    shapes = align(stack, mean)[0].reshape(len(stack), -1)
    # errors relative to the head, so that the size of the image does not matter
    size = np.nanstd(stack, axis=1).mean(axis=1, keepdims=True)
    relative = np.stack(errors) / size
    blocks = [_scaled(shapes), _scaled(np.log(np.maximum(relative, 1e-6)))]
    features = np.hstack(blocks)
    mean_error = np.nanmean(relative, axis=1)[: len(ids)]
    return features, mean_error / np.median(mean_error)


def _scaled(values: np.ndarray) -> np.ndarray:
    """The first principal components, with a mean squared length of 1."""
    centred = np.nan_to_num(values - np.nanmean(values, axis=0))
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    found = (u * s)[:, :COMPONENTS]
    length = np.sqrt((found**2).sum(axis=1).mean())
    return found / max(length, 1e-12)


def _greedy(
    ids: list[str],
    features: np.ndarray,
    weights: np.ndarray,
    count: int,
    uncertainty: np.ndarray,
) -> list[Choice]:
    n = len(ids)
    pool, labelled = features[:n], features[n:]
    unit = np.median(np.linalg.norm(pool - np.roll(pool, 1, axis=0), axis=1)) or 1.0
    nearest = np.full(n, np.inf)
    for place in labelled:
        nearest = np.minimum(nearest, np.linalg.norm(pool - place, axis=1))
    chosen: list[Choice] = []
    free = np.ones(n, bool)
    for _ in range(min(count, n)):
        # the first image has no distance to others: the most uncertain one is chosen
        value = np.where(np.isinf(nearest), 1.0, nearest) * weights
        best = int(np.where(free, value, -np.inf).argmax())
        gap = nearest[best] / unit if np.isfinite(nearest[best]) else np.nan
        chosen.append(Choice(ids[best], float(uncertainty[best]), float(gap)))
        free[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(pool - pool[best], axis=1))
    return chosen
