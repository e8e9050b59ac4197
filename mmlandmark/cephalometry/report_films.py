"""Films to sheets: points out of a file, or of a detector that is loaded when needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..readers.picture import Picture, read_picture
from .report import Settings, Sheet, make_sheet
from .tracing import Tracing, find_tracing, read_tracing


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
        self, film: Path, points: Path | None = None, picture: Picture | None = None
    ) -> Sheet:
        """The sheet of a film.

        Args:
            film: The image file, which names the sheet.
            points: Its points file; None to find the points.
            picture: The film, where it was read already.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        if film == points:  # which has no picture
            return make_sheet(film.name, read_tracing(points), self.settings)
        picture = picture or read_picture(film)
        tracing = None if points is None else read_tracing(points)
        settings = self.settings
        if picture.spacing and not (settings.spacing or (tracing and tracing.spacing)):
            origin = f'by {picture.spacing_source}'
            settings = replace(settings, spacing=picture.spacing, scale_from=origin)
        return make_sheet(
            film.name, tracing or self._found(picture, settings), settings
        )

    def _found(self, picture: Picture, settings: Settings) -> Tracing:
        return find_tracing(
            self._detector(),
            picture.pixels,
            settings.facing,
            settings.spacing,
            settings.doubtful_mm,
            f'found by {self.model}',
        )

    def _detector(self):
        if self.detector is None:
            # here: the report of a points file needs no torch
            from ..inference import LandmarkDetector

            self.detector = LandmarkDetector(self.model, device=self.device)
        return self.detector
