"""Measurements and downloads for the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from ..errors import InputError
from ..formats.coco.writer import coco_text, scheme_category
from ..formats.points_csv import points_csv
from ..report.files import report_bytes
from ..report.model import DISCLAIMER, CephReport, make_report, scale_text
from ..report.rows import deviation_text, reasons, remarks, value_text
from ..schemes import Scheme
from ..structures.coco import image_entry
from ..structures.prediction_json import SCHEMA_VERSION
from ..utils.plain_text import printable
from .finding import is_lateral
from .requests import MeasureRequest, source_of
from .sessions import Radiograph

_drawing = Lock()  # matplotlib is not thread-safe


def report_of(
    radiograph: Radiograph, request: MeasureRequest, advice: str
) -> CephReport:
    """Measure the only head of a request.

    Args:
        radiograph: The image.
        request: Its points, and the options.
        advice: What to do about points of low confidence.

    Raises:
        InputError: The points do not show which way the head faces.
    """
    settings = replace(request.settings, advice=advice)
    given, own = settings.spacing, radiograph.picture.spacing
    warnings = []
    if given and own:
        if np.allclose(given.pair, own.pair, rtol=0.01):
            settings = replace(settings, spacing=own)
        else:
            warnings = [
                f'Scales differ: {scale_text(given)}, is used; {scale_text(own)}, is not.'
            ]
    prediction = request.predictions[0]
    source = source_of(prediction, request.model)
    return make_report(radiograph.name, prediction, source, settings, warnings)


def measurements(radiograph: Radiograph, request: MeasureRequest) -> dict:
    """The measurements of a lateral head as texts and grades for the page."""
    report = report_of(
        radiograph, request, 'drag each to its place, or confirm its position'
    )
    rows = report.rows
    kept = (
        *('analysis', 'measurement', 'norm', 'grade', 'note', 'deviation_sd'),
        *('uncertainty', 'unit'),
    )
    return dict(
        skeletal_class=report.skeletal_class,
        anb=report.anb,
        facts={k: v for k, v in report.facts.items() if k != 'Skeletal class'},
        facing=report.facing,
        warnings=report.warnings,
        low_confidence=[bool(flag) for flag in report.low_confidence],
        mm_per_px=report.spacing.mean if report.spacing else None,
        rows=[
            {key: row[key] for key in kept}
            | dict(value=value_text(row), deviation=deviation_text(row))
            | dict(number=row['value'])
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
        make: Returns the content of the file, given the image, the request and the scheme
            of the points.
        lateral: Whether it has measurements and needs a lateral head.
    """

    label: str
    suffix: str
    media: str
    make: Callable[[Radiograph, MeasureRequest, Scheme], bytes]
    lateral: bool = False


def _report(form: str) -> Callable[[Radiograph, MeasureRequest, Scheme], bytes]:
    def make(radiograph: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
        report = report_of(radiograph, request, 'they have not been checked')
        return report_bytes(form, radiograph.image, report)

    return make


def _json(radiograph: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
    """A points file with the measurements; a report can be made from it again."""
    if is_lateral(scheme):
        return _report('.json')(radiograph, request, scheme)
    limit = request.settings.low_confidence_mm
    found = [prediction.to_dict(limit) for prediction in request.predictions]
    values = dict(
        schema_version=SCHEMA_VERSION,
        image=printable(radiograph.name),
        notice=DISCLAIMER,
        predictions=found,
    )
    return f'{json.dumps(values, indent=1, ensure_ascii=False)}\n'.encode()


def _points_csv(
    radiograph: Radiograph, request: MeasureRequest, scheme: Scheme
) -> bytes:
    return points_csv(request.predictions, request.settings.low_confidence_mm).encode()


def _coco(radiograph: Radiograph, request: MeasureRequest, scheme: Scheme) -> bytes:
    size, spacing = radiograph.picture.size, request.settings.spacing
    text = coco_text(
        [image_entry(1, printable(radiograph.name), size, spacing)],
        [p.coco_annotation(n, 1) for n, p in enumerate(request.predictions, 1)],
        [scheme_category(scheme)],
    )
    return text.encode()


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
    'json': Download('Points file (JSON)', '.json', 'application/json', _json),
    'points': Download('Points (CSV)', '_points.csv', 'text/csv', _points_csv),
    'coco': Download('Points (COCO)', '_coco.json', 'application/json', _coco),
}


def download(
    form: str, radiograph: Radiograph, request: MeasureRequest, scheme: Scheme
) -> bytes:
    """The content of a file to download.

    Raises:
        InputError: Unknown format, or these points have no measurements.
    """
    if form not in DOWNLOADS:
        raise InputError(
            f'unknown format {form!r}: it is one of {", ".join(DOWNLOADS)}'
        )
    for prediction in request.predictions:
        if prediction.names != scheme.points:
            raise InputError(f'the points are not those of {request.model}')
    if DOWNLOADS[form].lateral and not is_lateral(scheme):
        raise InputError('no measurements can be computed from these points')
    with _drawing:
        return DOWNLOADS[form].make(radiograph, request, scheme)
