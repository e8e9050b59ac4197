"""A report and the DICOM attributes of its radiograph, for the tests of DICOM reports."""

import numpy as np
from plumb_head import NAMES, plumb

from mmlandmark import PixelSpacing, Prediction
from mmlandmark.cephalometry import read_norms
from mmlandmark.report.model import ReportOptions, make_report

RADIOGRAPH = np.full((240, 220), 90, np.uint8)
POINTS = plumb() * 2 + (50.25, 10)
UIDS = dict(
    StudyInstanceUID='1.2.3.4',
    SeriesInstanceUID='1.2.3.5',
    Modality='DX',
    PatientName='Ärztin^Änne',
    PatientID='P7',
    PatientBirthDate='20010203',
    PatientSex='F',
    StudyDate='20240506',
    AccessionNumber='A9',
    SpecificCharacterSet='ISO_IR 192',
)


def report(spacing=0.5, missing=(), low_confidence=(), **more):
    points = POINTS.copy()
    points[[NAMES.index(name) for name in missing]] = np.nan
    prediction = Prediction(
        points,
        np.full(len(NAMES), np.nan),
        tuple(NAMES),
        spacing=spacing and PixelSpacing.square(spacing, 'PixelSpacing'),
        expected_errors=np.linspace(0.5, 2, len(NAMES)),
        flags=tuple(name in low_confidence for name in NAMES),
    )
    options = ReportOptions(read_norms(), **more)
    return make_report('film.dcm', prediction, 'found by ceph19', options)
