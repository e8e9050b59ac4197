"""Draws the points and the tracing over a radiograph: a DICOM presentation state.

A viewer that shows the radiograph can apply the state to it. Each point is a graphic object
of type POINT with its label, and each line a POLYLINE. The state of a gray image is a
Grayscale Softcopy Presentation State, that of a color image a Color one.

Graphic annotation units are PIXEL: the origin 0.0, 0.0 is the outer corner of the first
pixel, whose opposite corner is 1.0, 1.0 (DICOM PS3.3, C.10.5), so that half a pixel is
added to 0-based pixel centres. Units of the displayed area, where the first pixel is 1, 1,
are not used.

highdicom (extra ``medical``) makes the file.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cephalometry.names import named_points
from .dicom_series import new_series
from .lines import tracing_lines
from .model import CephReport


def presentation_state(report: CephReport, evidence: Any, description: str) -> Any:
    """The state that draws a report over its image.

    Args:
        report: The report of the radiograph. Points that are missing or outside the image
            are left out, and the lines to them.
        evidence: The attributes of the DICOM image.
        description: Text that is written beside the name of the state, at most 64
            characters.
    """
    from highdicom import pr

    kind: Any = pr.GrayscaleSoftcopyPresentationState
    more: dict[str, Any] = {}
    if evidence.SamplesPerPixel != 1:
        kind = pr.ColorSoftcopyPresentationState
        # a color state needs one; an image without a profile is shown as sRGB
        more = {} if 'ICCProfile' in evidence else dict(icc_profile=_srgb())
    annotations = _annotations(report, evidence)
    state = kind(
        referenced_images=[evidence],
        **new_series(2),
        content_label='TRACING',
        content_description=description,
        graphic_layers=[layer for layer, _ in annotations],
        graphic_annotations=[annotation for _, annotation in annotations],
        **more,
    )
    state.SpecificCharacterSet = 'ISO_IR 192'
    return state


def _srgb() -> bytes:
    """The profile sRGB as that of an input device, which DICOM requires (C.11.15)."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    # of a profile of a matrix and curves, only the class in its header differs
    return profile[:12] + b'scnr' + profile[16:]


def _annotations(report: CephReport, evidence: Any) -> list[tuple[Any, Any]]:
    """The layers of the lines and of the points, and the annotation of each."""
    from highdicom import pr

    prediction = report.prediction
    size = (evidence.Columns, evidence.Rows)
    symbols = {
        symbol: point + 0.5
        for symbol, point in named_points(prediction).items()
        if _is_drawn(point + 0.5, size)
    }
    lines = [_object('POLYLINE', line) for line in tracing_lines(symbols)]
    points, texts = [], []
    labels = prediction.labels or prediction.names
    for name, label, place in zip(
        prediction.names, labels, prediction.points + 0.5, strict=True
    ):
        if _is_drawn(place, size):
            points.append(_object('POINT', place[None], name))
            anchor = tuple(place.tolist())
            texts.append(
                pr.TextObject(label or name, 'PIXEL', None, anchor, 'LEFT', False)
            )
    found: list[tuple[Any, Any]] = []
    for title, shapes, words in (('LINES', lines, None), ('POINTS', points, texts)):
        if shapes:
            layer = pr.GraphicLayer(title, len(found) + 1)
            annotation = pr.GraphicAnnotation(
                [evidence], layer, graphic_objects=shapes, text_objects=words
            )
            found.append((layer, annotation))
    return found


def _is_drawn(place: np.ndarray, size: tuple[int, int]) -> bool:
    return bool(((place >= 0) & (place <= size)).all())  # False of NaN


def _object(kind: str, places: np.ndarray, name: str | None = None) -> Any:
    import highdicom as hd
    from highdicom.pr import GraphicObject

    uid = hd.UID() if name else None
    return GraphicObject(kind, places, 'PIXEL', tracking_id=name, tracking_uid=uid)
