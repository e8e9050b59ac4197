"""Validates what the page sends: the points, and the options of the measurements."""

from __future__ import annotations

from dataclasses import dataclass
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
from ..report.model import ReportOptions
from ..report.tracing import Tracing, tracing_of

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
        tracings: One per head. Points that a user moved or checked are not of low
            confidence.
        settings: How they are measured.
    """

    model: str
    tracings: list[Tracing]
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
    tracings = [_tracing(head, request.model, settings) for head in request.heads]
    for tracing in tracings:
        _check_places(tracing, size)
    return MeasureRequest(request.model, tracings, settings)


def _one_line(error: ValidationError) -> str:
    """The first error as one line for the user."""
    first = error.errors()[0]
    place, message = [str(key) for key in first['loc']], first['msg']
    if len(place) == 2 and place[0] == 'settings':
        return message.replace('Input', _LABELS.get(place[1], place[1]))
    where = f'{".".join(place)}: ' if place else ''
    return f'this is not what the page sends: {where}{message}'[:300]


def _check_places(tracing: Tracing, size: tuple[int, int]) -> None:
    """Check that all points are near the image: drawing far points takes too long.

    A detector may find a point outside the image, at most by the size of the image.
    """
    low, high = -np.array(size), 2 * np.array(size)
    # comparisons with NaN, a missing point, are false
    outside = ((tracing.points < low) | (tracing.points > high)).any(axis=1)
    outside |= tracing.expected_errors > sum(size)
    if outside.any():
        name = tracing.names[int(outside.argmax())][:80]
        raise InputError(f'the point {name!r} lies far outside the image')


def _tracing(head: list[_Point], model: str, settings: ReportOptions) -> Tracing:
    tracing = tracing_of(dict(points=[point.model_dump() for point in head]), '')
    moved = np.array([point.moved for point in head])
    checked = np.array([point.checked for point in head])
    edits = {'set by hand': moved.sum(), 'checked': (checked & ~moved).sum()}
    edited = [f'{count} {edit}' for edit, count in edits.items() if count]
    tracing.source = ', '.join([f'found by {model}', *edited])
    if settings.spacing is not None:
        errors = tracing.expected_errors * settings.spacing[0]  # mm
        tracing.low_confidence = errors > settings.low_confidence_mm
    tracing.low_confidence &= ~moved & ~checked
    # the error of a point that a user set is not known
    tracing.expected_errors = np.where(moved, np.nan, tracing.expected_errors)
    return tracing


def _report_options(settings: _Settings) -> ReportOptions:
    """The options of the report; the ruler has priority over mm per pixel."""
    spacing, origin = settings.mm_per_px, 'as given'
    if settings.ruler:
        if settings.ruler_mm is None:
            raise InputError('give the length of the ruler in mm')
        spacing = spacing_from_ruler(*settings.ruler, settings.ruler_mm)
        if not 1e-5 <= spacing <= 1000:
            raise InputError('mm per pixel from the ruler is out of range')
        origin = f'from a ruler of {settings.ruler_mm:g} mm'
    return ReportOptions(
        read_norms(),
        spacing=(spacing, spacing) if spacing else None,
        scale_from=origin,
        facing=settings.facing,
        sex=settings.sex,
        age=settings.age,
    )
