"""Averages the points of several detectors, weighted by their expected errors.

A point with expected errors ``e_i`` of all detectors has the weights ``w_i = e_i**-2 /
sum(e_j**-2)``, those of the inverse variances; without them each detector has the same
weight. By the triangle inequality the error of a weighted mean is at most the weighted mean
of the errors, however the errors of the detectors depend on one another. The expected error
is therefore ``sum(w_i * e_i)``. That of independent detectors,
``sum((w_i * e_i)**2)**0.5``, would be smaller, but detectors that were trained on the same
images make similar errors. It is never below ``sum(w_i * d_i)`` with the distances ``d_i``
of the detectors' points from their mean: if the detectors disagree, their expected errors
are too small.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..structures.prediction import Prediction, doubted
from .model import Model, recipe_of

#: Two detectors have found the same head or face if the mean distance of their points is at
#: most this part of the square root of the area of the points' box.
AGREEMENT = 0.1


def refuse_unlike(models: Sequence[Model]) -> None:
    """Refuse models whose points cannot be averaged.

    Raises:
        InputError: There is no model, one is given twice, their points differ, or only some
            find faces or depth.
    """
    if not models:
        raise InputError('no detector: give at least one name')
    first, *others = models
    weights = [(model.source['sha256'], model.recipe) for model in models]
    for model, known in zip(models, weights, strict=True):
        if weights.count(known) > 1:
            raise InputError(f'{model.source["name"]} is given twice')
    for model in others:
        names = f'{first.source["name"]} and {model.source["name"]}'
        if model.scheme.points != first.scheme.points:
            raise InputError(
                f'{names} find different points ({first.scheme.name}, '
                f'{model.scheme.name}): average detectors of one scheme'
            )
        if model.finds_faces != first.finds_faces:
            raise InputError(
                f'only one of {names} finds faces in photographs: average detectors that '
                'look for the same'
            )
        if model.has_depth != first.has_depth:
            raise InputError(
                f'only one of {names} finds the depth of the points: the points of the '
                'other follow the visible outline of a face'
            )


def source_of(models: Sequence[Model]) -> dict[str, str]:
    """``name`` and ``sha256`` of several models; those of the model if there is one."""
    if len(models) == 1:
        return models[0].source
    sums = ' '.join(model.source['sha256'] for model in models)
    return dict(
        name=' + '.join(model.source['name'] for model in models),
        sha256=hashlib.sha256(sums.encode()).hexdigest(),
    )


def recipe_of_all(models: Sequence[Model]) -> str:
    """The checksum :attr:`Model.recipe` of several models."""
    recipes = [model.recipe for model in models]
    return recipes[0] if len(models) == 1 else recipe_of('mean', *recipes)


def averaged(found: Sequence[Prediction | None]) -> Prediction | None:
    """The mean of the predictions of several detectors in one box.

    If some found nothing, or points that are elsewhere (see :data:`AGREEMENT`), the mean is
    that of the largest group of detectors that agree, and all points are of low confidence.

    Args:
        found: The prediction of each detector in pixels of one image; None where a detector
            found no head.

    Returns:
        ``scores`` are the mean of the detectors', ``box``, ``rotation`` and ``view`` those
        of the first of the group. It has no ``regions``: conformal factors of one detector
        do not hold for a mean. None if more than half of the detectors found nothing.
    """
    there = [one for one in found if one is not None]
    if 2 * len(there) < len(found) or not there:
        return None
    group = _largest_group(there)
    if len(found) == 1:
        return group[0]
    weights, errors = _weights(group)
    stacked = np.stack([one.points for one in group])
    points = (weights[..., None] * stacked).sum(axis=0)
    if errors is not None:
        distances = np.linalg.norm(stacked - points, axis=-1)
        expected = np.maximum(errors, (weights * distances).sum(axis=0))
    depths = [one.z for one in group if one.z is not None]
    flags = [[flag is True for flag in one.flags or ()] for one in group if one.flags]
    raised = np.any(flags, axis=0) if flags else np.zeros(len(points), bool)
    if len(group) < len(found):
        raised[:] = True
    return replace(
        group[0],
        points=points,
        scores=np.mean([one.scores for one in group], axis=0),
        expected_errors=None if errors is None else expected,
        median_expected_error=_median(group),
        z=_mean_depths(depths, weights) if depths else None,
        flags=doubted(raised) if raised.any() else None,
        regions=None,
    )


def _weights(group: Sequence[Prediction]) -> tuple[np.ndarray, np.ndarray | None]:
    """``(N, K)`` weights and ``(K,)`` weighted means of the expected errors or None."""
    equal = np.full((len(group), len(group[0].points)), 1 / len(group))
    known = [one.expected_errors for one in group if one.expected_errors is not None]
    if len(known) < len(group):
        return equal, None
    expected = np.stack(known)
    weights = np.maximum(expected, 1e-9) ** -2.0
    weights = weights / weights.sum(axis=0)
    # a point with an unknown error is the plain mean, of unknown error
    unknown = np.isnan(expected).any(axis=0)
    return np.where(unknown, equal, weights), (weights * expected).sum(axis=0)


def _median(group: Sequence[Prediction]) -> float | None:
    """The expected error of the mean if each detector has its median expected error."""
    known = [one.median_expected_error for one in group]
    if any(one is None for one in known):
        return None
    inverse = 1 / np.maximum(np.array(known, float), 1e-9)
    return float(inverse.sum() / (inverse**2).sum())


def _mean_depths(depths: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    mean = (weights * np.stack(depths)).sum(axis=0)
    return mean - mean.mean()


def _largest_group(found: Sequence[Prediction]) -> list[Prediction]:
    """The largest group that agrees with one prediction; of equal ones the least error."""
    groups = [[two for two in found if _agree(one, two)] for one in found]
    return min(groups, key=lambda group: (-len(group), _group_error(group)))


def _agree(one: Prediction, two: Prediction) -> bool:
    size = np.sqrt(np.prod(np.ptp(one.points, axis=0)))
    distance = np.linalg.norm(one.points - two.points, axis=1).mean()
    return one is two or bool(distance <= AGREEMENT * size)


def _group_error(group: Sequence[Prediction]) -> float:
    """Mean expected error, or the negative mean score where errors are unknown."""
    errors = [one.expected_errors for one in group if one.expected_errors is not None]
    if len(errors) == len(group) and np.isfinite(errors).any():
        return float(np.nanmean(errors))
    return -float(np.mean([one.scores for one in group]))
