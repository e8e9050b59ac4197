"""The report as one HTML file without external resources: ``templates/report.html``."""

from __future__ import annotations

import base64
import io

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from .figure import regional_figure, superimposition_figure, tracing_figure
from .growth import BEYOND_NOTE, growth_figures
from .model import DISCLAIMER, CephReport, Report
from .rows import (
    COLORS,
    beyond_text,
    change_text,
    deviation_text,
    reasons,
    remarks,
    value_text,
)
from .superimposition import Superimposition

_ENVIRONMENT = Environment(
    loader=PackageLoader('mmlandmark.report'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters.update(
    value_text=value_text,
    deviation_text=deviation_text,
    change_text=change_text,
    beyond_text=beyond_text,
)


def html_report(
    image: np.ndarray, report: Report, over: Superimposition | None = None
) -> str:
    """The page. Text from files is escaped, and the figures are embedded.

    Args:
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: The report of the head.
        over: Later radiographs superimposed on it.
    """
    rows = report.rows
    return _ENVIRONMENT.get_template('report.html').render(
        report=report,
        rows=rows,
        meanings={
            name: one.definition.meaning for name, one in report.measurements.items()
        },
        has_norms=any(row['norm'] for row in rows),
        reasons=reasons(rows),
        remarks=remarks(rows),
        colors=COLORS,
        bar=_bar,
        disclaimer=DISCLAIMER,
        tracing=_jpeg(tracing_figure(image, report)),
        superimposition=over,
        beyond_note=BEYOND_NOTE,
        figures=(
            _superimposed(report, over)
            if over and isinstance(report, CephReport)
            else []
        ),
    )


def _superimposed(report: CephReport, over: Superimposition) -> list[str]:
    """The superimpositions and the plots of the measurements, as JPEG files in base64."""
    figures = [superimposition_figure(report, over)]
    if regional := regional_figure(report, over):
        figures.append(regional)
    return [_jpeg(figure) for figure in (*figures, *growth_figures(over))]


def _bar(deviation: float) -> float:
    """Position of a deviation on the bar from -3 to 3 SD, in percent."""
    return 50 + 50 * max(-2.95, min(2.95, deviation)) / 3


def _jpeg(figure: Figure) -> str:
    """The figure as a JPEG file in base64."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='jpg', dpi=150, pil_kwargs=dict(quality=88))
    return base64.b64encode(buffer.getvalue()).decode('ascii')
