"""Computes cephalometric measurements from points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..schemes import Scheme, get_scheme
from ..structures.pixel_spacing import PixelSpacing
from .definitions import DEFINITIONS, MM, Definition
from .names import full_name, refuse_doubles, short_names
from .norms import Norm, Norms, norm_of, read_norms
from .orientation import facing_sign, scale_in_doubt, scale_of
from .uncertainty import propagated_sd

UNCALIBRATED = 'uncalibrated: the scale of the image is not known'


@dataclass(frozen=True)
class Measurement:
    """One measurement of one image, or of N.

    Attributes:
        definition: Its analysis, unit, points and formula.
        value: A float, or ``(N,)``; NaN where there is none.
        uncertainty: Its standard deviation, propagated from the expected errors of the
            points, of the same shape; NaN where not known.
        deviation: Deviation from the mean of the norm, in SD; NaN where there is no SD.
        norm: The norm that applies; None if there is none.
        reason: Why no image has a value; empty if one has.
        scale_in_doubt: Whether it is a distance and S-N is implausible (see
            :func:`.orientation.scale_in_doubt`); its deviation is then not reliable.
    """

    definition: Definition
    value: float | np.ndarray
    uncertainty: float | np.ndarray
    deviation: float | np.ndarray
    norm: Norm | None = None
    reason: str = ''
    scale_in_doubt: bool | np.ndarray = False

    @property
    def name(self) -> str:
        """Its name in tables."""
        return self.definition.name

    @property
    def unit(self) -> str:
        """``'°'``, ``'mm'`` or ``'%'``."""
        return self.definition.unit


def measure(
    points: np.ndarray,
    scheme: str | Path | dict | Scheme | Sequence[str] = 'isbi19',
    spacing: PixelSpacing | float | Sequence | np.ndarray | None = None,
    *,
    facing: str | None = None,
    expected_errors: np.ndarray | None = None,
    low_confidence: np.ndarray | None = None,
    norms: Norms | str | Path | None = None,
    sex: str | None = None,
    age: float | None = None,
) -> dict[str, Measurement]:
    """Compute every measurement that the points of a lateral head allow.

    ::

        found = measure(points, 'isbi19', spacing=0.1)
        found['ANB'].value, found['IMPA'].reason

    Args:
        points: ``(K, 2)`` of one image or ``(N, K, 2)``, x right and y down in pixels;
            NaN where missing.
        scheme: The scheme of the points, its name or its file, or a list of the names of
            the points in any spelling.
        spacing: mm per pixel, a :class:`PixelSpacing`, one number or ``(sy, sx)``,
            ``(N, 2)`` for N images; None where not known: distances then have no value.
        facing: ``'left'`` or ``'right'``; None determines it from the points.
        expected_errors: Mean radial error of each point in pixels, ``(K,)`` or
            ``(N, K)``; determines the uncertainties.
        low_confidence: Points not to measure from, bool, of the same shape.
        norms: From :func:`read_norms`, or a CSV file; None for the norms of the package.
        sex: ``'female'`` or ``'male'``, for the norms.
        age: In years, for the norms; None for an adult.

    Returns:
        Every measurement by its name, including those without a value.

    Raises:
        InputError: A scheme, shape, spacing or norms file that cannot be used, two names
            for one point, or one head whose points do not show which way it faces.
    """
    names = _checked_names(scheme)
    points = checked_points(points, len(names))
    head = head_of(points, names, spacing, facing, expected_errors, low_confidence)
    if not isinstance(norms, Mapping):
        norms = read_norms() if norms is None else read_norms(norms)
    return {
        name: head.take(definition, norm_of(norms, name, sex, age))
        for name, definition in DEFINITIONS.items()
    }


def _checked_names(scheme) -> Sequence[str | None]:
    """The short name of each point of a scheme; None for an unknown name."""
    names = names_of(scheme)
    refuse_doubles(names)
    return short_names(names)


def checked_points(points, count: int) -> np.ndarray:
    """Points ``(count, 2)`` or ``(N, count, 2)``; NaN where a coordinate is not finite."""
    points = np.asarray(points, float)
    if points.ndim not in (2, 3) or points.shape[-2:] != (count, 2):
        raise InputError(
            f'the scheme has {count} points: points must be ({count}, 2) or '
            f'(N, {count}, 2), not {points.shape}'
        )
    return np.where(np.isfinite(points).all(axis=-1, keepdims=True), points, np.nan)


def head_of(
    points: np.ndarray,
    names: Sequence[str | None],
    spacing,
    facing: str | None,
    expected_errors,
    low_confidence,
    full_name: Callable[[str], str] = full_name,
) -> Head:
    """The points by name, in the frame and unit of the measurements.

    Args:
        points: ``(K, 2)`` or ``(N, K, 2)`` pixels, from :func:`checked_points`.
        names: Symbol of each point; None for a point that is not used.
        spacing, facing, expected_errors, low_confidence: As for :func:`measure`.
        full_name: Returns the full name of a symbol, for the reasons.
    """
    shape = points.shape[:-1]
    excluded = _like(low_confidence, shape, 'low_confidence', False).astype(bool)
    errors = _like(expected_errors, shape, 'expected_errors', np.nan).astype(float)
    scale = scale_of(spacing, shape[:-1])
    if scale is not None:
        errors = errors * scale.mean(axis=-1)[..., None]
    return Head(
        _placed(_named(points, names), facing, scale),
        _named(errors[..., None], names),
        _named(excluded[..., None], names),
        scale is not None,
        full_name,
    )


def names_of(scheme: Any) -> Sequence[str]:
    """The names of the points of a scheme, given as in :func:`measure`, or of a list."""
    if isinstance(scheme, (list, tuple)):
        return scheme
    return (scheme if isinstance(scheme, Scheme) else get_scheme(scheme)).points


def _like(values, shape: tuple[int, ...], what: str, default) -> np.ndarray:
    if values is None:
        return np.full(shape, default)
    values = np.asarray(values)
    if values.shape != shape:
        raise InputError(
            f'{what} must have one value per point, {shape}, not {values.shape}'
        )
    return values


def _named(values: np.ndarray, names: Iterable[str | None]) -> dict[str, np.ndarray]:
    """Each short name to its ``(..., D)`` of ``(..., K, D)``."""
    return {name: values[..., k, :] for k, name in enumerate(names) if name}


def _placed(
    pixels: dict[str, np.ndarray], facing: str | None, scale: np.ndarray | None
) -> dict[str, np.ndarray]:
    """The points of a head that faces right, in mm where the scale is known."""
    if not pixels:
        return {}
    sign = facing_sign(facing, pixels)
    factor = np.stack([sign, np.ones_like(sign)], axis=-1)
    return {
        name: value * factor * (1 if scale is None else scale)
        for name, value in pixels.items()
    }


class Head:
    """The points of the images, from which measurements are computed one by one."""

    def __init__(self, points, radii, low_confidence, calibrated: bool, full_name):
        self.points, self.radii, self.low_confidence = points, radii, low_confidence
        self.calibrated, self.full_name = calibrated, full_name
        self.scale_in_doubt = scale_in_doubt(points) if points and calibrated else False

    def take(self, definition: Definition, norm: Norm | None) -> Measurement:
        """The measurement, with the reason if it has no value."""
        absent = [name for name in definition.points if name not in self.points]
        if absent:
            needs = f'not available: needs {self._listed(absent)}'
            return self._nothing(definition, norm, needs)
        if definition.unit == MM and not self.calibrated:
            return self._nothing(definition, norm, UNCALIBRATED)
        points = [self.points[name] for name in definition.points]
        excluded = [self.low_confidence[name][..., 0] for name in definition.points]
        radii = [self.radii[name][..., 0] for name in definition.points]
        value = definition.formula(*points)
        value = np.where(np.any(excluded, axis=0), np.nan, value)
        uncertainty = propagated_sd(definition, points, radii)
        deviation = norm.deviation(value) if norm else np.full(value.shape, np.nan)
        reason = '' if np.isfinite(value).any() else self._why(definition)
        return Measurement(
            definition,
            _plain(value),
            _plain(np.where(np.isfinite(value), uncertainty, np.nan)),
            _plain(deviation),
            norm,
            reason,
            self.scale_in_doubt if definition.unit == MM else False,
        )

    def _nothing(self, definition, norm, reason: str) -> Measurement:
        shape = next(iter(self.points.values())).shape[:-1] if self.points else ()
        empty = _plain(np.full(shape, np.nan))
        return Measurement(definition, empty, empty, empty, norm, reason)

    def _why(self, definition: Definition) -> str:
        """Why no image has a value although the scheme has all points."""
        used = definition.points
        missing = [n for n in used if not np.isfinite(self.points[n]).any()]
        excluded = [n for n in used if self.low_confidence[n].all()]
        if missing:
            return f'missing: {self._listed(missing)}'
        if excluded:
            return f'low confidence: {self._listed(excluded)}'
        return 'points are missing, of low confidence or coincident'

    def _listed(self, names: Iterable[str]) -> str:
        return ', '.join(f'{name} ({self.full_name(name)})' for name in names)


def _plain(values: np.ndarray) -> float | np.ndarray:
    return float(values) if np.ndim(values) == 0 else np.asarray(values)
