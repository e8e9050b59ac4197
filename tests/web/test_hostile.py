"""Requests that no page sends get one line and a 4xx; every answer has its headers."""

import copy
import io
import json
import socket

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from web_support import sent, until

pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
from mmlandmark.web.server import HEADERS, MAX_CONNECTIONS

JSON = 'Content-Type: application/json\r\n'
OWN = 'Host: localhost\r\nX-Mmlandmark: page\r\n'


def raw(site, request: bytes) -> tuple[int, dict, bytes]:
    """What is answered to bytes sent as they are: status, headers and body."""
    with socket.create_connection(('127.0.0.1', site.port), 60) as to:
        to.sendall(request)
        answer = b''
        while piece := to.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b'\r\n\r\n')
    first, *lines = head.decode('latin-1').split('\r\n')
    return int(first.split()[1]), dict(line.split(': ', 1) for line in lines), body


def headed(headers) -> bool:
    """Whether the headers of every answer are there, each once."""
    lower = {name.lower(): value for name, value in headers.items()}
    return all(lower.get(name.lower()) == value for name, value in HEADERS.items())


@pytest.fixture
def found(site, radiograph):
    """A radiograph that was sent, and what the page posts of it at first."""
    key = sent(site, radiograph)['key']
    heads = site.ask('POST', f'/images/{key}/points?model=ceph19').values['heads']
    return key, dict(model='ceph19', heads=heads, settings={})


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('GET', '/', 200),
        ('HEAD', '/', 200),
        ('GET', '/page.js', 200),
        ('GET', '/options', 200),
        ('GET', '/none.html', 404),
        ('GET', '/images/none/picture', 404),
        ('POST', '/options', 405),
        ('OPTIONS', '/images', 405),
        ('FOO', '/images', 405),
        ('DELETE', '/images/none', 204),
        ('GET', '/' + 'x' * 5000, 404),
        ('GET', '/' + '%00' * 9, 404),
        ('GET', '/%ff%fe', 404),
    ],
)
def test_every_answer_has_the_headers(site, method, path, status):
    done = site.ask(method, path)
    assert done.status == status
    assert headed(done.headers)
    assert all(len(done.headers.get_all(name)) == 1 for name in HEADERS)


@pytest.mark.parametrize(
    ('request_', 'status'),
    [
        (b'hello\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n\r\n', 400),  # no host
        (b'GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n', 400),
        (b'GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\nHost: localhost\r\nX: %s' % (b'x' * 100_000), 400),
        (b'GET / HTTP/1.1\r\nHost: localhost\r\n%s' % (b'X: y\r\n' * 20_000), 400),
        (b'POST /images HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400),
        (b'POST /images HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n', 400),
        (
            b'POST /images HTTP/1.1\r\nHost: a\r\nContent-Length: %s\r\n\r\n'
            % (b'9' * 400),
            400,
        ),
        (
            f'POST /images HTTP/1.1\r\n{OWN}Content-Length: {10**18}\r\n\r\n'.encode(),
            413,
        ),
        (
            f'POST /images HTTP/1.1\r\n{OWN}Transfer-Encoding: chunked\r\n\r\n'
            'xyz\r\n'.encode(),
            400,
        ),
        (
            f'POST /images HTTP/1.1\r\n{OWN}X-Name: \xff\xfe\r\nContent-Length: 1\r\n'
            'Connection: close\r\n\r\nx'.encode('latin-1'),
            400,
        ),
        (
            b'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n'
            b'Connection: Upgrade, close\r\n\r\n',
            200,
        ),
    ],
)
def test_what_is_hardly_http(site, capfd, request_, status):
    if b'\r\nConnection' not in request_:
        request_ = request_.replace(
            b'HTTP/1.1\r\n', b'HTTP/1.1\r\nConnection: close\r\n'
        )
    code, headers, body = raw(site, request_)
    assert code == status
    assert headed(headers)
    assert code == 200 or len(body.splitlines()) == 1
    assert 'Traceback' not in capfd.readouterr().err


def changed(posted, path, value):
    """What a page posts with one value of it replaced."""
    posted = copy.deepcopy(posted)
    *inner, last = path
    place = posted
    for key in inner:
        place = place[key]
    place[last] = value
    return posted


BIG = 10**400
WRONG = ([], {}, 'x', True, -1, 1.5, 10**400, 1e308, -1e308, [[]], None, 'é' * 1000)


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        *((('heads',), value) for value in WRONG),
        (('settings',), [1]),
        (('settings',), 'x'),
        (('heads', 0), 7),
        (('heads', 0, 0), 7),
        (('heads', 0, 0), None),
        (('heads', 0, 0, 'x'), 'x'),
        (('heads', 0, 0, 'x'), BIG),
        (('heads', 0, 0, 'x'), 1e308),
        (('heads', 0, 0, 'y'), -1e9),
        (('heads', 0, 0, 'expected_error'), BIG),
        (('heads', 0, 0, 'expected_error'), 1e300),
        (('heads', 0, 0, 'expected_error'), -1),
        (('heads', 0, 1, 'name'), 'Sella'),
        (('settings', 'mm_per_px'), BIG),
        (('settings', 'mm_per_px'), str(BIG)),
        (('settings', 'mm_per_px'), 1e-300),
        (('settings', 'mm_per_px'), 1e300),
        (('settings', 'mm_per_px'), [1]),
        (('settings', 'age'), BIG),
        (('settings', 'age'), 1e9),
        (('settings', 'age'), {}),
        (('settings', 'sex'), ['female']),
        (('settings', 'facing'), {'left': 1}),
        (('settings', 'ruler'), 7),
        (('settings', 'ruler'), [[1, 2], [BIG, 3]]),
    ],
)
@pytest.mark.parametrize('where', ['measurements', 'downloads/pdf', 'downloads/coco'])
def test_wrong_values_are_one_line(site, found, capfd, where, path, value):
    key, posted = found
    if path[-1] == 'ruler':
        posted['settings']['ruler_mm'] = 10
    values = changed(posted, path, value)
    done = site.ask('POST', f'/images/{key}/{where}', values=values)
    assert done.status == 400, done.data[:300]
    assert len(done.values['error'].splitlines()) == 1
    assert len(done.values['error']) < 500
    assert headed(done.headers)
    assert 'Traceback' not in capfd.readouterr().err


@pytest.mark.parametrize('key', ['model', 'heads', 'settings'])
def test_missing_fields_are_one_line(site, found, key):
    radiograph, posted = found
    del posted[key]
    done = site.ask('POST', f'/images/{radiograph}/measurements', values=posted)
    assert done.status == 400
    assert key in done.values['error']


@pytest.mark.parametrize(
    'body',
    [
        b'[' * 100_000,
        b'{"heads":' * 100_000,
        b'{"heads": [[NaN]], "model": "", "settings": {}}',
        b'{"heads": Infinity, "model": "", "settings": {}}',
        b'9' * 5000,
        b'\xff\xfe\x00',
        b'\xef\xbb\xbf{}',
        b'"\\ud800"',
    ],
)
def test_what_is_hardly_json(site, found, body):
    done = site.ask('POST', f'/images/{found[0]}/measurements', body)
    assert done.status == 400
    assert done.values['error'].startswith('this is not what the page sends')


@pytest.mark.parametrize('kind', ['', 'text/plain', 'multipart/form-data', 'x' * 999])
def test_points_of_a_wrong_type_are_not_read(site, found, kind):
    key, posted = found
    given = {'Content-Type': kind}
    done = site.ask('POST', f'/images/{key}/measurements', json.dumps(posted), given)
    assert done.status == 400
    assert 'application/json' in done.values['error']


@pytest.mark.parametrize(
    'query',
    ['', '?model=', '?model=%00', '?model=' + 'x' * 9000, '?facing=up', '?model[]=x'],
)
def test_wrong_detectors(site, found, query):
    done = site.ask('POST', f'/images/{found[0]}/points{query}')
    assert done.status == 400
    assert len(done.values['error']) < 500


def picture(width, height, mode='L', form='PNG'):
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize('size', [(60_000, 1), (1, 60_000), (1, 1), (31_000, 9)])
def test_pictures_in_which_nothing_is_found(site, size):
    done = site.ask('POST', '/images', picture(*size), {'X-Name': 'x.png'})
    assert done.status == 400
    assert f'{size[0]} x {size[1]} pixels' in done.values['error']


@pytest.mark.parametrize(('form', 'suffix'), [('WEBP', 'webp'), ('JPEG', 'jfif')])
def test_webp_and_jfif(site, form, suffix):
    assert f'.{suffix}' in site.ask('GET', '/options').values['suffixes']
    done = site.ask(
        'POST', '/images', picture(90, 60, 'RGB', form), {'X-Name': f'x.{suffix}'}
    )
    assert (done.values['width'], done.values['height']) == (90, 60)


FOREIGN = [
    {'Sec-Fetch-Site': 'cross-site'},
    {'Sec-Fetch-Site': 'same-site'},  # another port of this machine
    {'Origin': 'http://elsewhere.example'},
    {'Origin': 'http://localhost:1'},
    {'Origin': 'null'},
    {'Origin': 'http://[x'},
    {'X-Mmlandmark': None},
]


@pytest.mark.parametrize('headers', FOREIGN)
def test_pages_of_other_sites_are_refused(site, radiograph, headers):
    key = sent(site, radiograph)['key']
    for method, path in (
        ('POST', '/images'),
        ('DELETE', f'/images/{key}'),
        ('POST', f'/images/{key}/points?model=ceph19'),
        ('POST', f'/images/{key}/downloads/json'),
    ):
        done = site.ask(method, path, radiograph.read_bytes(), headers)
        assert done.status == 403
        assert len(done.values['error'].splitlines()) == 1
        assert headed(done.headers)
    assert len(site.sessions) == 1


def test_the_page_itself_is_taken(site, radiograph):
    own = f'127.0.0.1:{site.port}'
    for headers in (
        {'Sec-Fetch-Site': 'same-origin', 'Origin': f'http://{own}'},
        {'Origin': f'http://{own}'},
        {'Sec-Fetch-Site': 'none'},
    ):
        assert (
            site.ask('POST', '/images', radiograph.read_bytes(), headers).status == 200
        )


def test_a_radiograph_for_which_there_is_no_room(serve, head, radiograph):
    from mmlandmark.web.sessions import Sessions

    from .conftest import DrawnFinder

    site = serve(DrawnFinder(head), sessions=Sessions(max_images=1))
    key = sent(site, radiograph)['key']
    done = site.ask('POST', '/images', radiograph.read_bytes())
    assert done.status == 503
    assert 'images in use' in done.values['error']
    assert site.ask('GET', f'/images/{key}/picture').status == 200


def test_a_mistake_of_the_server_is_one_line(serve, head, radiograph, capfd):
    from .conftest import DrawnFinder

    class Broken(DrawnFinder):
        def find(self, *given):
            raise RuntimeError('within')

    site = serve(Broken(head))
    key = sent(site, radiograph)['key']
    done = site.ask('POST', f'/images/{key}/points?model=ceph19')
    assert done.status == 500
    assert (
        done.values['error'] == 'internal server error: see the terminal of the server'
    )
    assert headed(done.headers)
    printed = []  # in the terminal, once the answer is sent
    until(
        lambda: printed.append(capfd.readouterr().err) or 'within' in ''.join(printed)
    )


def test_more_connections_than_are_served(serve, head):
    from .conftest import DrawnFinder

    site = serve(DrawnFinder(head))
    held = [
        socket.create_connection(('127.0.0.1', site.port), 60)
        for _ in range(MAX_CONNECTIONS)
    ]
    try:
        done = site.ask('GET', '/options')
        assert done.status == 503
        assert headed(done.headers)
    finally:
        for one in held:
            one.close()


PLACES = st.sampled_from(
    [
        ('model',),
        ('heads',),
        ('heads', 0),
        ('heads', 0, 3),
        *(
            ('heads', 0, 3, key)
            for key in (
                'name',
                'label',
                'x',
                'y',
                'expected_error',
                'low_confidence',
                'moved',
            )
        ),
        ('settings',),
        *(
            ('settings', key)
            for key in ('mm_per_px', 'ruler', 'ruler_mm', 'facing', 'sex', 'age')
        ),
    ]
)
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.integers(10**300, 10**310), st.floats(0, 500)
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(PLACES, VALUES), min_size=1, max_size=3))
def test_mutated_points_never_fail_the_server(site, radiograph, posted_once, mutations):
    key, values = posted_once(site, radiograph)
    for path, value in mutations:
        try:
            values = changed(values, path, value)
        except (LookupError, TypeError):
            continue  # an earlier one took the place away
    for where in ('measurements', 'downloads/coco', 'downloads/csv'):
        done = site.ask('POST', f'/images/{key}/{where}', values=values)
        assert done.status in (200, 400), done.data
        if done.status == 400:
            assert len(done.values['error'].splitlines()) == 1


@pytest.fixture
def posted_once():
    """A radiograph that is sent once, and what the page posts of it."""
    kept = []

    def of(site, radiograph):
        if not kept:
            key = sent(site, radiograph)['key']
            found = site.ask('POST', f'/images/{key}/points?model=ceph19').values
            kept.append((key, dict(model='ceph19', heads=found['heads'], settings={})))
        return kept[0]

    return of


def test_the_measurements_are_of_numbers(site, found):
    """A page of wrong places is refused; one of places at the edge is measured."""
    key, posted = found
    for place in (-480.0, 959.0):
        values = changed(posted, ('heads', 0, 4, 'x'), place)
        done = site.ask('POST', f'/images/{key}/measurements', values=values)
        assert done.status == 200
        assert np.isfinite(
            [row['deviation_sd'] for row in done.values['rows'] if row['deviation_sd']]
        ).all()
