import csv
import errno
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from plumb_head import NAMES, plumb
from tests_support import ROOT

from mmlandmark import InputError, PixelSpacing, Prediction
from mmlandmark.cephalometry import DEFINITIONS, Measurement, Norm, read_norms
from mmlandmark.formats.points_json import read_points
from mmlandmark.report.batch import COLUMNS, write_table
from mmlandmark.report.figure import shortened, tracing_figure
from mmlandmark.report.files import (
    as_values,
    check_form,
    report_bytes,
    write_report,
)
from mmlandmark.report.html import html_report
from mmlandmark.report.model import (
    DISCLAIMER,
    CephReport,
    ReportOptions,
    make_report,
)
from mmlandmark.report.rows import deviation_text, grade, remarks, value_text
from mmlandmark.report.superimposition import read_method_errors, superimpose

RADIOGRAPH = np.full((240, 220), 90, np.uint8)
K = len(NAMES)


def head(points=None, names=NAMES, spacing=None, low_confidence=(), errors=1.0):
    # two pixels a mm, away from the corner
    points = plumb() * 2 + (50, 10) if points is None else points
    spacing = spacing and PixelSpacing(*spacing, 'PixelSpacing')
    return Prediction(
        points,
        np.full(len(names), np.nan),
        tuple(names),
        spacing=spacing,
        expected_errors=np.full(len(names), errors),
        flags=tuple(name in low_confidence for name in names),
    )


def report(
    given=None, title='radiograph.png', source='points file radiograph.json', **settings
):
    options = ReportOptions(read_norms(), **settings)
    return make_report(title, given or head(), source, options)


def row(name, found):
    (row,) = [row for row in found.rows if row['measurement'] == name]
    return row


def measured(value, norm, deviation=np.nan, **more):
    return Measurement(DEFINITIONS['SNA'], value, np.nan, deviation, norm, **more)


@pytest.mark.parametrize(
    ('measurement', 'expected'),
    [
        (measured(84, Norm(82, 2), 1.0), 'within 1 SD'),
        (measured(79, Norm(82, 2), -1.5), '1 to 2 SD'),
        (measured(78, Norm(82, 2), -2.0), '1 to 2 SD'),
        (measured(70, Norm(82, 2), -6.0), 'beyond 2 SD'),
        (measured(53, Norm(low=52, high=55)), 'in range'),
        (measured(51, Norm(low=52, high=55)), 'out of range'),
        (measured(51, Norm(low=52, high=55), scale_in_doubt=True), 'out of range'),
        (measured(np.nan, Norm(low=52, high=55)), ''),
        (measured(51, Norm(50)), ''),
        (measured(51, None), ''),
    ],
)
def test_grade(measurement, expected):
    assert grade(measurement) == expected


@pytest.mark.parametrize(
    ('value', 'uncertainty', 'unit', 'deviation', 'texts'),
    [
        (82.04, 1.26, '°', 0.02, ('82.0 ± 1.3°', '+0.0 SD')),
        (-0.04, None, 'mm', -0.04, ('0.0 mm', '+0.0 SD')),
        (64.0, 0.5, '%', -1.25, ('64.0 ± 0.5 %', '-1.2 SD')),
        (None, None, '°', None, ('', 'in range')),
    ],
)
def test_texts(value, uncertainty, unit, deviation, texts):
    values = dict(
        value=value, uncertainty=uncertainty, unit=unit, deviation_sd=deviation
    )
    values |= dict(grade='in range', scale_in_doubt=False)
    assert (value_text(values), deviation_text(values)) == texts


def test_the_report_of_an_uncalibrated_radiograph():
    found = report()
    assert found.scale.startswith('uncalibrated')
    assert found.facing == 'right'
    assert found.skeletal_class.startswith('Class I')
    assert found.warnings == []
    assert row('SNA', found)['value'] == 90
    assert row('SNA', found)['deviation_sd'] == 4
    overjet = row('Overjet', found)
    assert overjet['value'] is None
    assert overjet['not_available'].startswith('uncalibrated')


def test_a_given_scale_has_priority_over_that_of_the_file():
    of_file = head(spacing=(0.5, 0.5))
    assert 'from the points file (from PixelSpacing)' in report(of_file).scale
    assert row('S-N', report(of_file))['value'] == 70
    ruler = PixelSpacing.square(0.25, 'a ruler of 10 mm')
    given = report(of_file, spacing=ruler)
    assert 'from a ruler of 10 mm' in given.scale
    assert row('S-N', given)['value'] == 35
    assert given.warnings[0].startswith('Scale in doubt: S-N is 35.0 mm')
    marked = row('S-N', given)
    assert marked['norm'] == '71 ± 3'
    assert marked['deviation_sd'] == -12
    assert deviation_text(marked) == '-12.0 SD ?'
    assert remarks([marked])[0] == '? The scale is in doubt.'
    assert deviation_text(row('SNA', given)) == '+4.0 SD'


def test_missing_points_and_points_of_low_confidence_are_named():
    points = plumb() * 2
    points[NAMES.index('Orbitale')] = np.nan
    given = head(points, low_confidence=('Subspinale',))
    found = report(given)
    assert found.warnings[0] == 'Missing points: Or.'
    assert '(amber rings): A. Not used for measurements: check' in found.warnings[1]
    assert found.skeletal_class.startswith('not known')
    assert row('FMA', found)['not_available'] == 'missing: Or (orbitale)'
    used = report(given, use_low_confidence=True)
    assert used.warnings[1].endswith(
        'A. Used for measurements, although nobody has checked them.'
    )
    assert used.skeletal_class.startswith('Class I')


def test_html_has_no_external_resources_and_escapes_names(tmp_path):
    name = '<script>alert("x")</script> & $x^2$.png'
    names = [*NAMES, '<b>bold</b>']
    points = np.vstack([plumb() * 2 + 40, [100, 30]])
    given = head(points, names, low_confidence=('<b>bold</b>',))
    page = html_report(RADIOGRAPH, report(given, title=name), None)
    assert '<script' not in page
    assert '<b>bold' not in page
    assert '&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; $x^2$.png' in page
    assert 'src="data:image/jpeg;base64,/9j/' in page
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert page.count(DISCLAIMER) == 2
    assert 'uncalibrated' in page


@pytest.mark.parametrize('form', ['html', 'pdf', 'json', 'csv'])
def test_every_form_is_written_whole(tmp_path, form):
    first = report(head(spacing=(0.5, 0.5)), title='A $very$ long name ' * 8)
    over = superimpose(first, [report(head(plumb() * 3, spacing=(0.4, 0.4)))])
    path = tmp_path / f'report.{form}'
    write_report(path, RADIOGRAPH, first, over)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    content = path.read_bytes()
    if form == 'pdf':
        assert content.startswith(b'%PDF')
        # the tracing, two pages of table, four superimpositions, three of plots,
        # two of changes
        assert len(re.findall(rb'/Type /Page\b', content)) == 12
    elif form == 'json':
        values = json.loads(content)
        assert values['schema_version'] == 2
        assert values['notice'] == DISCLAIMER
        assert len(values['measurements']) == len(DEFINITIONS)
        assert len(values['points']) == K
        back = read_points(path)
        np.testing.assert_array_equal(back.points, first.prediction.points)
        assert back.spacing == PixelSpacing(0.5, 0.5, 'PixelSpacing')
    elif form == 'csv':
        rows = {
            r['measurement']: r for r in csv.DictReader(content.decode().splitlines())
        }
        assert rows['SNA']['value'] == '90.0'
        assert rows['SNA']['deviation_sd'] == '4.0'
    else:
        assert b'Changes to ' in content


def test_a_failed_report_leaves_the_existing_file(tmp_path, monkeypatch):
    path = tmp_path / 'report.csv'
    path.write_text('earlier')
    monkeypatch.setattr(CephReport, 'rows', property(lambda self: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        write_report(path, RADIOGRAPH, report())
    assert path.read_text() == 'earlier'
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('r.docx', 'not as .docx'),
        ('file/r.pdf', 'not a folder'),
        ('d.pdf', 'is a folder'),
    ],
)
def test_a_report_file_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / 'file').write_text('')
    (tmp_path / 'd.pdf').mkdir()
    with pytest.raises(InputError, match=message):
        check_form(tmp_path / name)


def test_a_new_folder_is_created(tmp_path):
    path = tmp_path / 'new' / 'folder' / 'r.csv'
    check_form(path)
    assert not path.parent.exists()
    write_report(path, RADIOGRAPH, report())
    assert path.read_bytes()


def _disk_full(*_):
    raise OSError(errno.ENOSPC, 'No space left on device')


def test_a_full_disk_leaves_the_existing_report(tmp_path, monkeypatch):
    path = tmp_path / 'r.csv'
    path.write_text('earlier')
    monkeypatch.setattr(Path, 'write_bytes', _disk_full)
    with pytest.raises(InputError, match=r'r.csv cannot be written \(No space'):
        write_report(path, RADIOGRAPH, report())
    assert path.read_text() == 'earlier'


def test_a_full_disk_leaves_the_existing_table_and_the_rows_so_far(
    tmp_path, monkeypatch
):
    path = tmp_path / 't.csv'
    path.write_text('earlier')

    def report_of(radiograph):
        if radiograph.stem == 'c':
            monkeypatch.setattr(csv.DictWriter, 'writerow', _disk_full)
        return report(title=radiograph.name)

    radiographs = [tmp_path / f'{name}.png' for name in 'abc']
    with pytest.raises(
        InputError, match=r'No space .* rows so far are in .*t.csv.part'
    ):
        write_table(path, radiographs, report_of)
    assert path.read_text() == 'earlier'
    with (tmp_path / 't.csv.partial').open(newline='') as file:
        assert [row['image'] for row in csv.DictReader(file)] == ['a.png', 'b.png']


LATIN = b'caf\xe9.jpg'.decode('utf-8', 'surrogateescape')


@pytest.mark.parametrize('form', ['html', 'pdf', 'json', 'csv'])
@pytest.mark.parametrize('name', [LATIN, '$^$', r'\$x$ $\frac{', '\ud800', '_'])
def test_any_name_of_a_file_or_a_point(tmp_path, form, name):
    points = np.vstack([plumb() * 2 + 40, [100, 30]])
    given = head(points, [*NAMES, name], spacing=(0.5, 0.5))
    given.spacing = PixelSpacing.square(0.5, name)
    first = report(given, name, f'points file {name}', norms_name=f'of {name}')
    write_report(tmp_path / f'r.{form}', RADIOGRAPH, first, superimpose(first, [first]))
    assert (tmp_path / f'r.{form}').read_bytes()


def test_a_name_is_not_a_formula_in_a_table(tmp_path):
    norms = read_norms()
    norms['SNA'] = [Norm(82, 2, population='@SUM(1)', source='=cmd')]
    given = make_report('=cmd|x.jpg', head(), '', ReportOptions(norms))
    write_report(tmp_path / 'r.csv', RADIOGRAPH, given)
    with (tmp_path / 'r.csv').open(newline='', encoding='utf-8') as file:
        rows = {row['measurement']: row for row in csv.DictReader(file)}
    assert rows['SNA']['population'] == "'@SUM(1)"
    assert rows['SNA']['source'] == "'=cmd"
    assert rows['A-B plane']['norm'] == '-4.6 ± 4.6'
    write_table(tmp_path / 't.csv', [tmp_path / 'a.png'], lambda radiograph: given)
    with (tmp_path / 't.csv').open(newline='', encoding='utf-8') as file:
        (found,) = csv.DictReader(file)
    assert found['image'] == "'=cmd|x.jpg"


def test_unknown_names_and_another_facing_give_warnings():
    points = np.vstack([plumb() * 2 + 40, [100, 30]])
    found = report(head(points, [*NAMES, 'N*']), facing='left')
    assert found.warnings == [
        'Facing in doubt: left is given, but the points face the other way.',
        'Points with unknown names, not used for measurements: N*.',
    ]


def test_the_tracing_shows_the_head_and_its_labels():
    radiograph = np.zeros((1000, 1000), np.uint8)
    names = [*NAMES, 'a point with a very long name']
    points = np.vstack([plumb() + 300, [250, 330]])
    points[NAMES.index('Porion')] = np.nan
    figure = tracing_figure(radiograph, report(head(points, names), facing='right'))
    (axis,) = figure.axes
    texts = [text.get_text() for text in axis.texts]
    assert {'SN', 'PP', 'MP', 'NA', 'NB', 'S', "Pog'", 'a point with\u2026'} - set(
        texts
    ) == {'a point with\u2026'}
    assert 'a point with \u2026' in texts
    assert not {'FH', 'Po'} & set(texts)
    # the head with a margin, not the whole radiograph
    assert 150 < axis.get_xlim()[0] < 250
    assert 400 < axis.get_xlim()[1] < 450
    places = np.array([text.get_position() for text in axis.texts])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert gaps[~np.eye(len(places), dtype=bool)].min() > 2


def test_the_tracing_of_points_outside_the_image():
    figure = tracing_figure(np.zeros((50, 40), np.uint8), report(head(plumb() + 500)))
    assert figure.axes[0].get_xlim() == (-0.5, 39.5)


@pytest.mark.parametrize(
    ('text', 'letters', 'expected'),
    [
        ('short', 5, 'short'),
        ('0123456789abcdefghijklmno', 20, '01234567\u2026efghijklmno'),
    ],
)
def test_shortened(text, letters, expected):
    assert shortened(text, letters) == expected


def moved(points, turn, scale, shift):
    c, s = np.cos(turn), np.sin(turn)
    return scale * points @ np.array([[c, s], [-s, c]]) + shift


@pytest.mark.parametrize(
    ('second', 'spacing'),
    [
        (moved(plumb(), 0.3, 1.7, (90, 20)), None),  # S-N made equal
        (moved(plumb(), -0.2, 4, (5, 9)), (0.25, 0.25)),
        (
            moved(plumb(), 0.1, 4, (5, 9)) * (-1, 1) + (900, 0),
            (0.25, 0.25),
        ),  # faces left
        (plumb() * (2, 4), (0.25, 0.5)),  # pixels that are not square
    ],
)
def test_the_same_head_lies_on_itself(second, spacing):
    first = report(head(plumb() + 30, spacing=spacing and (1.0, 1.0)))
    over = superimpose(first, [report(head(second, spacing=spacing))])
    assert set(over.points) == {'S-N', 'maxilla', 'mandible', 'Procrustes'}
    for (points,) in over.points.values():
        np.testing.assert_allclose(points, plumb() + 30, atol=1e-9)
    assert {row['change'] for row in over.changes} == {0}


def test_growth_is_measured_from_sella():
    grown = plumb(Nasion=(77, 0), Pogonion=(70, 115))
    first = report(head(plumb(), spacing=(1.0, 1.0), errors=3.0))
    over = superimpose(first, [report(head(grown, spacing=(1.0, 1.0), errors=4.0))])
    there = dict(zip(over.labels[0], over.points['S-N'][0], strict=True))
    np.testing.assert_allclose(there['S'], (0, 0))
    np.testing.assert_allclose(there['N'], (77, 0))
    np.testing.assert_allclose(there['Pog'], (70, 115))
    (change,) = [r for r in over.changes if r['measurement'] == 'S-N']
    assert change['change'] == 7
    # S and N along the line, in both radiographs; a mean error of e is an SD of 0.798 e
    expected = 0.7979 * (2 * 3**2 + 2 * 4**2) ** 0.5
    assert change['uncertainty'] == pytest.approx(expected, abs=0.01)


def test_superimposition_needs_sella_and_nasion():
    points = plumb()
    points[NAMES.index('Nasion')] = np.nan
    with pytest.raises(InputError, match='no nasion'):
        superimpose(report(), [report(head(points))])


def test_norms_that_were_not_compared_with_their_source_are_told():
    (line,) = [line for line in remarks(report().rows) if 'secondary sources' in line]
    assert re.match(r'\d+ of these \d+ norms are from secondary sources', line)


def test_a_plane_is_registered_at_its_point():
    # the mandible rotated by 90 degrees about Me; S-N in place
    angle = np.pi / 2
    jaw = ('Gonion', 'Pogonion', 'Gnathion', 'Supramentale')
    places = dict(zip(NAMES, plumb(), strict=True))
    turned = {
        name: moved(places[name] - places['Menton'], angle, 1, places['Menton'])
        for name in jaw
    }
    first, later = report(head(plumb())), report(head(plumb(**turned)))
    over = superimpose(first, [later])
    there = dict(zip(over.labels[0], over.points['mandible'][0], strict=True))
    for label, name in (('Go', 'Gonion'), ('Me', 'Menton'), ('B', 'Supramentale')):
        np.testing.assert_allclose(there[label], places[name], atol=1e-9)
    assert not np.allclose(there['S'], places['Sella'])


def test_a_plane_without_its_points_is_left_out():
    points = plumb()
    points[NAMES.index('PNS')] = np.nan
    over = superimpose(report(head(points)), [report()])
    assert set(over.points) == {'S-N', 'mandible', 'Procrustes'}


@pytest.mark.parametrize(
    ('change', 'errors', 'method_error', 'beyond'),
    [
        (7, 1.0, None, True),  # an SD of 0.798 * 2 = 1.596: 7 is above 3.13
        (3, 1.0, None, False),
        (7, 1.0, 3.0, False),  # 1.96 * sqrt(2) * 3 = 8.3
        (3, np.nan, 1.0, True),  # 2.77
        (3, np.nan, None, None),
    ],
)
def test_a_change_is_compared_with_its_error(change, errors, method_error, beyond):
    def at(x):
        return report(head(plumb(Nasion=(x, 0)), spacing=(1.0, 1.0), errors=errors))

    known = method_error and {'S-N': method_error}
    reports = [at(70), at(90), at(70 + change)]
    over = superimpose(reports[0], reports[1:], method_errors=known)
    (row,) = [r for r in over.changes if r['measurement'] == 'S-N']
    assert row['values'] == [70, 90, 70 + change]
    assert row['beyond_error'] is beyond


def test_ages_must_be_those_of_the_radiographs():
    with pytest.raises(InputError, match='2 ages are given for 3 radiographs'):
        superimpose(report(), [report(), report()], ages=[8, 9])


@pytest.mark.parametrize('form', ['.json', '.csv'])
def test_three_radiographs_as_data(form):
    reports = [
        report(head(plumb(Nasion=(x, 0)), spacing=(1.0, 1.0))) for x in (70, 71, 75)
    ]
    over = superimpose(reports[0], reports[1:], ages=[8, 10.5, 12])
    written = report_bytes(form, np.zeros((120, 120), np.uint8), reports[0], over)
    if form == '.json':
        values = json.loads(written)['superimposition']
        assert values['ages'] == [8, 10.5, 12]
        assert len(values['radiographs']) == 2
        assert set(values['radiographs'][0]['points']) == set(over.points)
    if form == '.csv':
        rows = {
            r['measurement']: r for r in csv.DictReader(io.StringIO(written.decode()))
        }
        assert (rows['S-N']['later_2'], rows['S-N']['change']) == ('75.0', '5.0')
    assert written


def test_method_errors_of_agree(tmp_path):
    path = tmp_path / 'measurements.csv'
    path.write_text('first,measurement,dahlberg\na,SNA,1.5\nb,SNA,2\na,SNB,1\n')
    assert read_method_errors(path) == {'SNA': 2, 'SNB': 1}
    path.write_text('measurement,icc\nSNA,1\n')
    with pytest.raises(InputError, match='columns measurement and dahlberg'):
        read_method_errors(path)


def test_a_bad_radiograph_does_not_stop_the_table(tmp_path):
    def report_of(radiograph):
        if radiograph.stem == 'b':
            raise InputError('it is damaged')
        return report(title=radiograph.name)

    radiographs = [tmp_path / f'{name}.png' for name in 'abc']
    assert write_table(tmp_path / 't.csv', radiographs, report_of) == [
        'b.png: it is damaged'
    ]
    with (tmp_path / 't.csv').open(newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['image'] for row in rows] == ['a.png', 'c.png']
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]['SNA [°]'] == '90.0'
    assert rows[0]['Overjet [mm]'] == ''


def test_every_key_of_a_json_report_is_documented():
    page = (ROOT / 'docs' / 'reference' / 'formats.md').read_text(encoding='utf-8')
    first = report()
    values = as_values(first, superimpose(first, [first]))
    keys = {*values, *values['points'][0], *values['measurements'][0]}
    assert {key for key in keys if f'`{key}`' not in page} == set()
