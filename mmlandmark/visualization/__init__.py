"""Pictures: overlays, contact sheets and curves."""

from .ced import plot_ced
from .curves import plot_curves, plot_reliability, read_scalars
from .overlay import contact_sheet, draw_points

__all__ = [
    'contact_sheet',
    'draw_points',
    'plot_ced',
    'plot_curves',
    'plot_reliability',
    'read_scalars',
]
