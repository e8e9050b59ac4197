"""Radiographs to reports, with points from a file or from a detector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..io.load import LoadedImage, load_image
from .model import CephReport, ReportOptions, make_report, scale_text
from .tracing import Tracing, find_tracing, read_tracing

#: mm per pixel as ``(sy, sx)``, and its origin as text.
Scale = tuple[tuple[float, float], str]


class Radiographs:
    """Measures radiographs one by one; loads the detector at first use.

    Args:
        settings: How they are measured.
        model: As for :class:`mmlandmark.LandmarkDetector`.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None for a GPU where there is one.
    """

    def __init__(self, settings: ReportOptions, model: str, device: str | None = None):
        self.settings, self.model, self.device = settings, model, device
        self.detector: Callable | None = None

    def report(
        self, film: Path, points: Path | None = None, picture: LoadedImage | None = None
    ) -> CephReport:
        """The report of a radiograph; the scale of the settings has priority over its own.

        Args:
            film: The image file, whose name is the title of the report.
            points: Its points file; None to detect the points.
            picture: The image, if it was already read.

        Raises:
            InputError: The image or the points cannot be read or used.
        """
        given = self.settings.spacing
        before = [(given, self.settings.scale_from)] if given else []
        return self._report(film, points, picture, before, [])

    def second_report(
        self,
        film: Path,
        points: Path | None = None,
        given: Scale | None = None,
        otherwise: Scale | None = None,
    ) -> CephReport:
        """The report of a second radiograph, which has its own scale.

        Args:
            film: The image file, or the points file if there is no image.
            points: Its points file; None to detect the points.
            given: A scale with priority over its own.
            otherwise: The scale to use if it has none of its own.

        Raises:
            InputError: The image or the points cannot be read or used.
        """
        after = [otherwise] if otherwise else []
        return self._report(film, points, None, [given] if given else [], after)

    def _report(
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
            tracing.low_confidence = _low_confidence(tracing, settings)
        return make_report(film.name, tracing, settings, _conflicts(scales))

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
    """The scale in the points file, then the one in the image file, where present."""
    found: list[Scale] = []
    if tracing is not None and tracing.spacing:
        found.append((tracing.spacing, 'from the points file'))
    if picture is not None and picture.spacing:
        found.append((picture.spacing, f'from {picture.spacing_source}'))
    return found


def _conflicts(scales: list[Scale]) -> list[str]:
    """Warnings that scales differ; the first one is used."""
    return [
        f'Scales differ: {scale_text(scales[0][0])}, {scales[0][1]}, is used; '
        f'{scale_text(spacing)}, {origin}, is not.'
        for spacing, origin in scales[1:]
        if not np.allclose(spacing, scales[0][0], rtol=0.005)
    ]


def _low_confidence(tracing: Tracing, settings: ReportOptions) -> np.ndarray:
    """Points marked in their file, and points with a large expected error.

    A point marked ``"low_confidence": false`` keeps that mark, unless a limit was given.
    """
    if settings.spacing is None:
        return tracing.low_confidence
    errors = tracing.expected_errors * np.mean(settings.spacing)
    too_far = errors > settings.low_confidence_mm
    if tracing.called_sure is not None and not settings.low_confidence_requested:
        too_far &= ~tracing.called_sure
    return tracing.low_confidence | too_far
