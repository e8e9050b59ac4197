"""Figures of a report: the tracing over the image, and tracings superimposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patheffects import AbstractPathEffect, withStroke

from ..cephalometry.frontal import frontal_symbols
from ..cephalometry.names import named_points
from ..utils.plain_text import without_math
from .face import FaceReport
from .face_figure import draw_face_lines
from .lines import AXES, OUTLINES, PLANES
from .model import CephReport, Report
from .superimposition import PLANES as METHODS
from .superimposition import PROCRUSTES, Superimposition

POINT, PLANE, TEETH, PROFILE = '#00e5ff', '#ffd54f', '#ff8a80', '#b39ddb'
LOW_CONFIDENCE = '#ff9800'
#: Colours of the first radiograph and of the later ones.
TIMES = ('#1565c0', '#c62828', '#2e7d32', '#6a1b9a', '#ef6c00', '#00838f')
MAX_LABEL = 14  # letters of a label beside a point
_MARGIN = 0.22  # around the points, as a fraction of the head's size

_EDGE: list[AbstractPathEffect] = [withStroke(linewidth=2, foreground='black')]


def tracing_figure(image: np.ndarray, report: Report, width: float = 7.0) -> Figure:
    """Draw the tracing over the part of the image that shows the head.

    Args:
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: The report of the head.
        width: Width of the figure in inches; the height follows from the aspect ratio.
    """
    left, top, right, bottom = _view(image, report.prediction.points)
    figure = Figure(figsize=(width, width * (bottom - top) / (right - left)))
    draw_tracing(figure.add_axes((0, 0, 1, 1)), image, report)
    return figure


def _view(image: np.ndarray, points: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the drawn part in pixels: the points and a margin."""
    height, width = image.shape[:2]
    there = points[np.isfinite(points).all(axis=1)]
    if not len(there):
        return -0.5, -0.5, width - 0.5, height - 0.5
    margin = _MARGIN * _side(points)
    left, top = np.maximum(there.min(axis=0) - margin, -0.5)
    right, bottom = np.minimum(there.max(axis=0) + margin, (width - 0.5, height - 0.5))
    if right - left < 1 or bottom - top < 1:  # points outside the image
        return -0.5, -0.5, width - 0.5, height - 0.5
    return left, top, right, bottom


def draw_tracing(axis: Axes, image: np.ndarray, report: Report) -> None:
    """Draw the points on the image, and the lines to which measurements refer."""
    height, width = image.shape[:2]
    left, top, right, bottom = _view(image, report.prediction.points)
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    axis.imshow(image, cmap='gray', vmin=0, vmax=255, extent=extent)
    axis.axis('off')
    axis.set(xlim=(left, right), ylim=(bottom, top), autoscale_on=False)
    points = report.prediction.points
    taken = [*points[np.isfinite(points).all(axis=1)]]
    if isinstance(report, FaceReport):
        draw_face_lines(axis, report.prediction)
    else:
        _draw_lines(axis, report, taken, _side(points))
    _points(axis, report, taken, _side(points))


def _draw_lines(axis: Axes, report: Report, taken: list, side: float) -> None:
    """Draw the planes, incisor axes and outlines of a lateral head."""
    points = _there(named_points(report.prediction))
    for name, (start, end) in PLANES.items():
        if start in points and end in points:
            _plane(axis, name, points[start], points[end], taken, side)
    for start, end in AXES:
        if start in points and end in points:
            _line(axis, points[start], points[end], TEETH, 1.6)
    for outline in OUTLINES:
        there = np.array([points[name] for name in outline if name in points])
        if len(there) > 1:
            axis.plot(*there.T, color=PROFILE, lw=1, alpha=0.9)


def _there(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {k: point for k, point in points.items() if np.isfinite(point).all()}


def _side(points: np.ndarray) -> float:
    """The size of the head in pixels, to which labels and gaps are scaled."""
    extent = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    return float(max(*extent, 1.0)) if np.isfinite(extent).all() else 1.0


def _line(axis: Axes, start, end, color: str, width: float) -> None:
    axis.plot(*np.array([start, end]).T, color=color, lw=width, alpha=0.9)


def _plane(axis: Axes, name: str, start, end, taken: list, side: float) -> None:
    """A plane, extended beyond its two points, with its name at the end."""
    past = 0.08 * side * (end - start) / max(np.linalg.norm(end - start), 1e-9)
    _line(axis, start - past, end + past, PLANE, 1)
    _label(axis, name, end + past, taken, side, PLANE, style='italic')


def _points(axis: Axes, report: Report, taken: list, side: float) -> None:
    prediction = report.prediction
    errors = prediction.expected_errors
    # a face has too many points to label all of them
    used = (
        frontal_symbols(prediction.names)
        if isinstance(report, FaceReport)
        else prediction.names
    )
    for point, label, error, low, use in zip(
        prediction.points,
        prediction.labels,
        np.full(len(prediction.names), np.nan) if errors is None else errors,
        report.low_confidence,
        used,
        strict=True,
    ):
        if not np.isfinite(point).all():
            continue
        color = LOW_CONFIDENCE if low else POINT
        size = 3.6 if use else 1.8
        axis.plot(*point, 'o', ms=size, color=color, mec='black', mew=size / 7)
        if low and np.isfinite(error):
            axis.add_patch(Circle(tuple(point), error, fill=False, color=color, lw=1.2))
        if use:
            _label(axis, label, point, taken, side, color)


def _label(
    axis: Axes,
    text: str,
    at: np.ndarray,
    taken: list,
    side: float,
    color: str,
    style: str = 'normal',
) -> None:
    """Place a label around ``at`` where it is farthest from all points and labels."""
    if len(text) > MAX_LABEL:
        text = text[: MAX_LABEL - 1] + '\N{HORIZONTAL ELLIPSIS}'
    reach = side * (0.02 + 0.006 * len(text))
    angles = np.radians(np.arange(0, 360, 30) - 30)
    offsets = np.stack([reach * np.cos(angles), 0.028 * side * np.sin(angles)], axis=1)
    spots = at + offsets
    spots = _inside(axis, spots, 0.009 * side * len(text))
    others = np.array([p for p in taken if not np.array_equal(p, at)])
    best = spots[0]
    if len(others):
        # text is wider than high, so horizontal distances count less
        flat = (spots[:, None] - others[None]) * (0.6, 1.4)
        best = spots[np.linalg.norm(flat, axis=-1).min(axis=1).argmax()]
    taken.append(best)
    look: dict[str, Any] = dict(
        size=8, ha='center', va='center', color=color, style=style
    )
    axis.text(
        float(best[0]), float(best[1]), without_math(text), **look
    ).set_path_effects(_EDGE)


def _inside(axis: Axes, spots: np.ndarray, half: float) -> np.ndarray:
    """The places where the label is not cut off; all of them if there is none."""
    left, right = axis.get_xlim()
    fits = (spots[:, 0] - half > left) & (spots[:, 0] + half < right)
    return spots[fits] if fits.any() and not axis.get_autoscale_on() else spots


def superimposition_figure(first: CephReport, over: Superimposition) -> Figure:
    """Draw the planes and outlines of all radiographs, superimposed on S-N, on white."""
    figure = Figure(figsize=(7, 6.4), layout='constrained')
    draw_superimposition(figure.subplots(), first, over)
    return figure


def regional_figure(first: CephReport, over: Superimposition) -> Figure | None:
    """The other superimpositions side by side; None where there is none."""
    others = [method for method in over.points if method != 'S-N']
    if not others:
        return None
    figure = Figure(figsize=(3.4 * len(others), 3.6), layout='constrained')
    axes = figure.subplots(1, len(others), squeeze=False)[0]
    for axis, method in zip(axes, others, strict=True):
        draw_superimposition(axis, first, over, method, details=False)
        axis.set_title(method_title(method), size=9)
    return figure


def method_title(method: str) -> str:
    """The title of a superimposition: the plane, or the method."""
    return 'least squares of all points' if method == PROCRUSTES else METHODS[method][0]


def draw_superimposition(
    axis: Axes,
    first: CephReport,
    over: Superimposition,
    method: str = 'S-N',
    details: bool = True,
) -> None:
    """Draw a superimposition into existing axes; details are labels and the legend."""
    shapes = [_there(named_points(first.prediction))]
    shapes += [
        _there(_by_label(labels, points))
        for labels, points in zip(over.labels, over.points[method], strict=True)
    ]
    names = [shortened(title, 48) for title in (first.title, *over.titles)]
    if over.ages:
        names = [f'{n}, {age:g} years' for n, age in zip(names, over.ages, strict=True)]
    for number, (points, name) in enumerate(zip(shapes, names, strict=True)):
        color = TIMES[number % len(TIMES)]
        _outline(axis, points, color)
        label = without_math(f'{number + 1}: {name}')
        axis.plot([], [], color=color, marker='o', ms=3, lw=1.2, label=label)
    axis.set_aspect('equal')
    axis.invert_yaxis()
    axis.axis('off')
    axis.margins(0.08)
    if not details:
        return
    side = _side(np.array(list(shapes[0].values())))
    taken = [point for points in shapes for point in points.values()]
    for name, point in shapes[0].items():
        _dark_label(axis, name, point, taken, side)
    # below the head: sella and nasion are near the upper corners
    axis.legend(loc='upper center', bbox_to_anchor=(0.5, 0), fontsize=8, frameon=False)


def _by_label(labels: Sequence[str], points: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(labels, points, strict=True))


def shortened(text: str, letters: int) -> str:
    """A name with its middle replaced by an ellipsis where it has more than ``letters``."""
    if len(text) <= letters:
        return text
    return f'{text[: letters - 12]}\N{HORIZONTAL ELLIPSIS}{text[-11:]}'


def _outline(axis: Axes, points: Mapping[str, np.ndarray], color: str) -> None:
    for chain in (*PLANES.values(), *AXES, *OUTLINES):
        there = np.array([points[name] for name in chain if name in points])
        if len(there) > 1:
            axis.plot(*there.T, color=color, lw=1.1, alpha=0.85)
    for point in points.values():
        axis.plot(*point, 'o', ms=3, color=color)


def _dark_label(
    axis: Axes, text: str, at: np.ndarray, taken: list, side: float
) -> None:
    _label(axis, text, at, taken, side, '#333333')
    axis.texts[-1].set_path_effects([withStroke(linewidth=2, foreground='white')])
