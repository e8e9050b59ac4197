"""Makes reports of radiographs and photographs, with points from a file or detector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..cephalometry.frontal import is_frontal
from ..errors import InputError
from ..formats.points_json import read_points
from ..io.load import load_image
from ..structures.head_view import ANOTHER_HEAD
from ..structures.loaded_image import LoadedImage
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction
from ..utils.plain_text import sentence
from .face import make_face_report
from .head import find_face, find_head
from .model import CephReport, Report, ReportOptions, make_report, scale_text

#: A spacing, and whether the points file states it.
Scale = tuple[PixelSpacing, bool]


class Radiographs:
    """Measures images one by one; loads the detector at first use.

    Points of the scheme ``ibug68`` are those of a frontal face, all others those of a
    lateral head.

    Args:
        settings: How they are measured.
        model: As for :class:`mmlandmark.LandmarkDetector`.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None for a GPU where there is one.
    """

    def __init__(self, settings: ReportOptions, model: str, device: str | None = None):
        self.settings, self.model, self.device = settings, model, device
        self.detector: Any = None

    def report(
        self,
        radiograph: Path,
        points: Path | None = None,
        picture: LoadedImage | None = None,
    ) -> Report:
        """The report of an image; the scale of the settings has priority over its own.

        Args:
            radiograph: The image file, whose name is the title of the report.
            points: Its points file; None to detect the points.
            picture: The image, if it was already read.

        Raises:
            InputError: The image or the points cannot be read or used.
        """
        return self._report(radiograph, points, picture, self.settings.spacing, None)

    def later_report(
        self,
        radiograph: Path,
        points: Path | None = None,
        given: PixelSpacing | None = None,
        otherwise: PixelSpacing | None = None,
        age: float | None = None,
    ) -> CephReport:
        """The report of a later radiograph, which has its own scale.

        Args:
            radiograph: The image file, or the points file if there is no image.
            points: Its points file; None to detect the points.
            given: A spacing with priority over its own.
            otherwise: The spacing to use if it has none of its own.
            age: In years, for the norms; by default that of the settings.

        Raises:
            InputError: The image or the points cannot be read or used.
        """
        report = self._report(radiograph, points, None, given, otherwise, age)
        if not isinstance(report, CephReport):
            raise InputError(
                f'{radiograph.name} shows a face: only lateral heads are superimposed'
            )
        return report

    def _report(
        self,
        radiograph: Path,
        points: Path | None,
        picture: LoadedImage | None,
        before: PixelSpacing | None,
        after: PixelSpacing | None,
        age: float | None = None,
    ) -> Report:
        prediction = None if points is None else read_points(points)
        if picture is None and radiograph != points:  # a points file has no picture
            picture = load_image(radiograph)
        scales = _scales(before, prediction, picture, after)
        if self.settings.low_confidence_requested and not scales:
            raise InputError(
                f'{radiograph.name}: a limit in mm needs the scale of the radiograph: '
                'give its spacing',
                spacing=None,
            )
        spacing, of_points = scales[0] if scales else (None, False)
        settings = replace(
            self.settings,
            spacing=None if of_points else spacing,
            age=self.settings.age if age is None else age,
        )
        if prediction is None:
            assert picture is not None  # without points the radiograph is one
            source = f'found by {self.model}'
            detector = self._detector()
            prediction = (
                find_face(detector, picture.pixels, spacing)
                if is_frontal(detector.scheme.points)
                else find_head(detector, picture.pixels, settings.facing, spacing)
            )
        else:
            assert points is not None
            source = f'points file {points.name}'
        make = make_face_report if is_frontal(prediction.names) else make_report
        warnings = _conflicts(scales)
        if prediction.view is not None and prediction.view.another:
            warnings.append(sentence(ANOTHER_HEAD))
        return make(radiograph.name, prediction, source, settings, warnings)

    def _detector(self):
        if self.detector is None:
            # imported here, as the report of a points file needs no torch
            from ..inference import LandmarkDetector

            self.detector = LandmarkDetector(self.model, device=self.device)
        return self.detector


def _scales(
    before: PixelSpacing | None,
    prediction: Prediction | None,
    picture: LoadedImage | None,
    after: PixelSpacing | None,
) -> list[Scale]:
    """Every known spacing, first the one to use."""
    of_points = None if prediction is None else prediction.spacing
    of_image = None if picture is None else picture.spacing
    known = ((before, False), (of_points, True), (of_image, False), (after, False))
    return [(spacing, of_file) for spacing, of_file in known if spacing]


def _conflicts(scales: list[Scale]) -> list[str]:
    """Warnings that scales differ; the first one is used."""
    return [
        f'Scales differ: {scale_text(*scales[0])}, is used; '
        f'{scale_text(spacing, of_points)}, is not.'
        for spacing, of_points in scales[1:]
        if not np.allclose(spacing.pair, scales[0][0].pair, rtol=0.005)
    ]
