"""Films to sheets: points out of a file, or of a detector that is loaded when needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..io.load import LoadedImage, load_image
from .model import CephReport, ReportOptions, make_sheet, scale_text
from .tracing import Tracing, find_tracing, read_tracing

#: mm per pixel as ``(sy, sx)``, and where that comes from, in words.
Scale = tuple[tuple[float, float], str]


class Radiographs:
    """Measures films, one after another.

    Args:
        settings: What holds for all of them.
        model: What :class:`mmlandmark.LandmarkDetector` takes.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None for a GPU where there is one.
    """

    def __init__(self, settings: ReportOptions, model: str, device: str | None = None):
        self.settings, self.model, self.device = settings, model, device
        self.detector: Callable | None = None

    def sheet(
        self, film: Path, points: Path | None = None, picture: LoadedImage | None = None
    ) -> CephReport:
        """The sheet of a film; the scale of the settings goes before its own.

        Args:
            film: The image file, which names the sheet.
            points: Its points file; None to find the points.
            picture: The film, where it was read already.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        given = self.settings.spacing
        before = [(given, self.settings.scale_from)] if given else []
        return self._sheet(film, points, picture, before, [])

    def second_sheet(
        self,
        film: Path,
        points: Path | None = None,
        given: Scale | None = None,
        otherwise: Scale | None = None,
    ) -> CephReport:
        """The sheet of a second film, whose scale is its own.

        Args:
            film: The image file, or the points file where there is no image.
            points: Its points file; None to find the points.
            given: A scale that goes before its own.
            otherwise: A scale where it has none of its own.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        after = [otherwise] if otherwise else []
        return self._sheet(film, points, None, [given] if given else [], after)

    def _sheet(
        self,
        film: Path,
        points: Path | None,
        picture: LoadedImage | None,
        before: list[Scale],
        after: list[Scale],
    ) -> CephReport:
        tracing = None if points is None else read_tracing(points)
        if picture is None and film != points:  # a points file has no picture
            picture = load_image(film)
        scales = [*before, *_own_scales(tracing, picture), *after]
        settings = self.settings
        spacing, origin = scales[0] if scales else (None, settings.scale_from)
        settings = replace(settings, spacing=spacing, scale_from=origin)
        if settings.low_confidence_requested and spacing is None:
            raise InputError(
                f'{film.name}: a limit in mm needs the scale of the film: give its spacing',
                spacing=None,
            )
        if tracing is None:
            assert picture is not None  # without points the film is one
            tracing = self._found(picture, settings)
        else:
            tracing.low_confidence = _doubtful(tracing, settings)
        return make_sheet(film.name, tracing, settings, _conflicts(scales))

    def _found(self, picture: LoadedImage, settings: ReportOptions) -> Tracing:
        return find_tracing(
            self._detector(),
            picture.pixels,
            settings.facing,
            settings.spacing,
            settings.low_confidence_mm,
            f'found by {self.model}',
        )

    def _detector(self):
        if self.detector is None:
            # here: the report of a points file needs no torch
            from ..inference import LandmarkDetector

            self.detector = LandmarkDetector(self.model, device=self.device)
        return self.detector


def _own_scales(tracing: Tracing | None, picture: LoadedImage | None) -> list[Scale]:
    """What the points file and the image file say, in this order."""
    found: list[Scale] = []
    if tracing is not None and tracing.spacing:
        found.append((tracing.spacing, 'as the points file says'))
    if picture is not None and picture.spacing:
        found.append((picture.spacing, f'by {picture.spacing_source}'))
    return found


def _conflicts(scales: list[Scale]) -> list[str]:
    """That scales differ, and which of them is used: the first."""
    return [
        f'Scales differ: {scale_text(scales[0][0])}, {scales[0][1]}, is used; '
        f'{scale_text(spacing)}, {origin}, is not.'
        for spacing, origin in scales[1:]
        if not np.allclose(spacing, scales[0][0], rtol=0.005)
    ]


def _doubtful(tracing: Tracing, settings: ReportOptions) -> np.ndarray:
    """The points that their file calls doubtful, and those that err by too much.

    A point that the file calls sure is left so, unless somebody asked for the limit.
    """
    if settings.spacing is None:
        return tracing.low_confidence
    errors = tracing.expected_errors * np.mean(settings.spacing)
    too_far = errors > settings.low_confidence_mm
    if tracing.called_sure is not None and not settings.low_confidence_requested:
        too_far &= ~tracing.called_sure
    return tracing.low_confidence | too_far
