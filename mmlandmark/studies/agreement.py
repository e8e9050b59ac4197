"""Agreement of observers: points and measurements compared image by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ..cephalometry.measure import measure
from ..cephalometry.names import field_labels, short_names
from ..errors import InputError
from ..evaluation.functional import (
    RADII_MM,
    mean_radial_error,
    radial_errors,
    success_detection_rate,
)
from ..schemes import name_key
from ..structures.pixel_spacing import PixelSpacing
from . import statistics
from .label_set import LabelSet
from .statistics import Bias, Interval, Limits

#: Measurements with fewer pairs than this are left out.
MIN_PAIRS = 3


@dataclass
class Series:
    """The points of all observers on the images that all of them have.

    Attributes:
        observers: R names; a name that occurs more than once has repeated sessions.
        names: K landmark names of the first observer.
        ids: N image ids.
        points: ``(R, N, K, 2)`` pixels, NaN where missing.
        spacing: ``(N, 2)`` mm per pixel as ``(sy, sx)``; None unless all are known.
        left_out: One line per kind of image or point that is not compared.
    """

    observers: list[str]
    names: tuple[str, ...]
    ids: list[str]
    points: np.ndarray
    spacing: np.ndarray | None
    left_out: list[str] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """``'mm'`` or ``'px'``."""
        return 'px' if self.spacing is None else 'mm'

    @property
    def labels(self) -> tuple[str, ...]:
        """K short names."""
        return field_labels(self.names)


def align(sets: Sequence[LabelSet], spacing: PixelSpacing | None = None) -> Series:
    """Match the images of observers by their ids, and the points by their names.

    Args:
        sets: The points of at least two observers.
        spacing: mm per pixel of all images; by default what the sets state.

    Raises:
        InputError: Fewer than two sets, no common image or point, or two sets state
            different spacings for an image.
    """
    if len(sets) < 2:
        raise InputError('agreement needs at least two observers: give a second one')
    first, *others = sets
    ids = [one for one in first.points if all(one in s.points for s in others)]
    if not ids:
        example = ' and '.join(f'{next(iter(s.points))!r} ({s.name})' for s in sets[:2])
        raise InputError(
            f'the observers have no image in common; images are matched by their file '
            f'names, such as {example}'
        )
    keys = [_keys(s.names) for s in sets]
    common = [key for key in keys[0] if all(key in other for other in keys)]
    if not common:
        raise InputError('the observers have no point in common: name points alike')
    points = [
        s.array(ids)[:, [known[key] for key in common]]
        for s, known in zip(sets, keys, strict=True)
    ]
    return Series(
        [s.name for s in sets],
        tuple(first.names[keys[0][key]] for key in common),
        ids,
        np.stack(points),
        _spacings(sets, ids, spacing),
        _left_out(sets, ids, common),
    )


def _keys(names: Sequence[str]) -> dict[str, int]:
    """The index of each point by its symbol, or by its name if it has none."""
    pairs = zip(short_names(names), names, strict=True)
    return {short or name_key(name): k for k, (short, name) in enumerate(pairs)}


def _left_out(sets: Sequence[LabelSet], ids: list[str], common: list[str]) -> list[str]:
    lines = []
    for labels in sets:
        if rest := len(labels.points) - len(ids):
            lines.append(f'{labels.name}: {rest} images that another observer lacks')
        known = _keys(labels.names)
        if rest_names := [
            labels.names[k] for key, k in known.items() if key not in common
        ]:
            listed = ', '.join(rest_names)
            lines.append(f'{labels.name}: points that another observer lacks: {listed}')
        lines += [
            f'{labels.name}: {n} left out: {why}' for why, n in labels.left_out.items()
        ]
    return lines


def _spacings(
    sets: Sequence[LabelSet], ids: list[str], given: PixelSpacing | None
) -> np.ndarray | None:
    if given is not None:
        return np.tile(given.pair, (len(ids), 1))
    found: list[tuple[float, float]] = []
    for one in ids:
        known = [s.spacings[one].pair for s in sets if one in s.spacings]
        if not known:
            return None
        if not np.allclose(known, known[0], rtol=0.005):
            raise InputError(
                f'{one}: the observers state different spacings, {known[0]} and '
                f'{known[-1]} mm per pixel: give one for all images',
                spacing=None,
            )
        found.append(known[0])
    return np.array(found)


@dataclass
class PointAgreement:
    """The agreement of two observers on one landmark, in mm or pixels.

    Attributes:
        name: The landmark; ``'all'`` for all of them.
        n: Number of images in which both have this landmark.
        mre, sd: Mean and standard deviation of the distance.
        sdr: Percentage within each radius, by radius in mm; empty without a spacing.
        bias: Mean difference in x (right) and y (down), second minus first.
        differences: ``(n, 2)``.
        p_holm: p value of the test that the bias is zero, adjusted for the number of
            landmarks.
    """

    name: str
    n: int
    mre: float
    sd: float
    sdr: dict[float, float]
    bias: Bias
    differences: np.ndarray
    p_holm: float = float('nan')


@dataclass
class MeasurementAgreement:
    """The agreement of two observers on one measurement.

    Attributes:
        name, unit: The measurement.
        values: ``(n, 2)`` of the first and the second observer.
        dahlberg: The method error.
        agreement, consistency: ICC(2,1) and ICC(3,1).
        limits: Bland-Altman statistics, second minus first.
        p_holm: p value of the paired t test, adjusted for the number of different
            measurements.
    """

    name: str
    unit: str
    values: np.ndarray
    dahlberg: float
    agreement: Interval
    consistency: Interval
    limits: Limits
    p_holm: float = float('nan')


@dataclass
class Comparison:
    """Two series of points compared.

    Attributes:
        first, second: Their names; differences are second minus first.
        kind: ``'inter-observer'`` or ``'intra-observer'``.
        unit: Unit of the distances, ``'mm'`` or ``'px'``.
        overall: All landmarks together.
        landmarks: One per landmark.
        measurements: One per measurement that both have.
    """

    first: str
    second: str
    kind: str
    unit: str
    overall: PointAgreement
    landmarks: list[PointAgreement]
    measurements: list[MeasurementAgreement]


@dataclass
class GroupAgreement:
    """ICCs of one measurement among three observers or more, on ``n`` images."""

    name: str
    unit: str
    n: int
    agreement: Interval
    consistency: Interval


@dataclass
class Study:
    """The result of an agreement study.

    Attributes:
        series: The points that were compared.
        comparisons: Inter-observer pairs, of the first session of each observer, then the
            intra-observer pairs of sessions.
        groups: ICCs among all observers; empty for two.
    """

    series: Series
    comparisons: list[Comparison]
    groups: list[GroupAgreement]


def study(series: Series) -> Study:
    """Compare all pairs of observers, and all sessions of each observer.

    Inter-observer agreement uses the first session of each observer, since a mean of
    sessions would agree better than a single reading does.
    """
    sessions: dict[str, list[int]] = {}
    for place, name in enumerate(series.observers):
        sessions.setdefault(name, []).append(place)
    values = _measurements(series)
    firsts = [places[0] for places in sessions.values()]
    pairs = [(a, b, 'inter-observer') for a, b in combinations(firsts, 2)]
    for places in sessions.values():
        pairs += [(a, b, 'intra-observer') for a, b in combinations(places, 2)]
    comparisons = [_comparison(series, values, *pair) for pair in pairs]
    return Study(series, comparisons, _groups(values, firsts))


def _comparison(
    series: Series, values: dict, first: int, second: int, kind: str
) -> Comparison:
    names = [_titled(series.observers, place, kind) for place in (first, second)]
    landmarks = _landmarks(series, first, second)
    overall = _point_agreement(series, first, second, 'all', slice(None))
    measured = []
    for (name, unit), found in values.items():
        pair = found[[first, second]].T
        pair = pair[np.isfinite(pair).all(axis=1)]
        if len(pair) >= MIN_PAIRS:
            measured.append(_measurement_agreement(name, unit, pair))
    _adjust(measured)
    return Comparison(
        names[0], names[1], kind, series.unit, overall, landmarks, measured
    )


def _adjust(measured: Sequence[MeasurementAgreement]) -> None:
    """Holm's correction; a measurement that several analyses share counts once."""
    keys = [tuple(np.round(m.values[:, 1] - m.values[:, 0], 6)) for m in measured]
    distinct = {key: m.limits.p for key, m in zip(keys, measured, strict=True)}
    adjusted = statistics.holm(list(distinct.values()))
    found = dict(zip(distinct, adjusted, strict=True))
    for key, one in zip(keys, measured, strict=True):
        one.p_holm = float(found[key])


def _titled(observers: list[str], place: int, kind: str) -> str:
    name = observers[place]
    if kind == 'inter-observer':
        return name
    session = Counter(observers[: place + 1])[name]
    return f'{name}, session {session}'


def _landmarks(series: Series, first: int, second: int) -> list[PointAgreement]:
    found = [
        _point_agreement(series, first, second, name, k)
        for k, name in enumerate(series.names)
    ]
    adjusted = statistics.holm([one.bias.p for one in found])
    for one, p in zip(found, adjusted, strict=True):
        one.p_holm = float(p)
    return found


def _point_agreement(
    series: Series, first: int, second: int, name: str, k: int | slice
) -> PointAgreement:
    a, b = series.points[first], series.points[second]
    missing = np.isnan(a).any(axis=-1) | np.isnan(b).any(axis=-1)
    a = np.where(missing[..., None], np.nan, a)
    errors = radial_errors(np.where(missing[..., None], 0, b), a, series.spacing)[:, k]
    factor = 1 if series.spacing is None else series.spacing[:, None, ::-1]
    differences = ((b - a) * factor)[:, k].reshape(-1, 2)
    differences = differences[np.isfinite(differences).all(axis=1)]
    mre, sd = mean_radial_error(errors)
    radii = () if series.spacing is None else RADII_MM
    sdr = {radius: float(success_detection_rate(errors, radius)) for radius in radii}
    return PointAgreement(
        name,
        len(differences),
        float(mre),
        float(sd),
        sdr,
        statistics.bias(differences),
        differences,
    )


def _measurements(series: Series) -> dict[tuple[str, str], np.ndarray]:
    """``(R, N)`` values of each measurement, by name and unit.

    Empty where the points are not those of a lateral head.
    """
    if not any(short_names(series.names)):
        return {}
    try:
        found = [
            measure(points, list(series.names), series.spacing)
            for points in series.points
        ]
    except InputError:  # the points do not show which way the heads face
        return {}
    return {
        (name, one.unit): np.stack([each[name].value for each in found])
        for name, one in found[0].items()
        if np.isfinite(np.stack([each[name].value for each in found])).any()
    }


def _measurement_agreement(
    name: str, unit: str, pair: np.ndarray
) -> MeasurementAgreement:
    differences = pair[:, 1] - pair[:, 0]
    return MeasurementAgreement(
        name,
        unit,
        pair,
        statistics.dahlberg(differences),
        *statistics.icc(pair),
        statistics.limits_of_agreement(differences),
    )


def _groups(values: dict, firsts: list[int]) -> list[GroupAgreement]:
    if len(firsts) < 3:
        return []
    groups = []
    for (name, unit), found in values.items():
        rows = found[firsts].T
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows) >= MIN_PAIRS:
            groups.append(GroupAgreement(name, unit, len(rows), *statistics.icc(rows)))
    return groups
