"""The report of a frontal face, and how the report command treats it."""

import csv
import json

import numpy as np
import pytest
from plumb_head import NAMES, plumb

from mmlandmark import InputError, PixelSpacing, Prediction
from mmlandmark.cephalometry import read_norms
from mmlandmark.cephalometry.frontal import FRONTAL_POINTS, spacing_from_iris
from mmlandmark.formats.points_json import read_points
from mmlandmark.report.batch import FACE_COLUMNS, write_table
from mmlandmark.report.face import make_face_report
from mmlandmark.report.figure import tracing_figure
from mmlandmark.report.files import report_bytes, write_report
from mmlandmark.report.head import find_face
from mmlandmark.report.model import ReportOptions, make_report
from mmlandmark.report.radiographs import Radiographs
from mmlandmark.schemes import IBUG68, PHOTO19

PHOTOGRAPH = np.full((400, 400, 3), 150, np.uint8)


def mean_face(size=300.0, yaw=0.0):
    """The 3D mean face in an image, turned to its own right by degrees."""
    from mmlandmark.face.head_pose import mean_face

    shape = mean_face() / np.ptp(mean_face()[:, 1]) * size
    angle = np.radians(-yaw)
    x = shape[:, 0] * np.cos(angle) + shape[:, 2] * np.sin(angle)
    return np.column_stack([x, -shape[:, 1]]) + 200


def face(points=None, **more):
    points = mean_face() if points is None else points
    return Prediction(
        points,
        np.full(68, np.nan),
        IBUG68.points,
        skeleton=IBUG68.skeleton,
        expected_errors=np.full(68, 2.0),
        median_expected_error=2.0,
        scheme_name='ibug68',
        **more,
    )


def report(given=None, title='face.jpg', **settings):
    options = ReportOptions(read_norms(), **settings)
    return make_face_report(title, given or face(), 'found by face68', options)


def row(name, found):
    (row,) = [row for row in found.rows if row['measurement'] == name]
    return row


def test_a_symmetric_face():
    found = report()
    assert found.warnings == []
    assert found.heading == 'Facial report'
    assert list(found.facts) == ['Scale', 'Points', 'Made by']
    for name in ('Canthal tilt difference', 'Mouth tilt', 'Chin deviation angle'):
        assert row(name, found)['value'] == pytest.approx(0, abs=0.1)
    assert 'chin deviation 0.0 ±' in found.summary
    assert found.prediction.labels[8] == 'gn'
    assert found.prediction.labels[1] == '2'


@pytest.mark.parametrize(
    ('doubtful', 'anyway', 'end'),
    [
        ([3, 4], False, '4, 5. No measurement needs them.'),
        ([3, 8], False, '4, gn. Not used for measurements: look.'),
        ([8], True, 'gn. Used for measurements, although nobody has checked them.'),
    ],
)
def test_what_becomes_of_points_of_low_confidence(doubtful, anyway, end):
    flags = [number in doubtful for number in range(68)]
    found = report(face(flags=flags), use_low_confidence=anyway, advice='look')
    assert found.warnings == [f'Points of low confidence (amber rings): {end}']
    assert bool(row('Chin deviation angle', found)['not_available']) == (
        8 in doubtful and not anyway
    )


@pytest.mark.parametrize(
    ('yaw', 'turned'), [(0, False), (3, False), (20, True), (-20, True)]
)
def test_a_turned_head_gives_a_warning(yaw, turned):
    found = report(face(mean_face(yaw=yaw)))
    assert any('The head is turned' in line for line in found.warnings) == turned
    if turned:
        assert f'yaw {yaw:+d}°' in found.warnings[0]


def test_missing_points_and_points_of_low_confidence():
    points = mean_face()
    points[8] = np.nan
    errors = np.full(68, 2.0)
    errors[[48, 20]] = 9  # the corner of the mouth, and an eyebrow that is not used
    given = face(points)
    given.expected_errors = errors
    found = report(given)
    assert found.warnings == [
        'Whether the face is frontal was not checked: points are missing.',
        'Missing points: gn.',
        'Points of low confidence (amber rings): 21, chR. Not used for measurements: '
        'check and correct them in the points file.',
    ]
    assert row('Mouth tilt', found)['not_available'].startswith('low confidence: chR')
    used = report(given, use_low_confidence=True)
    assert row('Mouth tilt', used)['value'] is not None


def test_the_scale_is_said():
    assert report().scale.startswith('uncalibrated')
    iris = report(spacing=spacing_from_iris((0, 0), (58.5, 0)))
    assert iris.scale == (
        '0.2 mm per pixel, from an iris of 11.7 mm; the iris of adults varies by 0.42 mm '
        '(SD), which ± includes; perspective is not corrected for'
    )
    assert row('Nasal width', iris)['note'].endswith(
        'in mm of an iris of 11.7 mm ± 0.42 mm'
    )
    given = report(spacing=PixelSpacing.square(0.2))
    assert given.scale.startswith('0.2 mm per pixel, as given; perspective')
    assert 'iris' not in row('Nasal width', given)['note']
    head = Prediction(plumb(), np.full(len(NAMES), np.nan), tuple(NAMES))
    with pytest.raises(InputError, match='an iris gives the scale of a photograph'):
        make_report('a', head, '', ReportOptions(read_norms(), spacing=iris.spacing))


@pytest.mark.parametrize('form', ['.html', '.pdf', '.json', '.csv'])
def test_every_form(form, tmp_path):
    found = report(title='<face>.jpg', spacing=PixelSpacing.square(0.25))
    content = report_bytes(form, PHOTOGRAPH, found)
    if form == '.html':
        text = content.decode()
        assert 'Facial report: &lt;face&gt;.jpg' in text
        assert 'Chin deviation angle' in text
        assert 'needs tr (trichion, the hairline)' in text
        assert 'No value is compared with a norm.' in text
        assert '>Norm<' not in text.replace('\n', '')
    elif form == '.pdf':
        assert content.startswith(b'%PDF')
    elif form == '.json':
        values = json.loads(content)
        assert 'skeletal_class' not in values
        (tmp_path / 'face.json').write_bytes(content)
        again = read_points(tmp_path / 'face.json')
        np.testing.assert_array_equal(again.points, found.prediction.points)
        assert make_face_report(
            'a', again, '', ReportOptions(read_norms())
        ).measurements['Nasal width'].value == pytest.approx(
            found.measurements['Nasal width'].value
        )
    else:
        rows = list(csv.DictReader(content.decode().splitlines()))
        assert {r['analysis'] for r in rows} >= {'Eyes', 'Facial thirds'}


def test_the_picture():
    """The midline goes through the middle of the inner corners, down to the chin."""
    figure = tracing_figure(PHOTOGRAPH, report())
    (axis,) = figure.axes
    texts = {text.get_text() for text in axis.texts}
    assert texts == {s for s, (_, name) in FRONTAL_POINTS.items() if name}
    middle = mean_face()[[39, 42]].mean(axis=0)[0]
    solid = [np.array(line.get_data()).T for line in axis.lines
             if line.get_color() == '#ffd54f' and line.get_linestyle() == '-']  # fmt: skip
    across, down = solid
    np.testing.assert_allclose(down[:, 0], middle, atol=0.5)
    assert np.ptp(across[:, 1]) < 0.5
    dotted = [line for line in axis.lines if line.get_linestyle() == ':']
    assert len(dotted) == 3 + 6
    # without an eye there are neither a midline nor thirds
    points = mean_face()
    points[36] = np.nan
    (axis,) = tracing_figure(PHOTOGRAPH, report(face(points))).axes
    assert not [line for line in axis.lines if line.get_color() == '#ffd54f']


def test_a_table_of_faces_and_no_heads_in_it(tmp_path):
    head = Prediction(plumb() * 2 + 50, np.full(len(NAMES), np.nan), tuple(NAMES))
    reports = {
        'a.jpg': report(title='a.jpg'),
        'b.jpg': make_report('b.jpg', head, '', ReportOptions(read_norms())),
        'c.jpg': report(title='c.jpg', spacing=PixelSpacing.square(0.25)),
    }
    images = [tmp_path / name for name in reports]
    left_out = write_table(tmp_path / 't.csv', images, lambda path: reports[path.name])
    assert left_out == [
        'b.jpg: a table is of lateral heads or of faces, not of both: measure them '
        'separately'
    ]
    with (tmp_path / 't.csv').open(newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(FACE_COLUMNS)
    assert [r['image'] for r in rows] == ['a.jpg', 'c.jpg']
    assert rows[0]['Nasal width [mm]'] == ''
    assert float(rows[1]['Nasal width [mm]']) > 0


def test_points_decide_what_is_measured(tmp_path):
    (tmp_path / 'face.json').write_text(json.dumps(face().to_dict()))
    radiographs = Radiographs(ReportOptions(read_norms()), 'ceph19')
    found = radiographs.report(tmp_path / 'face.json', tmp_path / 'face.json')
    assert found.heading == 'Facial report'
    with pytest.raises(InputError, match='only lateral heads are superimposed'):
        radiographs.later_report(tmp_path / 'face.json', tmp_path / 'face.json')


def test_one_face_is_measured():
    assert find_face(lambda *_, **__: [face()], PHOTOGRAPH).names == IBUG68.points
    with pytest.raises(InputError, match='no face found'):
        find_face(lambda *_, **__: [], PHOTOGRAPH)
    with pytest.raises(InputError, match='2 faces found: crop'):
        find_face(lambda *_, **__: [face()] * 2, PHOTOGRAPH)


def test_other_points():
    with pytest.raises(InputError, match="'sella' is not one of the 68 points"):
        report(Prediction(np.zeros((19, 2)), np.zeros(19), PHOTO19.points))


def test_a_dicom_report_of_a_face_is_refused(tmp_path):
    image = np.zeros((400, 400, 3), np.uint8)
    with pytest.raises(InputError, match='a DICOM report is of one radiograph'):
        write_report(tmp_path / 'face.dcm', image, report())
    assert not list(tmp_path.iterdir())
