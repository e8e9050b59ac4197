"""Calibrate the expected radial error of a heatmap to that of the landmark.

Networks are over- or underconfident, and more so for some landmarks than for others. The
relation is therefore fitted on images on which the network was not trained. The expected
error of landmark k is

    (floor + slope * max(heatmap_error - sharpest, 0)) * factor[k]

in pixels of the network's input. ``heatmap_error`` is the expected radial error (ERE) under
the heatmap, see :func:`mmlandmark.models.heads.heatmap.expected_radial_errors`. Below
``sharpest`` it is that of the training targets and carries no information. If it is large,
because a heatmap has several peaks, the expected error grows in proportion to it, so the
line can be extrapolated.
Shapes: N images, K points. NaN is a missing value, which is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..cephalometry.canonical_view import CanonicalView
from ..errors import InputError
from ..structures.error_regions import ErrorRegions

#: Choices for the weight of the prior that all landmarks have the same factor, in images.
SHRINKAGE_PRIORS = (1.0, 3.0, 10.0, 30.0, 100.0, 1e6)


@dataclass(frozen=True)
class Calibration:
    """Maps the expected radial error of a heatmap to that of its landmark.

    Attributes:
        floor: Expected error of the sharpest heatmaps for a factor of 1, pixels of the
            network's input.
        slope: Increase of the expected error with that of the heatmap; not negative.
        sharpest: Spread up to which the expected error is ``floor``, pixels of the input.
        factors: Factor of each of the K landmarks, by name.
        median_expected_error: Median over the images of the fit, pixels of the input.
        view: Canonical view of the images of the fit; None if they have no common view.
        regions: Conformal factors of the expected errors; None if there are none.
    """

    floor: float
    slope: float
    sharpest: float
    factors: dict[str, float]
    median_expected_error: float
    view: CanonicalView | None = None
    regions: ErrorRegions | None = None

    def __call__(self, heatmap_errors: np.ndarray) -> np.ndarray:
        """Expected errors.

        Args:
            heatmap_errors: ``(..., K)`` pixels of the network's input, in the order of
                ``factors``.

        Returns:
            ``(..., K)`` pixels of the network's input; NaN where it is NaN.
        """
        above = _above(heatmap_errors, self.sharpest)
        factors = np.array([*self.factors.values()])
        return (self.floor + self.slope * above) * factors

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        values = dict(vars(self), factors=dict(self.factors))
        for key in ('view', 'regions'):
            part = values.pop(key)
            if part is not None:
                values[key] = part.to_dict()
        return values

    def with_view(self, view: CanonicalView | None) -> Calibration:
        """The same calibration with another view."""
        return replace(self, view=view)

    @classmethod
    def from_dict(cls, values: dict, names: Sequence[str]) -> Calibration:
        """Restore the values of :meth:`to_dict`; other keys are ignored.

        Args:
            values: The result of :meth:`to_dict`.
            names: Names of the model's landmarks, in their order.

        Raises:
            InputError: A key is missing or not a number, or the landmarks differ.
        """
        keys = ('floor', 'slope', 'sharpest', 'median_expected_error')
        try:
            factors = {str(k): float(v) for k, v in values['factors'].items()}
            numbers = {key: float(values[key]) for key in keys}
            stored = values.get('regions')  # none in files of earlier versions
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f'not a calibration: {error!r}') from None
        if set(factors) != set(names):
            raise InputError(
                f'the calibration is of other points than {names[0]}, ...: calibrate again'
            )
        known = values.get('view')
        view = None if known is None else CanonicalView.from_dict(known, len(names))
        regions = None if stored is None else ErrorRegions.from_dict(stored)
        ordered = {name: factors[name] for name in names}
        return cls(factors=ordered, view=view, regions=regions, **numbers)


def fit_calibration(
    heatmap_errors: np.ndarray,
    errors: np.ndarray,
    names: Sequence[str],
    shrinkage: float,
) -> Calibration:
    """Fit a calibration on images on which the model was not trained.

    Args:
        heatmap_errors: ``(N, K)`` pixels of the network's input.
        errors: ``(N, K)`` radial errors, pixels of the network's input.
        names: K landmark names.
        shrinkage: Weight of the prior that all landmarks have the same factor, in images;
            see :func:`best_shrinkage`.
    """
    known = np.isfinite(heatmap_errors) & np.isfinite(errors)
    sharpest = float(np.percentile(heatmap_errors[known], 10))
    above = _above(heatmap_errors, sharpest)
    factors = np.ones(heatmap_errors.shape[1])
    # alternate, because landmarks differ in heatmap error and in factor
    for _ in range(10):
        floor, slope = _fit_line(above[known], (errors / factors)[known])
        ratios = errors / (floor + slope * above)
        # the factor of a landmark with few images is drawn towards 1
        total = np.where(known, ratios, 0).sum(axis=0) + shrinkage
        factors = total / (known.sum(axis=0) + shrinkage)
    named = dict(zip(names, map(float, factors), strict=True))
    median = float(np.nanmedian((floor + slope * above) * factors))
    return Calibration(floor, slope, sharpest, named, median)


def best_shrinkage(heatmap_errors: np.ndarray, errors: np.ndarray) -> float:
    """The value of ``SHRINKAGE_PRIORS`` with the least loss in cross-validation.

    Args:
        heatmap_errors: ``(N, K)`` pixels of the network's input.
        errors: ``(N, K)`` radial errors, pixels of the network's input.

    Raises:
        InputError: Fewer than ten images.
    """
    losses = [
        _deviance(held_out_errors(heatmap_errors, errors, shrinkage), errors)
        for shrinkage in SHRINKAGE_PRIORS
    ]
    return SHRINKAGE_PRIORS[int(np.argmin(losses))]


def held_out_errors(
    heatmap_errors: np.ndarray, errors: np.ndarray, shrinkage: float, folds: int = 10
) -> np.ndarray:
    """Expected errors ``(N, K)`` of each fold of images, fitted on the other folds.

    Raises:
        InputError: Fewer images than folds.
    """
    if len(heatmap_errors) < folds:
        raise InputError(
            f'{len(heatmap_errors)} images are too few: give at least {folds}'
        )
    expected = np.full(np.shape(heatmap_errors), np.nan)
    names = [str(k) for k in range(np.shape(heatmap_errors)[1])]
    order = np.random.default_rng(0).permutation(len(heatmap_errors))
    for fold in np.array_split(order, folds):
        rest = np.setdiff1d(order, fold)
        fitted = fit_calibration(heatmap_errors[rest], errors[rest], names, shrinkage)
        expected[fold] = fitted(heatmap_errors[fold])
    return expected


def _fit_line(above: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Floor and slope by the quasi-likelihood of a gamma distribution.

    The standard deviation of the errors is assumed proportional to their mean (McCullagh &
    Nelder, Generalized Linear Models, 1989, chapter 8). The fit minimises
    ``mean(log m + e / m)`` with ``m = floor * (1 + growth * above)``. For a given growth
    the best floor is the mean of ``e / (1 + growth * above)``, so the search is
    one-dimensional.
    """
    # imported here, as calibrated models run without SciPy
    from scipy.optimize import minimize_scalar

    def floor(growth: float) -> float:
        return float(np.mean(errors / (1 + growth * above)))

    def loss(log_growth: float) -> float:
        growth = np.exp(log_growth)
        return float(np.log(floor(growth)) + np.mean(np.log(1 + growth * above)))

    growth = float(np.exp(minimize_scalar(loss, bounds=(-12, 8), method='bounded').x))
    return floor(growth), floor(growth) * growth


def _above(heatmap_errors: np.ndarray, sharpest: float) -> np.ndarray:
    return np.maximum(np.asarray(heatmap_errors, float) - sharpest, 0)


def _deviance(expected: np.ndarray, errors: np.ndarray) -> float:
    """The loss that ``_fit_line`` minimises."""
    known = np.isfinite(expected) & np.isfinite(errors)
    expected, errors = expected[known], errors[known]
    return float(np.mean(np.log(expected) + errors / expected))
