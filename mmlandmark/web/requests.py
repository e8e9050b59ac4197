"""Validates what the page sends: the points, and the options of the measurements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    ValidationError,
    field_validator,
)

from ..cephalometry.norms import read_norms
from ..cephalometry.orientation import spacing_from_ruler
from ..errors import InputError
from ..formats.points_json import points_of
from ..report.model import ReportOptions
from ..structures.pixel_spacing import PixelSpacing
from ..structures.prediction import Prediction

#: Names of settings in error messages, where they differ from the keys.
_LABELS = {'mm_per_px': 'mm per pixel', 'ruler_mm': 'ruler length'}

Pixels = Annotated[float, Field(ge=-1e6, le=1e6)]
#: A number above zero that a user enters in a text field.
Entered = Annotated[float, Field(strict=False, ge=1e-5)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Point(_Body):
    name: str
    x: Pixels | None = None
    y: Pixels | None = None
    expected_error: Annotated[Pixels, Field(ge=0)] | None = None
    low_confidence: bool | None = None
    moved: bool = False
    checked: bool = False


class _Settings(_Body):
    mm_per_px: Annotated[Entered, Field(le=1000)] | None = None
    ruler: tuple[tuple[Pixels, Pixels], tuple[Pixels, Pixels]] | None = None
    ruler_mm: Annotated[Entered, Field(le=10_000)] | None = None
    facing: Literal['left', 'right'] | None = None
    sex: Literal['female', 'male'] | None = None
    age: Annotated[Entered, Field(le=150)] | None = None

    @field_validator('mm_per_px', 'ruler_mm', 'facing', 'sex', 'age', mode='before')
    @classmethod
    def _blank_is_none(cls, value):
        return None if value == '' else value


#: The points of one head; validation stops at the first error.
_Head = Annotated[list[_Point], FailFast(), Field(min_length=1, max_length=1000)]


class _Request(_Body):
    model: Annotated[str, Field(max_length=80)]
    heads: Annotated[list[_Head], FailFast(), Field(min_length=1, max_length=200)]
    settings: _Settings


@dataclass(frozen=True)
class MeasureRequest:
    """The points of an image as the page has them.

    Attributes:
        model: Name of the detector.
        predictions: One per head. Points that a user moved or checked are not of low
            confidence.
        settings: How they are measured.
    """

    model: str
    predictions: list[Prediction]
    settings: ReportOptions


def read_measure_request(body: bytes, size: tuple[int, int]) -> MeasureRequest:
    """Read and validate a request of the page.

    Args:
        body: JSON with ``model``, ``heads`` (lists of points with the keys of a points
            file, and ``checked`` and ``moved``) and ``settings``.
        size: Width and height of the image in pixels.

    Raises:
        InputError: The request has another structure, or a value is out of range.
    """
    try:
        request = _Request.model_validate_json(body)
    except ValidationError as error:
        raise InputError(_one_line(error)) from None
    settings = _report_options(request.settings)
    predictions = [_prediction(head, settings) for head in request.heads]
    for prediction in predictions:
        _check_places(prediction, size)
    return MeasureRequest(request.model, predictions, settings)


def _one_line(error: ValidationError) -> str:
    """The first error as one line for the user."""
    first = error.errors()[0]
    place, message = [str(key) for key in first['loc']], first['msg']
    if len(place) == 2 and place[0] == 'settings':
        label = _LABELS.get(place[1], place[1])
        # without the parser's explanation for programmers
        return message.replace('Input', label).split(', unable to parse')[0]
    where = f'{".".join(place)}: ' if place else ''
    return f'this is not what the page sends, reload the page: {where}{message}'[:300]


def _check_places(prediction: Prediction, size: tuple[int, int]) -> None:
    """Check that all points are near the image: drawing far points takes too long.

    A detector may find a point outside the image, at most by the size of the image.
    """
    low, high = -np.array(size), 2 * np.array(size)
    # a missing point is NaN, with which every comparison is false
    points, errors = prediction.points, prediction.expected_errors
    outside = ((points < low) | (points > high)).any(axis=1)
    if errors is not None:
        outside |= errors > sum(size)
    if outside.any():
        name = prediction.names[int(outside.argmax())][:80]
        raise InputError(
            f'the point {name!r} lies far outside the image: drag it into the image'
        )


def _prediction(head: list[_Point], settings: ReportOptions) -> Prediction:
    found = points_of(dict(points=[point.model_dump() for point in head]))
    errors = found.expected_errors
    if errors is not None and found.moved is not None:
        # the error of a point that a user set is not known
        errors = np.where(found.moved, np.nan, errors)
    # the limit in mm replaces the decision that was made without a spacing
    flags = found.flags if settings.spacing is None else None
    return replace(found, spacing=settings.spacing, expected_errors=errors, flags=flags)


def source_of(prediction: Prediction, model: str) -> str:
    """The origin of the points as text."""
    moved = 0 if prediction.moved is None else int(prediction.moved.sum())
    edits = {'set by hand': moved, 'checked': int(prediction.edited.sum()) - moved}
    edited = [f'{count} {edit}' for edit, count in edits.items() if count]
    return ', '.join([f'found by {model}', *edited])


def _report_options(settings: _Settings) -> ReportOptions:
    """The options of the report; the ruler has priority over mm per pixel."""
    spacing = PixelSpacing.of(settings.mm_per_px)
    if settings.ruler:
        if settings.ruler_mm is None:
            raise InputError('give the length of the ruler in mm')
        spacing = spacing_from_ruler(*settings.ruler, settings.ruler_mm)
        if not 1e-5 <= spacing.mean <= 1000:
            raise InputError(
                'mm per pixel from the ruler is out of range: check the ends of the ruler '
                'and their distance'
            )
    return ReportOptions(
        read_norms(),
        spacing=spacing,
        facing=settings.facing,
        sex=settings.sex,
        age=settings.age,
    )
