"""Superimposition of two radiographs of one head on S-N at S."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..cephalometry.names import named_points
from ..errors import InputError
from .model import CephReport


@dataclass
class Superimposition:
    """A later radiograph superimposed on an earlier one.

    Attributes:
        points: ``(K, 2)`` of the later radiograph, in pixels of the earlier one.
        labels: K short names.
        scale: How lengths in the two were made comparable, as text.
        changes: One row per measurement that both have.
        title: Name of the later radiograph.
        warnings: About the later radiograph.
    """

    points: np.ndarray
    labels: tuple[str, ...]
    scale: str
    changes: list[dict]
    title: str = ''
    warnings: list[str] = field(default_factory=list)


def superimpose(first: CephReport, second: CephReport) -> Superimposition:
    """Superimpose the second radiograph on the first: S on S, with S-N in one direction.

    Where both scales are known, lengths are kept; otherwise S-N is scaled to one length.

    Raises:
        InputError: Sella or nasion is missing in one of them, or both are one point.
    """
    s1, n1 = _sella_nasion(first)
    s2, n2 = _sella_nasion(second)
    points = second.prediction.points.copy()
    if first.facing != second.facing:
        points, s2, n2 = (value * (-1, 1) for value in (points, s2, n2))
    if first.spacing and second.spacing:
        # via mm, so that pixels need not be square
        mm1, mm2 = first.spacing.xy, second.spacing.xy
        scale = f'lengths as calibrated (first: {first.scale}; second: {second.scale})'
    else:
        mm1 = np.ones(2)
        mm2 = mm1 * np.linalg.norm(n1 - s1) / np.linalg.norm(n2 - s2)
        scale = 'not calibrated: S-N scaled to one length, so its growth is not shown'
    rotated = _rotated((points - s2) * mm2, (n2 - s2) * mm2, (n1 - s1) * mm1)
    return Superimposition(
        s1 + rotated / mm1,
        second.prediction.labels,
        scale,
        _changes(first, second),
        second.title,
        second.warnings,
    )


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


def _rotated(points: np.ndarray, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Points rotated about the origin by the angle from ``start`` to ``goal``."""
    (ax, ay), (bx, by) = start, goal
    angle = np.arctan2(by, bx) - np.arctan2(ay, ax)
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


def _changes(first: CephReport, second: CephReport) -> list[dict]:
    rows = []
    for name, before in first.measurements.items():
        after = second.measurements[name]
        if np.isfinite(before.value) and np.isfinite(after.value):
            uncertainty = float(np.hypot(before.uncertainty, after.uncertainty))
            rows.append(
                dict(
                    measurement=name,
                    first=round(float(before.value), 2),
                    second=round(float(after.value), 2),
                    change=round(float(after.value - before.value), 2),
                    uncertainty=None
                    if np.isnan(uncertainty)
                    else round(uncertainty, 2),
                    unit=before.unit,
                )
            )
    return rows
