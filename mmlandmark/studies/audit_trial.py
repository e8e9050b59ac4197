"""Measures the audit: introduces known errors into some labels, and looks for them.

An image is *spoiled* if an error was introduced into its labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .audit import audit, subset
from .image_regression import ImageRegression
from .label_set import LabelSet

Spoil = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _exchanged(points, other, rng):
    a, b = rng.choice(len(points), 2, replace=False)
    changed = points.copy()
    changed[[a, b]] = changed[[b, a]]
    return changed


def _mirrored(points, other, rng):
    centre = np.nanmean(points, axis=0)
    return (points - centre) * (-1, 1) + centre


def _order(points, other, rng):
    return np.roll(points, int(rng.choice([-1, 1])), axis=0)


def _scaled(points, other, rng):
    return points * rng.choice([0.4, 0.5, 0.8, 1.25, 2.0])


def _other_picture(points, other, rng):
    return other.copy()


def _outlier(points, other, rng):
    size = np.sqrt(np.nanmean(((points - np.nanmean(points, axis=0)) ** 2).sum(axis=1)))
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.75) * size
    changed = points.copy()
    changed[rng.integers(len(points))] += reach * np.array(
        [np.cos(angle), np.sin(angle)]
    )
    return changed


#: Kinds of errors by name: functions of the points ``(K, 2)`` of an image, those of another
#: image and a random generator, which return the wrong points.
WAYS: dict[str, Spoil] = {
    'two points exchanged': _exchanged,
    'left and right exchanged': _mirrored,
    'order shifted by one': _order,
    'another size': _scaled,
    'another picture': _other_picture,
    'one outlier': _outlier,
}


@dataclass
class TrialResult:
    """The results of all seeds together, as fractions.

    Attributes:
        spoiled: Number of spoiled images.
        precision: Part of the first images of the ranking, as many as were spoiled, that
            were spoiled. It equals the part of the spoiled images that are among them.
        recall: Part of the spoiled images that are flagged.
        flagged_precision: Part of the flagged images that were spoiled.
        by_way: Kind of error to the part of its images among the first, and their number.
    """

    spoiled: int
    precision: float
    recall: float
    flagged_precision: float
    by_way: dict[str, tuple[float, int]]


def trial(
    labels: LabelSet,
    detected: LabelSet | None = None,
    fraction: float = 0.05,
    seeds: Sequence[int] = range(10),
    ways: dict[str, Spoil] = WAYS,
    regression: ImageRegression | None = None,
) -> TrialResult:
    """Introduce each kind of error into a part of the images, and audit the set.

    Args:
        labels: The set of labels; errors that it already has count as false alarms.
        detected, regression: As for :func:`.audit.audit`; the regression is fitted on the
            spoiled labels.
        fraction: Part of the images to spoil.
        seeds: One repetition per seed.
        ways: Kinds of errors. Their numbers of images differ by at most one.
    """
    hits: dict[str, list[bool]] = {way: [] for way in ways}
    flags, alarms = [], []
    for seed in seeds:
        points, spoiled = spoil(labels, fraction, seed, ways)
        found = audit(subset(labels, points), detected, regression)
        first = {one.image for one in found.ranking[: len(spoiled)]}
        flagged = {one.image for one in found.flagged}
        for image, way in spoiled.items():
            hits[way].append(image in first)
        flags += [image in flagged for image in spoiled]
        alarms += [image in spoiled for image in flagged]
    everything = [hit for found in hits.values() for hit in found]
    return TrialResult(
        len(everything),
        _mean(everything),
        _mean(flags),
        _mean(alarms),
        {way: (_mean(found), len(found)) for way, found in hits.items()},
    )


def _mean(values: Sequence[bool]) -> float:
    return float(np.mean(values)) if len(values) else float('nan')


def spoil(
    labels: LabelSet, fraction: float, seed: int, ways: dict[str, Spoil] = WAYS
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Introduce errors into a fraction of the images.

    Returns:
        Image id to its points ``(K, 2)``, and the id of each spoiled image to its kind of
        error.
    """
    rng = np.random.default_rng(seed)
    ids = list(labels.points)
    chosen = rng.permutation(len(ids))[: max(1, round(fraction * len(ids)))]
    points, spoiled = dict(labels.points), {}
    for number, place in enumerate(chosen):
        # the first kind changes with the seed, so that all occur equally often
        way = list(ways)[(number + seed * len(chosen)) % len(ways)]
        other = ids[(place + 1 + rng.integers(len(ids) - 1)) % len(ids)]
        points[ids[place]] = ways[way](
            labels.points[ids[place]], labels.points[other], rng
        )
        spoiled[ids[place]] = way
    return points, spoiled
