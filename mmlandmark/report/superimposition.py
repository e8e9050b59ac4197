"""Superimposition of later radiographs of one head on the first, and the changes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..cephalometry.names import named_points
from ..errors import InputError
from .model import CephReport

#: Planes to superimpose on: title, first point, second point, registration point.
PLANES = {
    'S-N': ('S-N at S', 'S', 'N', 'S'),
    'maxilla': ('palatal plane (PNS-ANS) at ANS', 'PNS', 'ANS', 'ANS'),
    'mandible': ('mandibular plane (Go-Me) at Me', 'Go', 'Me', 'Me'),
}
PROCRUSTES = 'Procrustes'
#: A change is beyond the error if it is larger than this many of its standard deviations.
BEYOND = 1.96


@dataclass
class Superimposition:
    """Later radiographs superimposed on the first one.

    Attributes:
        titles: Names of the T later radiographs.
        labels: Symbols of the points of each later radiograph.
        points: Method (a key of :data:`PLANES`, or ``'Procrustes'``) to T arrays ``(K, 2)``
            in pixels of the first radiograph, for the methods whose points all radiographs
            have.
        scales: For each later radiograph, how its lengths were made comparable with those
            of the first, as text.
        changes: One row per measurement that all radiographs have: ``values`` and
            ``uncertainties`` of the T + 1 radiographs, ``change`` from the first to the
            last with its ``uncertainty``, and whether it is ``beyond_error``, None where
            not known.
        ages: Age in years at the T + 1 radiographs; None where not given.
        norms: Measurement to the mean and SD of the norm at each radiograph, or None.
        warnings: About each later radiograph.
    """

    titles: list[str]
    labels: list[tuple[str, ...]]
    points: dict[str, list[np.ndarray]]
    scales: list[str]
    changes: list[dict]
    ages: list[float] | None = None
    norms: dict[str, list[tuple[float, float] | None]] = field(default_factory=dict)
    warnings: list[list[str]] = field(default_factory=list)

    @property
    def scale(self) -> str:
        """The scales of all, each text once."""
        return '; '.join(dict.fromkeys(self.scales))


def superimpose(
    first: CephReport,
    later: Sequence[CephReport],
    ages: Sequence[float] | None = None,
    method_errors: Mapping[str, float] | None = None,
) -> Superimposition:
    """Superimpose radiographs of one head on the first of them.

    On a plane, its registration point and its direction coincide. By Procrustes analysis
    the squared distances of the points that both have are least. Where both scales are
    known, lengths are kept; otherwise S-N is scaled to one length.

    Args:
        first: The earliest radiograph.
        later: The others, in order.
        ages: Age in years at each radiograph, the first included.
        method_errors: Dahlberg's error of measurements by their names, from
            :func:`read_method_errors`; a change then also has to exceed 1.96 * sqrt(2) of
            it to be beyond the error.

    Raises:
        InputError: Sella or nasion is missing in one of them, or both are one point; or
            the number of ages is not that of the radiographs.
    """
    everyone = [first, *later]
    if ages is not None and len(ages) != len(everyone):
        raise InputError(
            f'{len(ages)} ages are given for {len(everyone)} radiographs: give one each',
            ages=None,
        )
    pairs = [_Pair(first, second) for second in later]
    points = {}
    for method in (*PLANES, PROCRUSTES):
        placed = [pair.placed(method) for pair in pairs]
        if all(found is not None for found in placed):
            points[method] = [found for found in placed if found is not None]
    changes = [
        row
        for name in first.measurements
        if (row := _change(name, everyone, (method_errors or {}).get(name)))
    ]
    return Superimposition(
        [report.title for report in later],
        [report.prediction.labels for report in later],
        points,
        [pair.scale for pair in pairs],
        changes,
        None if ages is None else list(ages),
        {row['measurement']: _norms(row['measurement'], everyone) for row in changes},
        [report.warnings for report in later],
    )


class _Pair:
    """A later radiograph and the first one, in comparable units."""

    def __init__(self, first: CephReport, second: CephReport):
        s1, n1 = _sella_nasion(first)
        s2, n2 = _sella_nasion(second)
        self.turned = (-1, 1) if first.facing != second.facing else (1, 1)
        self.calibrated = bool(first.spacing and second.spacing)
        if first.spacing and second.spacing:
            # via mm, so that pixels need not be square
            self.mm1, mm2 = first.spacing.xy, second.spacing.xy
            self.scale = (
                f'lengths as calibrated (first: {first.scale}; {second.title}: '
                f'{second.scale})'
            )
        else:
            self.mm1 = np.ones(2)
            mm2 = self.mm1 * np.linalg.norm(n1 - s1) / np.linalg.norm(n2 - s2)
            self.scale = (
                'not calibrated: S-N scaled to one length, so its growth is not shown'
            )
        factor = mm2 * self.turned
        self.points = second.prediction.points * factor
        self.second = {
            k: p * factor for k, p in named_points(second.prediction).items()
        }
        self.first = {
            k: p * self.mm1 for k, p in named_points(first.prediction).items()
        }

    def placed(self, method: str) -> np.ndarray | None:
        """``(K, 2)`` pixels of the first radiograph; None where a point is missing."""
        if method == PROCRUSTES:
            return self._procrustes()
        _, start, end, at = PLANES[method]
        known = [self.first, self.second]
        if not all(
            np.isfinite(p.get(k, np.nan)).all() for p in known for k in (start, end)
        ):
            return None
        directions = [points[end] - points[start] for points in known]
        if not all(np.linalg.norm(direction) for direction in directions):
            return None
        angle = np.subtract(*(np.arctan2(y, x) for x, y in directions))
        moved = _rotated(self.points - self.second[at], angle)
        return (self.first[at] + moved) / self.mm1

    def _procrustes(self) -> np.ndarray | None:
        """Rotation and translation of least squared distances; lengths are not changed."""
        names = [
            name
            for name, point in self.first.items()
            if np.isfinite(point).all()
            and np.isfinite(self.second.get(name, np.nan)).all()
        ]
        if len(names) < 3:
            return None
        one = np.array([self.first[name] for name in names])
        two = np.array([self.second[name] for name in names])
        a, b = one - one.mean(axis=0), two - two.mean(axis=0)
        crossed = (b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]).sum()
        moved = _rotated(
            self.points - two.mean(axis=0), np.arctan2(crossed, (a * b).sum())
        )
        return (one.mean(axis=0) + moved) / self.mm1


def _sella_nasion(report: CephReport) -> tuple[np.ndarray, np.ndarray]:
    points = named_points(report.prediction)
    for name, full_name in (('S', 'sella'), ('N', 'nasion')):
        if name not in points or not np.isfinite(points[name]).all():
            raise InputError(
                f'{report.title} has no {full_name}: superimposition on S-N needs it'
            )
    if np.array_equal(points['S'], points['N']):
        raise InputError(f'{report.title}: sella and nasion are the same point')
    return points['S'], points['N']


def _rotated(points: np.ndarray, angle: float) -> np.ndarray:
    """Points rotated about the origin, from x towards y."""
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


def _change(
    name: str, reports: Sequence[CephReport], method_error: float | None
) -> dict | None:
    """The row of a measurement; None where a radiograph does not have it."""
    found = [report.measurements[name] for report in reports]
    values = [float(one.value) for one in found]
    if not np.isfinite(values).all():
        return None
    uncertainties = [float(one.uncertainty) for one in found]
    change = values[-1] - values[0]
    uncertainty = float(np.hypot(uncertainties[0], uncertainties[-1]))
    limits = [
        *([BEYOND * uncertainty] if np.isfinite(uncertainty) else []),
        *([BEYOND * np.sqrt(2) * method_error] if method_error is not None else []),
    ]
    return dict(
        measurement=name,
        unit=found[0].unit,
        values=[round(value, 2) for value in values],
        uncertainties=[_rounded(value) for value in uncertainties],
        change=round(change, 2),
        uncertainty=_rounded(uncertainty),
        beyond_error=bool(abs(change) > max(limits)) if limits else None,
    )


def _rounded(value: float) -> float | None:
    return round(value, 2) if np.isfinite(value) else None


def _norms(
    name: str, reports: Sequence[CephReport]
) -> list[tuple[float, float] | None]:
    """Mean and SD of the norm of each radiograph, which may be of different ages."""
    norms = [report.measurements[name].norm for report in reports]
    return [
        None if n is None or n.value is None or n.sd is None else (n.value, n.sd)
        for n in norms
    ]


def read_method_errors(path: str | Path) -> dict[str, float]:
    """Dahlberg's errors from the ``measurements.csv`` of ``agree``.

    Of several comparisons the largest error of a measurement is used.

    Raises:
        InputError: No such file, or it has no columns ``measurement`` and ``dahlberg``.
    """
    try:
        with Path(path).open(newline='', encoding='utf-8-sig') as file:
            rows = list(csv.DictReader(file))
        pairs = [(row['measurement'], float(row['dahlberg'])) for row in rows]
    except FileNotFoundError:
        raise InputError(f'no file of method errors {path}') from None
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise InputError(
            f'{path} is not a table with the columns measurement and dahlberg: {error!r}'
        ) from None
    errors: dict[str, float] = {}
    for name, value in pairs:
        errors[name] = max(value, errors.get(name, 0.0))
    return errors
