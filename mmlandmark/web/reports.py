"""What the page shows of its points, and what it downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isclose
from threading import Lock

from ..errors import InputError
from ..formats.coco.writer import coco_text, scheme_category
from ..formats.points_csv import points_csv
from ..report.files import report_bytes
from ..report.model import DISCLAIMER, CephReport, make_report
from ..report.rows import deviation_text, reasons, remarks, value_text
from ..schemes import Scheme
from ..structures.coco import image_entry
from .finding import is_lateral
from .requests import MeasureRequest, source_of
from .sessions import Radiograph

_drawing = Lock()  # matplotlib draws for one thread at a time


def report_of(film: Radiograph, posted: MeasureRequest, advice: str) -> CephReport:
    """Measure the only head; the advice is on its doubtful points.

    Raises:
        InputError: Its points do not show which way it looks.
    """
    settings = replace(posted.settings, advice=advice)
    given, stated = settings.spacing, film.picture.spacing
    # the page shows six digits of the mean of what the file states, and sends them back
    if given and stated and isclose(given.mean, stated.mean, rel_tol=1e-5):
        settings = replace(settings, spacing=stated)
    prediction = posted.predictions[0]
    source = source_of(prediction, posted.model)
    return make_report(film.name, prediction, source, settings)


def shown(film: Radiograph, posted: MeasureRequest) -> dict:
    """The measurements of a lateral head as the page shows them: texts and grades."""
    report = report_of(film, posted, 'drag each to its place, or say that it is right')
    rows = report.rows
    kept = ('analysis', 'measurement', 'norm', 'grade', 'note', 'deviation_sd')
    return dict(
        skeletal_class=report.skeletal_class,
        anb=report.anb,
        facts={k: v for k, v in report.facts.items() if k != 'Skeletal class'},
        facing=report.facing,
        warnings=report.warnings,
        low_confidence=[bool(doubt) for doubt in report.low_confidence],
        mm_per_px=report.spacing.mean if report.spacing else None,
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
    """A points file as :func:`.read_points` reads it, with the measurements."""
    if is_lateral(scheme):
        return _report('.json')(film, posted, scheme)
    limit = posted.settings.low_confidence_mm
    found = [prediction.to_dict(limit) for prediction in posted.predictions]
    values = dict(image=film.name, notice=DISCLAIMER, predictions=found)
    text = json.dumps(values, indent=1, ensure_ascii=False)
    return f'{text}\n'.encode(errors='backslashreplace')


def _points_csv(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
    limit = posted.settings.low_confidence_mm
    return points_csv(posted.predictions, limit).encode()


def _coco(film: Radiograph, posted: MeasureRequest, scheme: Scheme) -> bytes:
    size, spacing = film.picture.size, posted.settings.spacing
    text = coco_text(
        [image_entry(1, film.name, size, spacing)],
        [p.coco_annotation(n, 1) for n, p in enumerate(posted.predictions, 1)],
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
    for prediction in posted.predictions:
        if prediction.names != scheme.points:
            raise InputError(f'the points are not those of {posted.model}')
    if DOWNLOADS[form].lateral and not is_lateral(scheme):
        raise InputError('there are no measurements of these points')
    with _drawing:
        return DOWNLOADS[form].make(film, posted, scheme)
