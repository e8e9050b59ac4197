"""Writes a report as a DICOM Structured Report: TID 1500, Measurement Report.

Each point is a group of TID 1410 with its name as tracking identifier and a SCOORD of type
POINT on the image; all measurements are one group of TID 1501, with units of UCUM (``mm``,
``deg``, ``%``). Points and measurements have no codes in a standard scheme that is known
here, so their names are codes of the private scheme :data:`SCHEME`.

SCOORD counts from the outer corner of the first pixel (DICOM PS3.3, C.18.6): half a pixel
is added. Patient and study are those of the DICOM image. If the image has another format,
it is written beside the report as a Secondary Capture, to which the report refers; its
patient is unknown.

highdicom (extra ``medical``) makes the file. Bridge et al., Journal of Digital Imaging 35
(2022) 1719-1737.
"""

from __future__ import annotations

import io
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..cephalometry.definitions import DEGREES, MM, PERCENT
from ..errors import InputError
from ..io.dicom import is_dicom, read_header
from ..utils.distribution import pip_install
from ..utils.whole_file import write_whole
from ..version import __version__
from .dicom_overlay import presentation_state
from .dicom_series import new_series
from .model import CephReport

#: The private coding scheme of the names of points and measurements.
SCHEME = '99MMLANDMARK'
_UNITS = {
    DEGREES: ('deg', 'degree'),
    MM: ('mm', 'millimeter'),
    PERCENT: ('%', 'percent'),
}
_NOTICE = (
    'Points and measurements of mmlandmark: research only'  # at most 64 characters
)
_NEEDED = (
    *('SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID'),
    *('Rows', 'Columns', 'SamplesPerPixel'),
)
#: Attributes of the patient and the study that every DICOM object has, empty if unknown.
_EMPTY = (
    *('PatientID', 'PatientName', 'PatientBirthDate', 'PatientSex', 'StudyID'),
    *('StudyDate', 'StudyTime', 'AccessionNumber', 'ReferringPhysicianName'),
)


def write_sr(
    path: Path,
    image: np.ndarray,
    report: CephReport,
    source: Path | None,
    overlay: bool = False,
) -> list[Path]:
    """Write the report of one radiograph.

    Args:
        path: The ``.dcm`` file.
        image: ``(H, W)`` gray or ``(H, W, 3)`` RGB, uint8.
        report: The report of the radiograph.
        source: The file of the radiograph; its patient and study are kept if it is DICOM.
        overlay: Also write the presentation state that draws the tracing, see
            :mod:`.dicom_overlay`.

    Returns:
        The files written beside it: ``STEM_image.dcm``, the Secondary Capture of an image
        that is not DICOM, and ``STEM_overlay.dcm``.

    Raises:
        InputError: highdicom is not installed, the image lacks the UIDs to refer to it, or
            a file cannot be written.
    """
    _require()
    files = {}
    if source is not None and is_dicom(source):
        evidence = _evidence(source)
    else:
        evidence = _capture(image, report)
        files[path.with_name(f'{path.stem}_image.dcm')] = _bytes(evidence)
    if overlay:
        state = presentation_state(report, evidence, _NOTICE)
        files[path.with_name(f'{path.stem}_overlay.dcm')] = _bytes(state)
    files[path] = _bytes(_document(report, evidence))
    for file, content in files.items():
        write_whole(file, partial(Path.write_bytes, data=content))
    return [file for file in files if file != path]


def _require() -> None:
    if not find_spec('highdicom'):
        raise InputError(
            f'a DICOM Structured Report needs highdicom: {pip_install("medical")}'
        )


def _bytes(data: Any) -> bytes:
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _evidence(source: Path) -> Any:
    """The attributes of the image that the report refers to."""
    data = read_header(source)
    absent = [name for name in _NEEDED if not data.get(name)]
    if absent:
        raise InputError(f'{source} lacks {absent[0]}, by which a report refers to it')
    for name in _EMPTY:
        if name not in data:
            setattr(data, name, None)
    return data


def _capture(image: np.ndarray, report: CephReport) -> Any:
    """A Secondary Capture of an image that is not DICOM."""
    import highdicom as hd

    spacing = report.spacing
    return hd.sc.SCImage(
        pixel_array=image,
        photometric_interpretation='MONOCHROME2' if image.ndim == 2 else 'RGB',
        bits_allocated=8,
        coordinate_system='PATIENT',
        study_instance_uid=hd.UID(),
        series_instance_uid=hd.UID(),
        series_number=1,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer='mmlandmark',
        patient_orientation=('A', 'F') if report.facing == 'right' else ('P', 'F'),
        pixel_spacing=None if spacing is None else spacing.pair,
    )


def _code(value: str, meaning: str, scheme: str = SCHEME) -> Any:
    from highdicom.sr import CodedConcept

    return CodedConcept(value, scheme, meaning[:64])


def _document(report: CephReport, evidence: Any) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    device = sr.DeviceObserverIdentifyingAttributes(
        # one device: the same for every report of a version
        uid=generate_uid(entropy_srcs=['mmlandmark', __version__]),
        name='mmlandmark',
        model_name=f'mmlandmark {__version__}',
    )
    observer = sr.ObserverContext(codes.DCM.Device, device)
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=codes.SCT.PlainRadiography,
        imaging_measurements=[
            *_points(report, evidence),
            _measurements(report, evidence),
        ],
        title=codes.DCM.ImagingMeasurementReport,
    )
    document = sr.ComprehensiveSR(
        evidence=[evidence],
        content=content[0],
        **new_series(1),
        is_complete=True,
        is_verified=False,
        series_description=_NOTICE,
    )
    document.SpecificCharacterSet = 'ISO_IR 192'
    return document


def _algorithm(report: CephReport) -> Any:
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(report.source, report.version)


def _points(report: CephReport, evidence: Any) -> list:
    """A group for each point that is not missing."""
    from highdicom import sr

    prediction = report.prediction
    labels = prediction.labels or prediction.names
    image = sr.SourceImageForRegion(evidence.SOPClassUID, evidence.SOPInstanceUID)
    groups = []
    for i, (x, y) in enumerate(prediction.points.tolist()):
        if not np.isfinite([x, y]).all():
            continue
        place = np.array([[x + 0.5, y + 0.5]])
        name = prediction.names[i]
        groups.append(
            sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=sr.TrackingIdentifier(identifier=name),
                referenced_region=sr.ImageRegion('POINT', place, image),
                finding_type=_code(labels[i] or name, name),
                algorithm_id=_algorithm(report),
                measurements=_expected_error(report, i),
                qualitative_evaluations=(
                    [
                        sr.QualitativeEvaluation(
                            _code('CONFIDENCE', 'Confidence of the point'),
                            _code('LOW', 'Low'),
                        )
                    ]
                    if report.low_confidence[i]
                    else None
                ),
            )
        )
    return groups


def _expected_error(report: CephReport, i: int) -> list | None:
    from highdicom.sr import Measurement

    errors = report.prediction.expected_errors
    if errors is None or not np.isfinite(errors[i]):
        return None
    name = _code('EXPECTED_ERROR', 'Expected radial error')
    unit = _code('{pixels}', 'pixels', 'UCUM')
    return [Measurement(name, float(errors[i]), unit)]


def _measurements(report: CephReport, evidence: Any) -> Any:
    """One group with every measurement that has a value."""
    from highdicom import sr

    found = report.measurements.values()
    doubt = any(bool(m.scale_in_doubt) for m in found)
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(identifier='Cephalometric analysis'),
        finding_type=_code('CEPHALOMETRY', 'Cephalometric analysis'),
        algorithm_id=_algorithm(report),
        source_images=[
            sr.SourceImageForMeasurementGroup(
                evidence.SOPClassUID, evidence.SOPInstanceUID
            )
        ],
        measurements=[
            sr.Measurement(
                _code(m.name, m.name), float(m.value), _code(*_UNITS[m.unit], 'UCUM')
            )
            for m in found
            if np.isfinite(m.value)
        ],
        qualitative_evaluations=(
            [
                sr.QualitativeEvaluation(
                    _code('SCALE', 'Scale of the image'), _code('DOUBT', 'In doubt')
                )
            ]
            if doubt
            else None
        ),
    )
