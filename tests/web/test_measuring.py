"""What the page posts of its points, and what it gets back."""

import csv
import io
import json

import numpy as np
import pytest
from dicom_files import write_dicom
from PIL import Image
from web_support import sent

from mmlandmark import PixelSpacing, __version__
from mmlandmark import formats as readers
from mmlandmark.cephalometry import measure
from mmlandmark.formats.points_json import read_points
from mmlandmark.schemes import ISBI19
from mmlandmark.structures.loaded_image import LoadedImage
from mmlandmark.web.reports import download
from mmlandmark.web.requests import read_measure_request
from mmlandmark.web.sessions import Radiograph


@pytest.fixture
def found(site, radiograph):
    """A radiograph that was sent, and what the page posts of it at first."""
    key = sent(site, radiograph, 'a%20h%C3%A9ad.png')['key']
    points = site.ask('POST', f'/images/{key}/points?model=ceph19')
    assert points.status == 200
    values = points.values
    return key, dict(model='ceph19', heads=values['heads'], settings={})


def row(name, results):
    (one,) = [r for r in results['rows'] if r['measurement'] == name]
    return one


def test_measurements_of_the_points(site, found):
    key, posted = found
    results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
    points = np.array([[p['x'], p['y']] for p in posted['heads'][0]])
    anb = measure(points, ISBI19)['ANB'].value
    assert row('ANB', results)['value'].startswith(f'{anb:.1f} ± ')
    assert results['skeletal_class'].startswith('Class ')
    assert results['low_confidence'] == [name == 'Porion' for name in ISBI19.points]
    assert any('Po' in line and 'confirm' in line for line in results['warnings'])
    assert not [r for r in results['rows'] if r['measurement'] == 'FMA']
    assert any(
        'uncalibrated' in group['reason'] and 'S-N' in group['names']
        for group in results['not_measured']
    )


def test_moved_points_are_measured_without_their_expected_error(site, found):
    key, posted = found
    rows = posted['heads'][0]
    for point in rows:
        if point['name'] in ('Porion', 'Subspinale'):
            point.update(x=point['x'] + 3, moved=True)
    results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
    assert not any(results['low_confidence'])
    assert '±' not in row('SNA', results)['value']
    assert '±' in row('SNB', results)['value']
    assert row('FMA', results)['value']
    assert results['facts']['Points'] == 'found by ceph19, 2 set by hand'


def test_a_checked_point_is_measured_from(site, found):
    key, posted = found
    for point in posted['heads'][0]:
        point['checked'] = point['name'] == 'Porion'
    results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
    assert not any(results['low_confidence'])
    assert '±' in row('FMA', results)['value']
    assert results['facts']['Points'] == 'found by ceph19, 1 checked'


@pytest.mark.parametrize(
    'settings',
    [
        dict(mm_per_px='0.25'),
        dict(ruler=[[10, 20], [10, 60]], ruler_mm='10'),
    ],
)
def test_the_scale_gives_distances(site, found, settings):
    key, posted = found
    posted['settings'] = settings
    results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
    points = {p['label']: np.array([p['x'], p['y']]) for p in posted['heads'][0]}
    length = 0.25 * np.linalg.norm(points['S'] - points['N'])
    assert row('S-N', results)['value'].startswith(f'{length:.1f} ')
    assert results['mm_per_px'] == 0.25
    # 4 pixels are 1 mm: no point is of low confidence; at 1 mm per pixel, all are
    assert not any(results['low_confidence'])
    posted['settings'] = dict(mm_per_px=1)
    results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
    assert all(results['low_confidence'])


def test_age_and_sex_choose_the_norm(site, found):
    key, posted = found
    posted['heads'][0][3]['checked'] = True
    norms = []
    for age in ('', '12'):
        posted['settings'] = dict(sex='female', age=age)
        results = site.ask('POST', f'/images/{key}/measurements', values=posted).values
        norms.append(row('Facial depth', results)['norm'])
        assert 'female' in results['facts']['Norms']
    assert norms[1] == '88 ± 3'
    assert norms[0] != norms[1]


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(mm_per_px='much'), 'mm per pixel should be a valid number'),
        (dict(mm_per_px='-1'), 'mm per pixel should be greater than or equal to'),
        (dict(mm_per_px='inf'), 'mm per pixel should be a finite number'),
        (dict(age='0'), 'age should be greater than or equal to'),
        (
            dict(ruler=[[1, 1], [1, 1]], ruler_mm=10),
            'two points of the ruler are the same',
        ),
        (dict(ruler=[[1, 1], [1, 9]]), 'give the length of the ruler'),
        (dict(ruler=[[1, 1]], ruler_mm=10), 'not what the page sends'),
        (dict(facing='up'), "facing should be 'left' or 'right'"),
        (dict(sex='x'), "sex should be 'female' or 'male'"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(site, found, settings, message):
    key, posted = found
    posted['settings'] = settings
    done = site.ask('POST', f'/images/{key}/measurements', values=posted)
    assert done.status == 400
    assert message in done.values['error']
    assert len(done.values['error'].splitlines()) == 1


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'{',
        b'[]',
        b'null',
        b'{"model": "ceph19", "settings": {}, "heads": []}',
        b'{"model": "ceph19", "settings": {}, "heads": [[]]}',
        b'{"model": "ceph19", "settings": {}, "heads": [[1]]}',
        b'{"model": "ceph19", "settings": {}, "heads": [[{"name": "S", "x": "1"}]]}',
        b'[' * 100_000,
        b'\xff\xfe\x00',
    ],
)
def test_what_no_page_sends_is_one_line(site, found, body):
    done = site.ask('POST', f'/images/{found[0]}/measurements', body)
    assert done.status == 400
    assert len(done.values['error'].splitlines()) == 1


def test_too_many_points_are_not_read(site, found):
    size = {'Content-Length': '9000000'}
    done = site.ask('POST', f'/images/{found[0]}/measurements', b'{}', size)
    assert done.status == 413


def test_downloads_are_read_back(site, found, tmp_path):
    key, posted = found
    posted['settings'] = dict(mm_per_px='0.5')
    posted['heads'][0][0].update(x=200.25, moved=True)
    got = {}
    for form in ('json', 'points', 'coco', 'csv', 'html', 'pdf'):
        done = site.ask('POST', f'/images/{key}/downloads/{form}', values=posted)
        assert done.status == 200, done.data
        name = done.headers['Content-Disposition']
        assert name.startswith("attachment; filename*=UTF-8''a%20h%C3%A9ad")
        got[form] = done.data
    (tmp_path / 'points.json').write_bytes(got['json'])
    read = read_points(tmp_path / 'points.json')
    assert read.names == ISBI19.points
    assert read.points[0, 0] == 200.25
    assert np.isnan(read.expected_errors[0])
    assert read.spacing == PixelSpacing.square(0.5)
    table = list(csv.DictReader(io.StringIO(got['points'].decode())))
    assert [r['landmark'] for r in table] == list(ISBI19.points)
    assert float(table[0]['x']) == 200.25
    (tmp_path / 'coco.json').write_bytes(got['coco'])
    (sample,) = readers.read_coco(tmp_path / 'coco.json', ISBI19)
    np.testing.assert_array_equal(sample.points, read.points)
    assert sample.spacing == PixelSpacing.square(0.5)
    assert b'SNA' in got['csv']
    assert f'mmlandmark {__version__}' in got['html'].decode()
    assert 'a héad.png' in got['html'].decode()
    assert got['pdf'].startswith(b'%PDF')


def test_faces_are_points_without_measurements(site, radiograph):
    key = sent(site, radiograph)['key']
    faces = site.ask('POST', f'/images/{key}/points?model=face68').values
    assert not faces['lateral']
    posted = dict(model='face68', heads=faces['heads'] * 2, settings={})
    done = site.ask('POST', f'/images/{key}/downloads/json', values=posted)
    assert len(json.loads(done.data)['predictions']) == 2
    done = site.ask('POST', f'/images/{key}/downloads/points', values=posted)
    table = list(csv.DictReader(io.StringIO(done.data.decode())))
    assert [r['face'] for r in table] == ['1'] * 68 + ['2'] * 68
    done = site.ask('POST', f'/images/{key}/downloads/pdf', values=posted)
    assert done.status == 400
    assert 'no measurements' in done.values['error']


@pytest.mark.parametrize(
    ('form', 'model', 'message'),
    [
        ('docx', 'ceph19', "unknown format 'docx'"),
        ('json', 'none', "unknown detector 'none'"),
        ('json', 'face68', 'not those of face68'),
    ],
)
def test_downloads_that_are_not_there(site, found, form, model, message):
    key, posted = found
    posted['model'] = model
    done = site.ask('POST', f'/images/{key}/downloads/{form}', values=posted)
    assert done.status == 400
    assert message in done.values['error']


@pytest.fixture
def dicom(site, radiograph, tmp_path):
    """The drawn head, sent as a DICOM file of 0.3 mm per pixel."""
    pixels = np.asarray(Image.open(radiograph).convert('L'))
    return sent(site, write_dicom(tmp_path / 'a.dcm', pixels, PixelSpacing=[0.3, 0.3]))


@pytest.mark.parametrize(
    ('settings', 'differs'),
    [
        (dict(mm_per_px='0.3'), False),
        (dict(mm_per_px='0.302'), False),
        (dict(mm_per_px='0.5'), True),
        (dict(ruler=[[10, 20], [10, 60]], ruler_mm='10'), True),
        ({}, False),
    ],
)
def test_a_scale_that_differs_from_that_of_the_file_is_a_warning(
    site, found, dicom, settings, differs
):
    request = dict(found[1], settings=settings)
    answer = site.ask('POST', f'/images/{dicom["key"]}/measurements', values=request)
    warnings = [line for line in answer.values['warnings'] if 'differ' in line]
    assert len(warnings) == differs
    assert all('0.3 mm per pixel, from PixelSpacing, is not' in w for w in warnings)


@pytest.mark.parametrize('form', ['json', 'coco', 'points', 'csv', 'html', 'pdf'])
def test_a_download_of_a_file_with_a_latin_1_name(form):
    name = b'caf\xe9.jpg'.decode('utf-8', 'surrogateescape')
    points = [dict(name=n, x=3.0 * i, y=i**2) for i, n in enumerate(ISBI19.points)]
    body = json.dumps(dict(model='ceph19', heads=[points], settings={'facing': 'left'}))
    request = read_measure_request(body.encode(), (400, 400))
    radiograph = Radiograph(name, LoadedImage(np.zeros((400, 400), np.uint8)), b'', 0.0)
    data = download(form, radiograph, request, ISBI19)
    if form in ('json', 'coco', 'html'):
        assert 'caf\\xe9.jpg' in data.decode().replace('\\\\', '\\')
