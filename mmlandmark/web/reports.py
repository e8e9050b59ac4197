"""What the page shows of its points, and what it downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isclose
from threading import Lock

import numpy as np

from ..errors import InputError
from ..report.files import csv_text, report_bytes
from ..report.model import (
    DISCLAIMER,
    CephReport,
    deviation_text,
    facts,
    make_report,
    point_rows,
    reasons,
    remarks,
    table_rows,
    value_text,
)
from ..schemes import Scheme
from .finding import is_lateral
from .requests import MeasureRequest
from .sessions import Radiograph

_drawing = Lock()  # matplotlib draws for one thread at a time


def report_of(film: Radiograph, posted: MeasureRequest, advice: str) -> CephReport:
    """Measure the only head; the advice is on its doubtful points.

    Raises:
        InputError: Its points do not show which way it looks.
    """
    settings = replace(posted.settings, advice=advice)
    given, stated = settings.spacing, film.picture.spacing
    if given and stated and isclose(given[0], stated[0], rel_tol=0.01):
        settings = replace(settings, scale_from=f'by {film.picture.spacing_source}')
    return make_report(film.name, posted.tracings[0], settings)


def shown(film: Radiograph, posted: MeasureRequest) -> dict:
    """The measurements of a lateral head as the page shows them: texts and grades."""
    report = report_of(film, posted, 'drag each to its place, or say that it is right')
    rows = table_rows(report)
    kept = ('analysis', 'measurement', 'norm', 'grade', 'note', 'deviation_sd')
    return dict(
        skeletal_class=report.skeletal_class,
        anb=report.anb,
        facts={k: v for k, v in facts(report).items() if k != 'Skeletal class'},
        facing=report.facing,
        warnings=report.warnings,
        low_confidence=[bool(doubt) for doubt in report.tracing.low_confidence],
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
    """A file to be downloaded.

    Attributes:
        label: What the page calls it.
        suffix: What the name of the file ends in.
        media: Its type.
        make: The film, what was posted and the points' scheme to the file's content.
        lateral: Whether it is a measurement of a lateral head.
    """

    label: str
    suffix: str
    media: str
    make: Callable[[Radiograph, MeasureRequest, Scheme], bytes]
    lateral: bool = False


def _report(form: str) -> Callable[[Radiograph, MeasureRequest, Scheme], bytes]:
    def make(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
        report = report_of(film, posted, 'nobody has checked them')
        return report_bytes(form, film.image, report)

    return make


def _json(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
    """A points file as :func:`.read_tracing` reads it, with the measurements."""
    if is_lateral(scheme):
        return _report('.json')(film, posted, scheme)
    found = [dict(points=point_rows(tracing)) for tracing in posted.tracings]
    values = dict(image=film.name, notice=DISCLAIMER, predictions=found)
    return f'{json.dumps(values, indent=1, ensure_ascii=False)}\n'.encode()


def _points_csv(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
    many = len(posted.tracings) > 1
    rows = [
        (dict(face=number) if many else {}) | row
        for number, tracing in enumerate(posted.tracings, 1)
        for row in point_rows(tracing)
    ]
    return csv_text(rows).encode()


def _coco(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
    """COCO keypoints, 0-based pixel centres; ``pixel_spacing`` is [sy, sx] in mm."""
    height, width = film.image.shape[:2]
    image = dict(id=1, file_name=film.name, width=width, height=height)
    if posted.settings.spacing:
        image['pixel_spacing'] = list(posted.settings.spacing)
    annotations = [
        _annotation(number, tracing.points)
        for number, tracing in enumerate(posted.tracings, 1)
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
    form: str, film: Radiograph, posted: MeasureRequest, scheme: Scheme
) -> bytes:
    """The content of a file to be downloaded.

    Raises:
        InputError: No such form, or one that these points have none of.
    """
    if form not in DOWNLOADS:
        raise InputError(f'no download {form!r}: {", ".join(DOWNLOADS)}')
    for tracing in posted.tracings:
        if tracing.names != scheme.points:
            raise InputError(f'the points are not those of {posted.model}')
    if DOWNLOADS[form].lateral and not is_lateral(scheme):
        raise InputError('there are no measurements of these points')
    with _drawing:
        return DOWNLOADS[form].make(film, posted, scheme)
