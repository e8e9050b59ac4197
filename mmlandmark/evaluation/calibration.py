"""How far off is a point likely to be: a heatmap's spread turned into an expected error.

A network is surer or less sure of itself than it should be, and more so of some points
than of others. What it says is therefore measured on images it was not trained on: the
expected error of landmark k is

    (floor + slope * max(spread - sharpest, 0)) * factor[k]

all in pixels of the network's input. Spreads below the sharpest are those of the training
targets, of which nothing can be told. Far above, where a heatmap has several peaks, an
expected error grows like the spread itself, so a straight line can be gone on with beyond
what was measured. Shapes: N images, K points; NaN is missing and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..errors import InputError

#: How strongly to believe that a landmark is like all others, to choose from.
SHRINKAGE_PRIORS = (1.0, 3.0, 10.0, 30.0, 100.0, 1e6)


@dataclass(frozen=True)
class Calibration:
    """The map from a landmark and its spread to its expected error.

    Attributes:
        floor: Expected error of the sharpest heatmaps where a landmark's factor is 1.
        slope: By how much it grows with the spread; at least 0, so that it never falls.
        sharpest: Up to this spread the floor holds.
        factors: K landmark names and how much worse each one is than its spread says.
        usual: Median of the expected errors where it was fitted.
    """

    floor: float
    slope: float
    sharpest: float
    factors: dict[str, float]
    usual: float

    def __call__(self, spreads: np.ndarray) -> np.ndarray:
        """Expected errors.

        Args:
            spreads: ``(..., K)`` in pixels of the network's input, in the order of
                ``factors``.

        Returns:
            The same shape and unit; NaN where the spread is.
        """
        above = _above(spreads, self.sharpest)
        factors = np.array([*self.factors.values()])
        return (self.floor + self.slope * above) * factors

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict, names: Sequence[str]) -> Calibration:
        """What :meth:`to_dict` gave, as it was; other keys are left alone.

        Args:
            values: With the keys of the attributes.
            names: The points that are wanted, in their order.

        Raises:
            InputError: A key is missing or no number, or the points are others.
        """
        try:
            factors = {str(k): float(v) for k, v in values['factors'].items()}
            keys = ('floor', 'slope', 'sharpest', 'usual')
            floor, slope, sharpest, usual = (float(values[key]) for key in keys)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f'not a calibration: {error!r}') from None
        if set(factors) != set(names):
            raise InputError(f'a calibration of other points than {names[0]}, ...')
        factors = {name: factors[name] for name in names}
        return cls(floor, slope, sharpest, factors, usual)


def fit_calibration(
    spreads: np.ndarray, errors: np.ndarray, names: Sequence[str], strength: float
) -> Calibration:
    """Fit the map on images that the model was not trained on.

    Args:
        spreads: ``(N, K)`` in pixels of the network's input.
        errors: ``(N, K)`` radial errors, in the same pixels.
        names: K landmark names.
        strength: So many images' worth of belief that a landmark is like all others:
            :func:`best_strength`.
    """
    known = np.isfinite(spreads) & np.isfinite(errors)
    sharpest = float(np.percentile(spreads[known], 10))
    above = _above(spreads, sharpest)
    factors = np.ones(spreads.shape[1])
    # in turns: landmarks differ in their spread as well as in their factor, and neither
    # may explain the other away
    for _ in range(10):
        floor, slope = _fit_line(above[known], (errors / factors)[known])
        ratios = errors / (floor + slope * above)
        # a landmark of few images is taken for one like all others
        total = np.where(known, ratios, 0).sum(axis=0) + strength
        factors = total / (known.sum(axis=0) + strength)
    named = dict(zip(names, map(float, factors), strict=True))
    usual = float(np.nanmedian((floor + slope * above) * factors))
    return Calibration(floor, slope, sharpest, named, usual)


def best_strength(spreads: np.ndarray, errors: np.ndarray) -> float:
    """The strength, of ``SHRINKAGE_PRIORS``, that predicts images left out the best.

    Raises:
        InputError: Fewer than ten images.
    """
    losses = [
        _deviance(held_out_errors(spreads, errors, strength), errors)
        for strength in SHRINKAGE_PRIORS
    ]
    return SHRINKAGE_PRIORS[int(np.argmin(losses))]


def held_out_errors(
    spreads: np.ndarray, errors: np.ndarray, strength: float, folds: int = 10
) -> np.ndarray:
    """Expected errors ``(N, K)`` of each tenth of the images, fitted on the others.

    Raises:
        InputError: Fewer images than folds.
    """
    if len(spreads) < folds:
        raise InputError(f'{len(spreads)} images are too few: {folds} at least')
    expected = np.full(np.shape(spreads), np.nan)
    names = [str(k) for k in range(np.shape(spreads)[1])]
    order = np.random.default_rng(0).permutation(len(spreads))
    for fold in np.array_split(order, folds):
        rest = np.setdiff1d(order, fold)
        fitted = fit_calibration(spreads[rest], errors[rest], names, strength)
        expected[fold] = fitted(spreads[fold])
    return expected


def _fit_line(above: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Floor and slope by the quasi-likelihood of a gamma distribution.

    That is, for errors that scatter in proportion to their mean (McCullagh & Nelder,
    Generalized Linear Models, 1989, chapter 8): ``mean(log m + e / m)`` is least, where
    ``m = floor * (1 + growth * above)``. For a given growth the floor is the mean of
    ``e / (1 + growth * above)``, so only the growth is searched for.
    """

    # here: what is calibrated needs no SciPy
    from scipy.optimize import minimize_scalar

    def floor(growth: float) -> float:
        return float(np.mean(errors / (1 + growth * above)))

    def loss(log_growth: float) -> float:
        growth = np.exp(log_growth)
        return float(np.log(floor(growth)) + np.mean(np.log(1 + growth * above)))

    growth = float(np.exp(minimize_scalar(loss, bounds=(-12, 8), method='bounded').x))
    return floor(growth), floor(growth) * growth


def _above(spreads: np.ndarray, sharpest: float) -> np.ndarray:
    return np.maximum(np.asarray(spreads, float) - sharpest, 0)


def _deviance(expected: np.ndarray, errors: np.ndarray) -> float:
    """What ``_fit_line`` makes least; smaller is better."""
    known = np.isfinite(expected) & np.isfinite(errors)
    expected, errors = expected[known], errors[known]
    return float(np.mean(np.log(expected) + errors / expected))
