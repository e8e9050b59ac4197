"""Radiographs to reports: points from a file, or from a detector loaded when needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..formats.points_json import read_points
from ..io.load import read_picture
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction
from .head import find_head
from .model import CephReport, ReportOptions, make_sheet, scale_text

#: A spacing, and whether the points file states it.
Scale = tuple[PixelSpacing, bool]


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
        """The report of a film; the spacing of the settings goes before its own.

        Args:
            film: The image file, which names the report.
            points: Its points file; None to find the points.
            picture: The film, where it was read already.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        return self._sheet(film, points, picture, self.settings.spacing, None)

    def second_sheet(
        self,
        film: Path,
        points: Path | None = None,
        given: PixelSpacing | None = None,
        otherwise: PixelSpacing | None = None,
    ) -> CephReport:
        """The report of a second film, whose spacing is its own.

        Args:
            film: The image file, or the points file where there is no image.
            points: Its points file; None to find the points.
            given: A spacing that goes before its own.
            otherwise: A spacing where it has none of its own.

        Raises:
            InputError: The film or the points cannot be read or used.
        """
        return self._sheet(film, points, None, given, otherwise)

    def _sheet(
        self,
        film: Path,
        points: Path | None,
        picture: LoadedImage | None,
        before: PixelSpacing | None,
        after: PixelSpacing | None,
    ) -> CephReport:
        prediction = None if points is None else read_points(points)
        if picture is None and film != points:  # a points file has no picture
            picture = read_picture(film)
        scales = _scales(before, prediction, picture, after)
        if self.settings.low_confidence_requested and not scales:
            raise InputError(
                f'{film.name}: low_confidence_mm needs the scale of the film: give spacing'
            )
        spacing, of_points = scales[0] if scales else (None, False)
        settings = replace(self.settings, spacing=None if of_points else spacing)
        if prediction is None:
            assert picture is not None  # without points the film is one
            source = f'found by {self.model}'
            prediction = find_head(
                self._detector(), picture.pixels, settings.facing, spacing
            )
        else:
            assert points is not None
            source = f'points file {points.name}'
        return make_sheet(film.name, prediction, source, settings, _conflicts(scales))

    def _detector(self):
        if self.detector is None:
            # here: the report of a points file needs no torch
            from ..inference import LandmarkDetector

            self.detector = LandmarkDetector(self.model, device=self.device)
        return self.detector


def _scales(
    before: PixelSpacing | None,
    prediction: Prediction | None,
    picture: LoadedImage | None,
    after: PixelSpacing | None,
) -> list[Scale]:
    """Every spacing that is known, the one to use first."""
    of_points = None if prediction is None else prediction.spacing
    of_film = None if picture is None else picture.spacing
    known = ((before, False), (of_points, True), (of_film, False), (after, False))
    return [(spacing, of_file) for spacing, of_file in known if spacing]


def _conflicts(scales: list[Scale]) -> list[str]:
    """That scales differ, and which of them is used: the first."""
    return [
        f'Scales differ: {scale_text(*scales[0])}, is used; '
        f'{scale_text(spacing, of_points)}, is not.'
        for spacing, of_points in scales[1:]
        if not np.allclose(spacing.pair, scales[0][0].pair, rtol=0.005)
    ]
