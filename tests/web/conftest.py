"""A page's server on loopback in a thread of its own, and a browser."""

import http.client
import json
import shutil
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from web_support import SIZE, until

from mmlandmark import synthetic
from mmlandmark.errors import InputError
from mmlandmark.schemes import IBUG68, ISBI19

PAGE_HEADER = 'X-Mmlandmark'


@pytest.fixture(scope='session')
def head() -> synthetic.Head:
    """A drawn head."""
    return synthetic.draw_head(np.random.default_rng([7, 0]), SIZE)


@pytest.fixture(scope='session')
def spots(head) -> dict[str, np.ndarray]:
    """Its points by their labels."""
    keys = zip(ISBI19.labels, synthetic.ISBI19, strict=True)
    return {label: np.array(head.points[key]) for label, key in keys}


@pytest.fixture(scope='session')
def radiograph(head, tmp_path_factory):
    """The same as a file."""
    path = tmp_path_factory.mktemp('radiograph') / 'a head.png'
    cv2.imwrite(str(path), head.image)
    return path


class DrawnFinder:
    """Returns the known points of the drawn head, so that no network is needed."""

    def __init__(self, head):
        from mmlandmark.web.finding import definitions_of, is_lateral, lines_of

        self.schemes = {'ceph19': ISBI19, 'face68': IBUG68}
        self.is_lateral, self.lines_of = is_lateral, lines_of
        self.definitions_of = definitions_of
        self.head = [head.points[key] for key in synthetic.ISBI19]
        self.calls = []

    def choices(self):
        return [
            dict(name=name, points=len(scheme), lateral=self.is_lateral(scheme))
            for name, scheme in self.schemes.items()
        ]

    def find(self, name, image, facing=None):
        self.calls.append((name, facing))
        if name not in self.schemes:
            raise InputError(f'unknown detector {name[:80]!r}')
        if image.std() < 1:
            raise InputError(
                'no face found: crop the image to the face, or rotate it upright'
            )
        scheme = self.schemes[name]
        places = self.head
        dark = image.mean() < 40
        if name == 'face68':
            random = np.random.default_rng(0)
            places = random.uniform(100, 380, (len(scheme), 2)).tolist()
        rows = [
            dict(name=point, label=label, x=round(x, 2), y=round(y, 2),
                 expected_error=4.0, low_confidence=label == 'Po')
            for point, label, (x, y) in zip(
                scheme.points, scheme.labels, places, strict=True
            )
        ]  # fmt: skip
        return dict(
            model=name,
            lateral=self.is_lateral(scheme),
            heads=[rows],
            lines=self.lines_of(scheme),
            definitions=self.definitions_of(scheme),
            remarks=['The head faces left.'] if dark else [],
            quarter_turns=int(dark),
        )


@pytest.fixture(scope='session')
def serve():
    """Start servers; each gives its ``sessions``, ``finder``, ``ask`` and ``url``."""
    pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
    from mmlandmark.cli.web import listening
    from mmlandmark.web.app import make_app
    from mmlandmark.web.server import make_server
    from mmlandmark.web.sessions import Sessions

    running = []

    def start(finder, **more):
        sessions = more.pop('sessions', Sessions())
        limits = more.pop('limits', None)
        listener = listening('127.0.0.1', 0)
        app = make_app(finder, sessions=sessions, **more)
        server = make_server(app, limits)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        running.append((server, thread))
        until(lambda: server.started)
        port = listener.getsockname()[1]
        return SimpleNamespace(
            port=port,
            sessions=sessions,
            finder=finder,
            url=f'http://127.0.0.1:{port}/',
            ask=lambda *given, **kw: ask(port, *given, **kw),
        )

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope='session')
def small_site(serve, head):
    return serve(DrawnFinder(head), max_mb=0.5)


@pytest.fixture
def site(small_site):
    """A server with a limit of 0.5 MB, the detector of the drawn head, and no images."""
    for key in list(small_site.sessions._images):
        small_site.sessions.delete(key)
    return small_site


def ask(
    port, method, path, body=None, headers=(), values=None, chunked=False,
    host='127.0.0.1',
):  # fmt: skip
    """One request, sent as it is: no client here tidies the path up."""
    connection = http.client.HTTPConnection(host, port, timeout=300)
    own = {PAGE_HEADER: 'page', 'Content-Type': 'application/json'}
    given = {**own, **dict(headers)}
    headers = {name: value for name, value in given.items() if value is not None}
    if values is not None:
        body = json.dumps(values)
    connection.request(method, path, body, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == 'application/json'
    return SimpleNamespace(
        status=answer.status,
        headers=answer.headers,
        data=data,
        values=json.loads(data) if is_json else None,
    )


@pytest.fixture(scope='session')
def browser():
    """Headless Chromium, driven by Playwright; skips the test where either is not."""
    sync_api = pytest.importorskip(
        'playwright.sync_api', reason='Playwright is not installed'
    )
    chromium = shutil.which('chromium') or shutil.which('google-chrome')
    if not chromium:
        pytest.skip('there is no Chromium on the PATH')
    with sync_api.sync_playwright() as playwright:
        # a container's root has no sandbox; the pages here are our own
        running = playwright.chromium.launch(
            executable_path=chromium, args=['--no-sandbox']
        )
        yield running
        running.close()
