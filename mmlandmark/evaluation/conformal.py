"""Split conformal prediction: regions that contain the true point with a given coverage.

The score of a point is its error divided by its expected error. On n calibration images
the ``ceil((n + 1) * level)``-th smallest score of a landmark is a factor that the score of
a new image does not exceed with a probability of at least ``level``, whatever the
distribution of the errors, if the new image is exchangeable with the calibration images:
of the same machines, patients and annotators. See Vovk et al., Algorithmic Learning in a
Random World, 2005, and Lei et al., JASA 113 (2018) 1094. The coverage is an average over
calibration sets and images; that of one set of 30 images varies by some percent.

The expected errors of the calibration images have to come from other images. With
ten-fold cross-validation the guarantee is approximate (cross-conformal prediction).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np

from ..cephalometry.measure import measure
from ..cephalometry.names import short_names
from ..errors import InputError
from ..structures.error_regions import ErrorRegions

LEVELS = (0.5, 0.8, 0.9, 0.95)


def quantile(scores: np.ndarray, level: float) -> float:
    """The conformal quantile of scores without NaN; infinity if there are too few."""
    known = np.sort(np.asarray(scores, float)[~np.isnan(scores)])
    place = int(np.ceil((len(known) + 1) * level - 1e-9))
    return float(known[place - 1]) if 0 < place <= len(known) else float('inf')


def fit_regions(
    expected: np.ndarray,
    errors: np.ndarray,
    names: Sequence[str],
    measurement_scores: Mapping[str, np.ndarray] | None = None,
    levels: Sequence[float] = LEVELS,
) -> ErrorRegions:
    """Fit the factors on images that neither trained the model nor its expected errors.

    A landmark with too few images for a level takes the scores of all landmarks. The
    coverage then holds on average over the landmarks, not for each, and not exactly, since
    the points of one image are dependent.

    Args:
        expected: ``(N, K)`` expected errors.
        errors: ``(N, K)`` errors in the same unit; NaN where not annotated.
        names: K landmark names.
        measurement_scores: Measurement name to ``(N,)`` absolute errors in units of the
            propagated uncertainty; NaN where not known.
        levels: Coverages.
    """
    scores = np.asarray(errors, float) / np.asarray(expected, float)
    points, pooled = {}, []
    for k, name in enumerate(names):
        own = [quantile(scores[:, k], level) for level in levels]
        if not np.isfinite(own).all():
            pooled.append(name)
            together = [quantile(scores.ravel(), level) for level in levels]
            own = [b if np.isinf(a) else a for a, b in zip(own, together, strict=True)]
        points[name] = tuple(np.maximum.accumulate(own).tolist())
    measured = {
        name: tuple(quantile(found, level) for level in levels)
        for name, found in (measurement_scores or {}).items()
        if np.isfinite(found).any()
    }
    return ErrorRegions(tuple(levels), points, measured, len(scores), tuple(pooled))


def measurement_scores(
    predicted: np.ndarray,
    truth: np.ndarray,
    expected: np.ndarray,
    names: Sequence[str],
    spacing: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """Absolute errors of every measurement in units of its propagated uncertainty.

    Args:
        predicted, truth: ``(N, K, 2)`` pixels.
        expected: ``(N, K)`` expected errors in pixels.
        names: K landmark names.
        spacing: ``(N, 2)`` mm per pixel ``(sy, sx)``, or None.

    Returns:
        Measurement name to ``(N,)``; empty where the points are not of lateral heads.
    """
    pairs = _deviations(predicted, truth, expected, names, spacing)
    with np.errstate(invalid='ignore', divide='ignore'):
        scores = {name: off / sd for name, (off, sd) in pairs.items()}
    return {k: v for k, v in scores.items() if np.isfinite(v).any()}


def _deviations(
    predicted: np.ndarray,
    truth: np.ndarray,
    expected: np.ndarray,
    names: Sequence[str],
    spacing: np.ndarray | None,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Absolute errors ``(N,)`` of every measurement and their propagated uncertainties."""
    if not any(short_names(names)):
        return {}
    try:
        found = measure(predicted, list(names), spacing, expected_errors=expected)
        true = measure(truth, list(names), spacing)
    except InputError:  # the points show no facing: not lateral heads
        return {}
    return {
        name: (
            np.abs(np.asarray(m.value) - true[name].value),
            np.asarray(m.uncertainty),
        )
        for name, m in found.items()
    }


def measurement_coverage(
    regions: ErrorRegions,
    predicted: np.ndarray,
    truth: np.ndarray,
    expected: np.ndarray,
    names: Sequence[str],
    spacing: np.ndarray | None = None,
) -> list[dict]:
    """Coverage of the intervals of measurements on other images.

    The Gaussian interval is that of the propagated uncertainty, ``z * SD``.

    Args:
        regions: Error regions that were fitted on other images.
        predicted, truth, expected, names, spacing: As for :func:`measurement_scores`.

    Returns:
        One row per level and measurement, and for the mean over all measurements, ``all``:
        ``level``, ``measurement``, ``conformal`` and ``gaussian`` coverage in percent, and
        ``conformal_width`` and ``gaussian_width``, the median half widths in the unit of
        the measurement (NaN for ``all``).
    """
    pairs = _deviations(predicted, truth, expected, names, spacing)
    rows = []
    for level in regions.levels:
        z = NormalDist().inv_cdf((1 + level) / 2)
        own = []
        for name, (off, sd) in pairs.items():
            known = np.isfinite(off) & np.isfinite(sd)
            factor = regions.measurement_factor(name, level)
            if not known.any() or np.isnan(factor):
                continue
            off, sd = off[known], sd[known]
            own.append(
                dict(
                    level=100 * level,
                    measurement=name,
                    conformal=float(100 * (off <= factor * sd).mean()),
                    gaussian=float(100 * (off <= z * sd).mean()),
                    conformal_width=float(np.median(factor * sd)),
                    gaussian_width=float(np.median(z * sd)),
                )
            )
        rows += _with_mean(own)
    return rows


def _with_mean(rows: list[dict]) -> list[dict]:
    """The rows of a level, the first of which is the mean over the measurements."""
    if not rows:
        return []
    mean = {key: float(np.mean([r[key] for r in rows])) for key in _COVERAGES}
    nothing = dict(conformal_width=float('nan'), gaussian_width=float('nan'))
    return [dict(rows[0], measurement='all', **mean, **nothing), *rows]


_COVERAGES = ('conformal', 'gaussian')


def coverage(
    regions: ErrorRegions,
    expected: np.ndarray,
    errors: np.ndarray,
    names: Sequence[str],
) -> list[dict]:
    """Coverage on other images, and that of the Gaussian model of the expected errors.

    Under an isotropic Gaussian with the expected error as its mean radial error, the radius
    of coverage p is ``sqrt(-4 / pi * log(1 - p))`` times the expected error.

    Returns:
        One row per level and landmark, and for all landmarks: ``level``, ``landmark``,
        ``conformal`` and ``gaussian`` coverage in percent, and the mean radii in the unit
        of the errors.
    """
    rows = []
    for level in regions.levels:
        radius = expected * regions.factors(names, level)
        normal = expected * np.sqrt(-4 / np.pi * np.log(1 - level))
        columns: list[tuple[slice | int, str]] = [(slice(None), 'all')]
        for k, name in [*columns, *enumerate(names)]:
            known = np.isfinite(errors[:, k])
            rows.append(
                dict(
                    level=100 * level,
                    landmark=name,
                    conformal=float(100 * (errors <= radius)[:, k][known].mean()),
                    gaussian=float(100 * (errors <= normal)[:, k][known].mean()),
                    conformal_radius=float(radius[:, k][known].mean()),
                    gaussian_radius=float(normal[:, k][known].mean()),
                )
            )
    return rows
