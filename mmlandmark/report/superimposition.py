"""Two films of one head, laid over one another on S-N at S."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..cephalometry.names import named_points
from ..errors import InputError
from .model import CephReport


@dataclass
class Superimposition:
    """A later film over an earlier one.

    Attributes:
        points: ``(K, 2)`` of the later film, in pixels of the earlier one.
        labels: K short names.
        scale: In words, what a length of one is in the other.
        changes: One row a measurement that both films have.
        title: What the later film is called.
        warnings: What is to be known of the later film.
    """

    points: np.ndarray
    labels: tuple[str, ...]
    scale: str
    changes: list[dict]
    title: str = ''
    warnings: list[str] = field(default_factory=list)


def superimpose(first: CephReport, second: CephReport) -> Superimposition:
    """Lay the second film over the first: S on S, N in the direction of N.

    Where both scales are known lengths are kept, else S-N is made equally long.

    Raises:
        InputError: Sella or nasion is missing in one of the films.
    """
    s1, n1 = _sella_nasion(first)
    s2, n2 = _sella_nasion(second)
    points = second.prediction.points.copy()
    if first.facing != second.facing:
        points, s2, n2 = (value * (-1, 1) for value in (points, s2, n2))
    if first.spacing and second.spacing:
        # through mm, in which anisotropic pixels are square
        mm1, mm2 = first.spacing.xy, second.spacing.xy
        said = f'lengths as calibrated (first: {first.scale}; second: {second.scale})'
    else:
        mm1 = np.ones(2)
        mm2 = mm1 * np.linalg.norm(n1 - s1) / np.linalg.norm(n2 - s2)
        said = 'not calibrated: S-N made equally long, growth of S-N is not seen'
    turned = _turned((points - s2) * mm2, (n2 - s2) * mm2, (n1 - s1) * mm1)
    return Superimposition(
        s1 + turned / mm1,
        second.prediction.labels,
        said,
        _changes(first, second),
        second.title,
        second.warnings,
    )


def _sella_nasion(sheet: CephReport) -> tuple[np.ndarray, np.ndarray]:
    points = named_points(sheet.prediction)
    for name, word in (('S', 'sella'), ('N', 'nasion')):
        if name not in points or not np.isfinite(points[name]).all():
            raise InputError(
                f'{sheet.title} has no {word}: films are superimposed on S-N at S'
            )
    if np.array_equal(points['S'], points['N']):
        raise InputError(f'{sheet.title}: sella and nasion are the same point')
    return points['S'], points['N']


def _turned(points: np.ndarray, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Points turned about the origin by the angle from one direction to another."""
    (ax, ay), (bx, by) = start, goal
    angle = np.arctan2(by, bx) - np.arctan2(ay, ax)
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


def _changes(first: CephReport, second: CephReport) -> list[dict]:
    rows = []
    for name, before in first.measurements.items():
        after = second.measurements[name]
        if np.isfinite(before.value) and np.isfinite(after.value):
            spread = float(np.hypot(before.uncertainty, after.uncertainty))
            rows.append(
                dict(
                    measurement=name,
                    first=round(float(before.value), 2),
                    second=round(float(after.value), 2),
                    change=round(float(after.value - before.value), 2),
                    uncertainty=None if np.isnan(spread) else round(spread, 2),
                    unit=before.unit,
                )
            )
    return rows
