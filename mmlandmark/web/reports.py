"""Measurements and downloads for the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from ..errors import InputError
from ..report.files import csv_text, report_bytes
from ..report.model import DISCLAIMER, CephReport, make_report, point_rows, scale_text
from ..report.rows import deviation_text, reasons, remarks, value_text
from ..schemes import Scheme
from ..utils.plain_text import printable
from .finding import is_lateral
from .requests import MeasureRequest
from .sessions import Radiograph

_drawing = Lock()  # matplotlib is not thread-safe


def report_of(film: Radiograph, request: MeasureRequest, advice: str) -> CephReport:
    """Measure the only head of a request.

    Args:
        film: The image.
        request: Its points, and the options.
        advice: What to do about points of low confidence.

    Raises:
        InputError: The points do not show which way the head faces.
    """
    settings = replace(request.settings, advice=advice)
    given, own = settings.spacing, film.picture.spacing
    warnings = []
    if given and own:
        source = f'from {film.picture.spacing_source}'
        if np.allclose(given, own, rtol=0.01):
            settings = replace(settings, scale_from=source)
        else:
            warnings = [
                f'Scales differ: {scale_text(given)}, {settings.scale_from}, is used; '
                f'{scale_text(own)}, {source}, is not.'
            ]
    return make_report(film.name, request.tracings[0], settings, warnings)


def measurements(film: Radiograph, request: MeasureRequest) -> dict:
    """The measurements of a lateral head as texts and grades for the page."""
    report = report_of(film, request, 'drag each to its place, or confirm its position')
    rows = report.rows
    kept = ('analysis', 'measurement', 'norm', 'grade', 'note', 'deviation_sd')
    return dict(
        skeletal_class=report.skeletal_class,
        anb=report.anb,
        facts={k: v for k, v in report.facts.items() if k != 'Skeletal class'},
        facing=report.facing,
        warnings=report.warnings,
        low_confidence=report.tracing.low_confidence.tolist(),
        mm_per_px=report.spacing[0] if report.spacing else None,
        rows=[
            {key: row[key] for key in kept}
            | dict(value=value_text(row), deviation=deviation_text(row))
            for row in rows
            if row['value'] is not None
        ],
        not_measured=[
            dict(reason=reason, names=names) for reason, names in reasons(rows).items()
        ],
        remarks=remarks(rows),
    )


@dataclass(frozen=True)
class Download:
    """A file that the page offers for download.

    Attributes:
        label: Text of its button.
        suffix: End of the file name.
        media: Media type.
        make: Function of the image, the request and the scheme of the points that returns
            the content of the file.
        lateral: Whether it has measurements and needs a lateral head.
    """

    label: str
    suffix: str
    media: str
    make: Callable[[Radiograph, MeasureRequest, Scheme], bytes]
    lateral: bool = False


def _report(form: str) -> Callable[[Radiograph, MeasureRequest, Scheme], bytes]:
    def make(film: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
        report = report_of(film, request, 'they have not been checked')
        return report_bytes(form, film.image, report)

    return make


def _json(film: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
    """A points file with the measurements, as ``mmlandmark report --points`` reads it."""
    if is_lateral(scheme):
        return _report('.json')(film, request, scheme)
    found = [dict(points=point_rows(tracing)) for tracing in request.tracings]
    values = dict(image=printable(film.name), notice=DISCLAIMER, predictions=found)
    return f'{json.dumps(values, indent=1, ensure_ascii=False)}\n'.encode()


def _points_csv(film: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
    many = len(request.tracings) > 1
    rows = [
        (dict(face=number) if many else {}) | row
        for number, tracing in enumerate(request.tracings, 1)
        for row in point_rows(tracing)
    ]
    return csv_text(rows).encode()


def _coco(film: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
    """COCO keypoints, 0-based pixel centres; ``pixel_spacing`` is [sy, sx] in mm."""
    height, width = film.image.shape[:2]
    image = dict(id=1, file_name=printable(film.name), width=width, height=height)
    if request.settings.spacing:
        image['pixel_spacing'] = list(request.settings.spacing)
    annotations = [
        _annotation(number, tracing.points)
        for number, tracing in enumerate(request.tracings, 1)
    ]
    categories = [scheme.coco_category()]
    values = dict(images=[image], annotations=annotations, categories=categories)
    return f'{json.dumps(values, indent=1, ensure_ascii=False)}\n'.encode()


def _annotation(number: int, points: np.ndarray) -> dict:
    there = np.isfinite(points).all(axis=1)
    flat = np.column_stack([np.where(there[:, None], points, 0), 2 * there])
    low, high = (points[there].min(0), points[there].max(0)) if there.any() else (0, 0)
    x, y, w, h = np.concatenate([np.zeros(2) + low, np.zeros(2) + high - low])
    return dict(
        id=number,
        image_id=1,
        category_id=1,
        keypoints=np.round(flat, 2).ravel().tolist(),
        num_keypoints=int(there.sum()),
        bbox=np.round([x, y, w, h], 2).tolist(),
        area=round(float(w * h), 2),
        iscrowd=0,
    )


DOWNLOADS: dict[str, Download] = {
    'html': Download(
        'Report (HTML)', '_report.html', 'text/html', _report('.html'), True
    ),
    'pdf': Download(
        'Report (PDF)', '_report.pdf', 'application/pdf', _report('.pdf'), True
    ),
    'csv': Download(
        'Measurements (CSV)', '_measurements.csv', 'text/csv', _report('.csv'), True
    ),
    'json': Download('JSON', '.json', 'application/json', _json),
    'points': Download('Points (CSV)', '_points.csv', 'text/csv', _points_csv),
    'coco': Download('Points (COCO)', '_coco.json', 'application/json', _coco),
}


def download(
    form: str, film: Radiograph, request: MeasureRequest, scheme: Scheme
) -> bytes:
    """The content of a file to download.

    Raises:
        InputError: Unknown format, or these points have no measurements.
    """
    if form not in DOWNLOADS:
        raise InputError(
            f'unknown format {form!r}: it is one of {", ".join(DOWNLOADS)}'
        )
    for tracing in request.tracings:
        if tracing.names != scheme.points:
            raise InputError(f'the points are not those of {request.model}')
    if DOWNLOADS[form].lateral and not is_lateral(scheme):
        raise InputError('no measurements can be computed from these points')
    with _drawing:
        return DOWNLOADS[form].make(film, request, scheme)
