"""Multiples of the expected errors that contain the true errors with a given coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError


@dataclass(frozen=True)
class ErrorRegions:
    """Conformal quantiles of the calibration images of a model.

    Attributes:
        levels: Coverages, such as 0.9, in increasing order.
        points: Landmark name to one factor per level: the error of the landmark is at most
            this multiple of its expected error. Infinity where there are too few images.
        measurements: Measurement name to one factor per level: the same for a measurement
            and its propagated uncertainty (one SD).
        images: Number of calibration images.
        pooled: Landmarks whose factors are those of all landmarks together.
    """

    levels: tuple[float, ...]
    points: Mapping[str, tuple[float, ...]]
    measurements: Mapping[str, tuple[float, ...]]
    images: int
    pooled: tuple[str, ...] = ()

    def factors(self, names: Sequence[str], level: float) -> np.ndarray:
        """``(K,)`` factors of these landmarks.

        Raises:
            InputError: The level or a landmark is not calibrated.
        """
        place = self._place(level)
        if missing := [name for name in names if name not in self.points]:
            raise InputError(
                f'the error regions are of other points than {missing[0]!r}'
            )
        return np.array([self.points[name][place] for name in names])

    def measurement_factor(self, name: str, level: float) -> float:
        """The factor of a measurement; NaN where it was not calibrated.

        Raises:
            InputError: The level is not calibrated.
        """
        place = self._place(level)
        found = self.measurements.get(name)
        return float('nan') if found is None else found[place]

    def _place(self, level: float) -> int:
        for place, known in enumerate(self.levels):
            if abs(known - level) < 1e-9:
                return place
        listed = ', '.join(f'{known:g}' for known in self.levels)
        raise InputError(f'level {level:g} is not calibrated; the levels are {listed}')

    def to_dict(self) -> dict:
        """Plain values for JSON; infinity is null."""
        return dict(
            levels=[*self.levels],
            points={k: _plain(v) for k, v in self.points.items()},
            measurements={k: _plain(v) for k, v in self.measurements.items()},
            images=self.images,
            pooled=[*self.pooled],
        )

    @classmethod
    def from_dict(cls, values: Any) -> ErrorRegions:
        """The inverse of :meth:`to_dict`.

        Raises:
            InputError: A key is missing, or a value is of another type.
        """
        try:
            levels = tuple(float(level) for level in values['levels'])
            points, measurements = (
                {str(k): _factors(v, len(levels)) for k, v in values[key].items()}
                for key in ('points', 'measurements')
            )
            images, pooled = int(values['images']), tuple(map(str, values['pooled']))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f'not error regions: {error!r}') from None
        return cls(levels, points, measurements, images, pooled)


def _plain(factors: Sequence[float]) -> list[float | None]:
    return [round(float(f), 4) if np.isfinite(f) else None for f in factors]


def _factors(values: Sequence[float | None], count: int) -> tuple[float, ...]:
    factors = tuple(float('inf') if f is None else float(f) for f in values)
    if len(factors) != count or not all(f >= 0 for f in factors):
        raise ValueError(f'{len(factors)} factors, {count} are needed, none below zero')
    return factors
