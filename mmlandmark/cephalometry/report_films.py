"""Films to sheets: points out of a file, or of a detector that is loaded when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..readers.image import read_image
from .report import Settings, Sheet, make_sheet
from .tracing import find_tracing, read_tracing


class Films:
    """Measures films, one after another.

    Args:
        settings: What holds for all of them.
        model: What :class:`mmlandmark.LandmarkDetector` takes.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None for a GPU where there is one.
    """

    def __init__(self, settings: Settings, model: str, device: str | None = None):
        self.settings, self.model, self.device = settings, model, device
        self.detector: Callable | None = None

    def sheet(
        self, film: Path, points: Path | None = None, image: np.ndarray | None = None
    ) -> Sheet:
        """The sheet of a film.

        Args:
            film: The image file, which names the sheet.
            points: Its points file; None to find the points.
            image: The film, where it was read already.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        if points is not None:
            return make_sheet(film.name, read_tracing(points), self.settings)
        facing, spacing = self.settings.facing, self.settings.spacing
        tracing = find_tracing(
            self._detector(),
            read_image(film) if image is None else image,
            facing,
            spacing,
            self.settings.doubtful_mm,
            f'found by {self.model}',
        )
        return make_sheet(film.name, tracing, self.settings)

    def _detector(self):
        if self.detector is None:
            # here: the report of a points file needs no torch
            from ..inference import LandmarkDetector

            self.detector = LandmarkDetector(self.model, device=self.device)
        return self.detector
