"""DICOM Structured Reports, read back by pydicom and highdicom."""

import json

import numpy as np
import pytest
from dicom_files import write_dicom
from dicom_report import POINTS, RADIOGRAPH, UIDS, report
from PIL import Image
from plumb_head import NAMES

from mmlandmark import InputError
from mmlandmark.report import dicom_sr
from mmlandmark.report.files import check_form, write_report
from mmlandmark.report.superimposition import superimpose

pydicom = pytest.importorskip('pydicom')
pytest.importorskip('highdicom')


def items(data, depth=0):
    """All content items below an item."""
    for item in data.get('ContentSequence', ()):
        yield item
        yield from items(item)


def meaning(item):
    return item.ConceptNameCodeSequence[0].CodeMeaning


def groups(document):
    return [item for item in items(document) if meaning(item) == 'Measurement Group']


def read_back(path):
    """The points and the measurements of a file, by pydicom alone."""
    document = pydicom.dcmread(path)
    points, values = {}, {}
    for group in groups(document):
        named = {meaning(item): item for item in group.ContentSequence}
        identifier = named['Tracking Identifier'].TextValue
        if 'Image Region' in named:
            region = named['Image Region']
            assert (region.ValueType, region.GraphicType) == ('SCOORD', 'POINT')
            points[identifier] = list(region.GraphicData)
        for item in group.ContentSequence:
            if item.ValueType == 'NUM':
                value = item.MeasuredValueSequence[0]
                unit = value.MeasurementUnitsCodeSequence[0]
                assert unit.CodingSchemeDesignator == 'UCUM'
                values.setdefault(identifier, {})[meaning(item)] = (
                    value.FloatingPointValue,
                    unit.CodeValue,
                )
    return document, points, values


@pytest.fixture
def film(tmp_path):
    return write_dicom(tmp_path / 'film.dcm', RADIOGRAPH, **UIDS)


def test_points_and_measurements_are_read_back_equal(tmp_path, film):
    given = report(missing=['Orbitale'])
    out = tmp_path / 'report.dcm'
    assert write_report(out, RADIOGRAPH, given, source=film) == []
    _, points, values = read_back(out)
    assert 'Orbitale' not in points
    assert len(points) == len(NAMES) - 1
    for name, place in zip(NAMES, POINTS, strict=True):
        if name in points:
            # the centre of the first pixel is at (0.5, 0.5)
            np.testing.assert_allclose(points[name], place + 0.5, rtol=1e-6)
    found = values['Cephalometric analysis']
    expected = {
        m.name: (m.value, {'°': 'deg', 'mm': 'mm', '%': '%'}[m.unit])
        for m in given.measurements.values()
        if np.isfinite(m.value)
    }
    assert found == expected
    assert {unit for _, unit in found.values()} == {'deg', 'mm', '%'}
    assert found['SNA'][0] == given.measurements['SNA'].value
    assert values['Sella'] == {'Expected radial error': (0.5, '{pixels}')}


def test_the_template_is_1500_and_refers_to_the_film(tmp_path, film):
    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(), source=film)
    document, _, _ = read_back(out)
    assert document.ContentTemplateSequence[0].TemplateIdentifier == '1500'
    assert document.SOPClassUID.name == 'Comprehensive SR Storage'
    title = document.ConceptNameCodeSequence[0]
    assert (title.CodeValue, title.CodingSchemeDesignator) == ('126000', 'DCM')
    for key in ('StudyInstanceUID', 'PatientName', 'PatientID', 'PatientBirthDate',
                'PatientSex', 'StudyDate', 'AccessionNumber'):  # fmt: skip
        assert document[key].value == UIDS[key]
    assert document.SeriesInstanceUID != UIDS['SeriesInstanceUID']
    assert document.VerificationFlag == 'UNVERIFIED'
    referred = {
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in items(document)
        if item.ValueType == 'IMAGE'
    }
    assert referred == {'1.2.3'}


def test_highdicom_reads_the_report(tmp_path, film):
    from highdicom.sr import GraphicTypeValues, srread

    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(), source=film)
    content = srread(out).content
    found = content.get_planar_roi_measurement_groups(
        graphic_type=GraphicTypeValues.POINT
    )
    assert [group.tracking_identifier for group in found] == list(NAMES)
    assert found[0].roi.value.tolist() == [(POINTS[0] + 0.5).tolist()]


def test_points_of_low_confidence_are_marked(tmp_path, film):
    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(low_confidence=['Nasion']), source=film)
    marked = [
        next(i.TextValue for i in group.ContentSequence if i.ValueType == 'TEXT')
        for group in groups(pydicom.dcmread(out))
        if 'Confidence of the point' in map(meaning, group.ContentSequence)
    ]
    assert marked == ['Nasion']


@pytest.mark.parametrize(('spacing', 'doubt'), [(0.5, False), (5, True)])
def test_a_scale_in_doubt_is_marked(tmp_path, film, spacing, doubt):
    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(spacing), source=film)
    names = {meaning(item) for item in items(pydicom.dcmread(out))}
    assert ('Scale of the image' in names) is doubt


def test_without_a_scale_there_are_no_lengths(tmp_path, film):
    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(None), source=film)
    found = read_back(out)[2]['Cephalometric analysis']
    assert {unit for _, unit in found.values()} == {'deg', '%'}


@pytest.mark.parametrize('shape', [(240, 220), (240, 220, 3)])
def test_another_image_is_written_as_a_secondary_capture(tmp_path, shape):
    image = np.full(shape, 90, np.uint8)
    path = tmp_path / 'film.png'
    Image.fromarray(image).save(path)
    out = tmp_path / 'report.dcm'
    (beside,) = write_report(out, image, report(), source=path)
    assert beside == tmp_path / 'report_image.dcm'
    captured = pydicom.dcmread(beside)
    np.testing.assert_array_equal(captured.pixel_array, image)
    document, points, _ = read_back(out)
    assert document.StudyInstanceUID == captured.StudyInstanceUID
    assert document.PatientID in (None, '')
    assert len(points) == len(NAMES)


def test_a_film_without_its_uids_is_refused(tmp_path):
    film = write_dicom(tmp_path / 'film.dcm', RADIOGRAPH)
    with pytest.raises(InputError, match='lacks StudyInstanceUID'):
        write_report(tmp_path / 'report.dcm', RADIOGRAPH, report(), source=film)
    assert not (tmp_path / 'report.dcm').exists()


def test_a_series_of_radiographs_is_refused(tmp_path, film):
    given = report()
    with pytest.raises(InputError, match='is of one radiograph'):
        write_report(
            tmp_path / 'r.dcm', RADIOGRAPH, given, superimpose(given, [given]), film
        )


def test_without_highdicom_the_remedy_is_named(tmp_path, monkeypatch, film):
    monkeypatch.setattr(dicom_sr, 'find_spec', lambda _: None)
    check_form(tmp_path / 'r.dcm')
    with pytest.raises(
        InputError, match=r"highdicom: pip install 'mmlandmark\[medical"
    ):
        write_report(tmp_path / 'r.dcm', RADIOGRAPH, report(), source=film)


def test_codes_are_unique(tmp_path, film):
    out = tmp_path / 'report.dcm'
    write_report(out, RADIOGRAPH, report(), source=film)
    names = [
        item.ConceptNameCodeSequence[0]
        for item in groups(pydicom.dcmread(out))[-1].ContentSequence
        if item.ValueType == 'NUM'
    ]
    codes = [name.get('CodeValue') or name.get('LongCodeValue') for name in names]
    assert len({*codes}) == len(codes) > 30


def test_the_command(tmp_path, film, run_command):
    points = tmp_path / 'points.json'
    points.write_text(json.dumps(report().prediction.to_dict()))
    out = tmp_path / 'report.dcm'
    done = run_command('report', '--img', film, '--points', points, '--out', out)
    assert done.returncode == 0, done.stderr
    assert len(read_back(out)[1]) == len(NAMES)
    png = tmp_path / 'film.png'
    Image.fromarray(RADIOGRAPH).save(png)
    done = run_command('report', '--img', png, '--points', points, '--out', out)
    assert 'report_image.dcm: the image without a patient' in done.stdout
