"""DICOM presentation states, read back by pydicom."""

import json

import numpy as np
import pytest
from dicom_files import write_dicom
from dicom_report import POINTS, RADIOGRAPH, UIDS, report
from PIL import Image
from plumb_head import NAMES

from mmlandmark import InputError
from mmlandmark.report.files import write_report
from mmlandmark.report.lines import tracing_lines

pydicom = pytest.importorskip('pydicom')
pytest.importorskip('highdicom')
#: The points in the image, which is 220 wide and 240 high.
INSIDE = [
    n for n, (x, y) in zip(NAMES, POINTS, strict=True) if 0 < x < 219 and 0 < y < 239
]


def objects(state, layer):
    (found,) = [
        item for item in state.GraphicAnnotationSequence if item.GraphicLayer == layer
    ]
    return found


def written(folder, image=RADIOGRAPH, given=None, source=None):
    out = folder / 'report.dcm'
    beside = write_report(out, image, given or report(), source=source, overlay=True)
    assert beside[-1] == folder / 'report_overlay.dcm'
    return pydicom.dcmread(beside[-1])


@pytest.fixture
def film(tmp_path):
    return write_dicom(tmp_path / 'film.dcm', RADIOGRAPH, **UIDS)


def test_points_are_read_back_equal(tmp_path, film):
    state = written(tmp_path, given=report(missing=['Orbitale']), source=film)
    assert state.SOPClassUID.name == 'Grayscale Softcopy Presentation State Storage'
    drawn = objects(state, 'POINTS')
    found = {}
    for item in drawn.GraphicObjectSequence:
        assert (item.GraphicType, item.GraphicAnnotationUnits) == ('POINT', 'PIXEL')
        found[item.TrackingID] = list(item.GraphicData)
    assert set(found) == {*INSIDE} - {'Orbitale'}
    assert len(found) > 20
    for name, place in zip(NAMES, POINTS, strict=True):
        if name in found:
            # the outer corner of the first pixel is 0, 0
            np.testing.assert_allclose(found[name], place + 0.5, rtol=1e-6)
    texts = drawn.TextObjectSequence
    assert [list(text.AnchorPoint) for text in texts] == list(found.values())
    assert {text.AnchorPointAnnotationUnits for text in texts} == {'PIXEL'}
    assert [text.UnformattedTextValue for text in texts][:2] == ['S', 'N']


def test_lines_go_through_their_points(tmp_path, film):
    state = written(tmp_path, source=film)
    lines = [
        np.reshape(item.GraphicData, (-1, 2)).tolist()
        for item in objects(state, 'LINES').GraphicObjectSequence
    ]
    ends = [(POINTS[NAMES.index(n)] + 0.5).tolist() for n in ('Sella', 'Nasion')]
    np.testing.assert_allclose(lines[0], ends, rtol=1e-6)


def test_the_state_refers_to_the_image_and_its_whole_area(tmp_path, film):
    state = written(tmp_path, source=film)
    (series,) = state.ReferencedSeriesSequence
    (image,) = series.ReferencedImageSequence
    assert series.SeriesInstanceUID == UIDS['SeriesInstanceUID']
    assert image.ReferencedSOPInstanceUID == '1.2.3'
    (area,) = state.DisplayedAreaSelectionSequence
    assert list(area.DisplayedAreaTopLeftHandCorner) == [1, 1]
    assert list(area.DisplayedAreaBottomRightHandCorner) == [220, 240]
    for key in ('StudyInstanceUID', 'PatientName', 'PatientID', 'AccessionNumber'):
        assert state[key].value == UIDS[key]
    assert state.SeriesInstanceUID != UIDS['SeriesInstanceUID']


def test_points_outside_the_image_are_left_out(tmp_path, film):
    given = report()
    given.prediction.points[NAMES.index('Sella')] = (-0.75, 20)
    given.prediction.points[NAMES.index('Nasion')] = (219.5, 20)  # its right edge
    drawn = objects(written(tmp_path, given=given, source=film), 'POINTS')
    names = [item.TrackingID for item in drawn.GraphicObjectSequence]
    assert 'Sella' not in names
    assert 'Nasion' in names


@pytest.mark.parametrize(('shape', 'kind'), [((240, 220), 'Grayscale'),
                                             ((240, 220, 3), 'Color')])  # fmt: skip
def test_another_image_is_captured_once(tmp_path, shape, kind):
    image = np.full(shape, 90, np.uint8)
    Image.fromarray(image).save(tmp_path / 'film.png')
    state = written(tmp_path, image, source=tmp_path / 'film.png')
    assert state.SOPClassUID.name.startswith(kind)
    captured = pydicom.dcmread(tmp_path / 'report_image.dcm')
    (series,) = state.ReferencedSeriesSequence
    (referred,) = series.ReferencedImageSequence
    assert referred.ReferencedSOPInstanceUID == captured.SOPInstanceUID
    assert state.StudyInstanceUID == captured.StudyInstanceUID


def test_an_overlay_of_another_format_is_refused(tmp_path):
    with pytest.raises(InputError, match='beside a DICOM report'):
        write_report(tmp_path / 'r.json', RADIOGRAPH, report(), overlay=True)


def test_lines_leave_out_what_is_missing():
    points = {n: np.array([i, 0.0]) for i, n in enumerate(('S', 'Prn', 'Ls', 'Gn'))}
    (profile,) = tracing_lines(points)
    assert profile.tolist() == [[1, 0], [2, 0]]


def test_the_command(tmp_path, film, run_command):
    points = tmp_path / 'points.json'
    points.write_text(json.dumps(report().prediction.to_dict()))
    words = ['report', '--img', film, '--points', points, '--overlay', '--out']
    done = run_command(*words, tmp_path / 'report.dcm')
    assert done.returncode == 0, done.stderr
    assert 'report_overlay.dcm: the overlay' in done.stdout
    drawn = objects(pydicom.dcmread(tmp_path / 'report_overlay.dcm'), 'POINTS')
    assert len(drawn.GraphicObjectSequence) == len(INSIDE)
    done = run_command(*words, tmp_path / 'report.html')
    assert done.returncode != 0
    assert '--overlay is for a DICOM report' in done.stderr
