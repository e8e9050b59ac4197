"""Responses of the server, without a browser."""

import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from dicom_files import write_dicom
from web_support import sent

from mmlandmark.report.model import DISCLAIMER
from mmlandmark.structures.loaded_image import LoadedImage
from mmlandmark.web.sessions import SessionExpiredError, Sessions
from mmlandmark.web.transfer import BusyError


def test_the_page_and_its_parts_are_of_this_server_alone(site):
    page = site.ask('GET', '/')
    assert page.status == 200
    assert page.headers.get_content_type() == 'text/html'
    policy = page.headers['Content-Security-Policy']
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert page.headers['Cache-Control'] == 'no-store'
    for name in ('page.js', 'page.css', 'editor.js', 'icon.svg'):
        part = site.ask('GET', f'/{name}')
        assert part.status == 200
        text = part.data.decode().replace('http://www.w3.org/2000/svg', '')
        assert '//' not in text.replace('// ', '').replace('*/', '').replace('////', '')


@pytest.mark.parametrize(
    'path',
    [
        '/../app.py',
        '/%2e%2e/app.py',
        '/%2e%2e%2fapp.py',
        '/..%2f..%2f..%2fsetup.cfg',
        '/%252e%252e/app.py',
        '/..\\app.py',
        '/..%5capp.py',
        '/static/../../app.py',
        '/./../__init__.py',
        '//etc/passwd',
        '/%2fetc%2fpasswd',
        '/etc/passwd',
        '/page.js%00.css',
        '/images/../options/../../app.py',
        '/images/x/downloads/..%2f..%2fapp.py',
    ],
)
def test_nothing_outside_the_folder_is_served(site, path):
    done = site.ask('GET', path)
    assert done.status in (400, 404, 405)
    assert b'import' not in done.data
    assert b'root:' not in done.data


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('POST', '/', 405),
        ('DELETE', '/page.js', 405),
        ('PUT', '/images', 405),
        ('GET', '/images', 404),
        ('POST', '/options', 405),
        ('GET', '/images/none/measurements', 404),
        ('GET', '/images/none/picture', 404),
        ('POST', '/images/none/points', 404),
        ('POST', '/images/none/measurements', 404),
        ('POST', '/images/none/downloads/json', 404),
        ('GET', '/none.html', 404),
    ],
)
def test_wrong_addresses_and_methods_are_one_line(site, method, path, status):
    done = site.ask(method, path)
    assert done.status == status
    assert len(done.values['error'].splitlines()) == 1


@pytest.mark.parametrize(
    ('host', 'status'),
    [('localhost', 200), ('127.0.0.1:80', 200), ('elsewhere.example', 400)],
)
def test_pages_from_elsewhere_cannot_give_it_a_name(site, host, status):
    assert site.ask('GET', '/options', headers={'Host': host}).status == status


def test_options(site):
    values = site.ask('GET', '/options').values
    assert values['disclaimer'] == DISCLAIMER
    assert values['max_mb'] == 0.5
    lateral = {model['name']: model['lateral'] for model in values['models']}
    assert lateral == dict(ceph19=True, face68=False)


def test_a_radiograph_is_kept_for_its_page_and_forgotten(site, radiograph):
    values = sent(site, radiograph)
    assert (values['name'], values['width'], values['height']) == (
        'a head.png',
        480,
        480,
    )
    assert len(values['key']) >= 32
    assert site.sessions.get(values['key']).name == 'a head.png'
    path = f'/images/{values["key"]}'
    picture = site.ask('GET', f'{path}/picture')
    pixels = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(pixels - cv2.imread(str(radiograph), 0).astype(float)).mean() < 4
    assert site.ask('DELETE', path).status == 204
    with pytest.raises(SessionExpiredError):
        site.sessions.get(values['key'])
    gone = site.ask('GET', f'{path}/picture')
    assert gone.status == 404
    assert 'open it again' in gone.values['error']


def test_radiographs_of_two_pages_do_not_meet(site, radiograph):
    one, other = sent(site, radiograph, 'one.png'), sent(site, radiograph, 'other.png')
    assert one['key'] != other['key']
    site.ask('DELETE', f'/images/{one["key"]}')
    assert site.ask('GET', f'/images/{other["key"]}/picture').status == 200


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


PICTURE = LoadedImage(np.zeros((20, 20), np.uint8))


def filled(**more):
    """Sessions with a first radiograph, a second one used 10 s later, and its clock."""
    clock = Clock()
    sessions = Sessions(clock=clock, **more)
    keys = []
    for name in ('first', 'second'):
        keys.append(sessions.keep(name, PICTURE, b''))
        clock.now += 10
    return sessions, clock, keys


def test_an_image_without_use_is_deleted():
    sessions, clock, keys = filled(idle=60)
    clock.now = 55
    assert sessions.get(keys[1]).name == 'second'
    clock.now = 61
    sessions.sweep()
    assert len(sessions) == 1
    with pytest.raises(SessionExpiredError, match='open it again'):
        sessions.get(keys[0])


@pytest.mark.parametrize('full', [dict(max_images=2), dict(max_bytes=2.5 * 400)])
def test_an_image_without_recent_use_is_deleted_to_make_room(full):
    sessions, clock, keys = filled(spare=300, **full)
    clock.now = 305
    assert sessions.get(keys[0]).name == 'first'
    clock.now = 311  # the second was used 301 s ago, the first 6 s
    sessions.keep('third', PICTURE, b'')
    assert len(sessions) == 2
    assert sessions.get(keys[0]).name == 'first'
    with pytest.raises(SessionExpiredError):
        sessions.get(keys[1])


@pytest.mark.parametrize('full', [dict(max_images=2), dict(max_bytes=2.5 * 400)])
def test_an_image_in_use_is_never_deleted(full):
    sessions, clock, keys = filled(spare=300, **full)
    clock.now = 200
    sessions.get(keys[0])
    with pytest.raises(BusyError, match='try again in 5 minutes'):
        sessions.keep('third', PICTURE, b'')
    assert [sessions.get(key).name for key in keys] == ['first', 'second']


def test_an_image_that_does_not_fit_deletes_none():
    sessions, clock, keys = filled(spare=300, max_bytes=2.5 * 400)
    clock.now = 305  # the first may go, but that is too little
    with pytest.raises(BusyError):
        sessions.keep('large', LoadedImage(np.zeros((20, 40), np.uint8)), b'')
    assert [sessions.get(key).name for key in keys] == ['first', 'second']


def test_images_in_use_are_kept_under_load():
    sessions = Sessions(max_images=4)
    held = [sessions.keep(f'radiograph {number}', PICTURE, b'') for number in range(4)]

    def crowd(number):
        """Ask for the own radiograph again and again while others want room."""
        for _ in range(200):
            assert sessions.get(held[number]).name == f'radiograph {number}'
            with pytest.raises(BusyError):
                sessions.keep('one more', PICTURE, b'')
            sessions.sweep()
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(crowd, range(4))) == [0, 1, 2, 3]
    assert len(sessions) == 4


def png(width, height):
    """A PNG whose head promises a size that it has not."""
    data = bytearray(cv2.imencode('.png', np.zeros((2, 2), np.uint8))[1].tobytes())
    data[16:24] = width.to_bytes(4, 'big') + height.to_bytes(4, 'big')
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, 'big')
    return bytes(data)


@pytest.mark.parametrize(
    ('body', 'status', 'message'),
    [
        (b'', 400, 'x.png is empty: choose another file'),
        (b'no picture', 400, 'x.png is not an image'),
        (b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n', 400, 'is not an image'),
        (b'\x89PNG\r\n\x1a\n' + b'\0' * 99, 400, 'x.png'),
        (png(30_000, 30_000), 400, '900 million pixels'),
        (b'\0' * 600_000, 413, 'larger than the limit of 0.5 MB'),
    ],
)
def test_bad_uploads_are_one_line(site, capfd, body, status, message):
    before = len(site.sessions)
    done = site.ask('POST', '/images', body, {'X-Name': '..%2F..%5Cx.png'})
    assert done.status == status
    assert message in done.values['error']
    assert len(done.values['error'].splitlines()) == 1
    assert '..' not in done.values['error']
    assert len(site.sessions) == before
    assert 'Traceback' not in capfd.readouterr().err


def test_a_body_without_its_length_is_stopped_too(site):
    chunks = (b'\0' * 100_000 for _ in range(9))
    done = site.ask(
        'POST', '/images', chunks, {'Transfer-Encoding': 'chunked'}, chunked=True
    )
    assert done.status == 413


def test_no_face_is_one_line(site, tmp_path):
    cv2.imwrite(str(tmp_path / 'gray.png'), np.full((64, 64), 90, np.uint8))
    key = sent(site, tmp_path / 'gray.png')['key']
    done = site.ask('POST', f'/images/{key}/points?model=face68')
    assert done.status == 400
    assert done.values['error'].startswith('no face found')


def test_a_dicom_file_states_its_scale(site, tmp_path):
    radiograph = write_dicom(tmp_path / 'radiograph.dcm', ImagerPixelSpacing=[0.2, 0.2])
    values = sent(site, radiograph, 'radiograph.dcm')
    assert (values['width'], values['height'], values['mm_per_px']) == (10, 10, 0.2)
    assert (
        values['scale_from'] == 'ImagerPixelSpacing (at the detector, not demagnified)'
    )
    radiograph = write_dicom(tmp_path / 'oblong.dcm', PixelSpacing=[0.2, 0.1])
    assert sent(site, radiograph, 'oblong.dcm')['mm_per_px'] is None


def test_a_giant_dicom_file_is_refused_before_it_is_decoded(site, tmp_path):
    radiograph = write_dicom(tmp_path / 'radiograph.dcm', Rows=60_000, Columns=60_000)
    answer = site.ask(
        'POST', '/images', radiograph.read_bytes(), {'X-Name': 'radiograph.dcm'}
    )
    assert answer.status == 400
    assert answer.values['error'].startswith('radiograph.dcm has 3600 million pixels')
