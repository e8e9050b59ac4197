"""Clients that send or take nothing, and the end of the server."""

import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from tests_support import ROOT

pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
from mmlandmark.web.server import HIGH_WATER_LIMIT, PageProtocol, TransferLimits

from .conftest import DrawnFinder

HASTE = TransferLimits(grace=0.2, min_rate=1e9, interval=0.05)
OWN = 'Host: localhost\r\nX-Mmlandmark: page\r\n'
HALF = f'POST /images HTTP/1.1\r\n{OWN}Content-Length: 1000\r\n\r\nhalf'


@pytest.fixture(scope='module')
def hasty(serve, head):
    """A server without a grace period."""
    return serve(DrawnFinder(head), limits=HASTE)


def connected(port):
    return socket.create_connection(('127.0.0.1', port), 60)


def everything(to) -> bytes:
    """What comes until the server closes the connection."""
    got = b''
    while piece := to.recv(65_536):
        got += piece
    return got


@pytest.mark.parametrize(
    'begun',
    [
        '',
        'GET / HTT',
        f'GET / HTTP/1.1\r\n{OWN}',
        HALF,
        f'POST /images HTTP/1.1\r\n{OWN}Transfer-Encoding: chunked\r\n\r\n5\r\nhel',
    ],
)
def test_half_a_request_is_not_waited_for(hasty, begun):
    with connected(hasty.port) as to:
        to.sendall(begun.encode())
        answer = everything(to)
    assert answer.startswith(b'HTTP/1.1 408 ')
    assert b'Content-Security-Policy' in answer
    assert answer.endswith(b'{"error": "connection too slow: the transfer was not '
                           b'completed"}')  # fmt: skip
    assert hasty.ask('GET', '/options').status == 200


def test_the_rest_of_a_body_that_is_not_read_is_not_waited_for(hasty):
    with connected(hasty.port) as to:
        to.sendall(
            f'POST /options HTTP/1.1\r\n{OWN}Content-Length: 9\r\n\r\nx'.encode()
        )
        answer = everything(to)
    assert answer.startswith(b'HTTP/1.1 405 ')


class Transport:
    """Records what becomes of a connection."""

    def __init__(self, loop):
        self.loop, self.held, self.sent, self.end = loop, 0, b'', None

    def get_extra_info(self, name, default=None):
        return default

    def write(self, data):
        self.sent += data

    def get_write_buffer_size(self):
        return self.held

    def is_closing(self):
        return self.end is not None

    def close(self):
        self.end = self.end or 'closed'

    def abort(self):
        self.end = 'aborted'

    def pause_reading(self):
        pass

    resume_reading = pause_reading


class Loop:
    """Keeps what is to be called later; no time passes."""

    def __init__(self):
        self.later = []

    def call_later(self, seconds, call, *given):
        handle = SimpleNamespace(cancel=lambda: None, call=call)
        self.later.append(handle)
        return handle


@pytest.fixture
def connection():
    """A connection without a network: ``look(n)`` lets so many seconds pass."""
    from uvicorn import Config
    from uvicorn.server import ServerState

    loop = Loop()
    config = Config(lambda *given: None, http='h11', log_config=None)
    protocol = PageProtocol(
        config,
        ServerState(),
        {},
        loop,
        limits=TransferLimits(grace=15, min_rate=100, interval=1),
    )
    transport = Transport(loop)
    protocol.connection_made(transport)

    def look(seconds):
        for _ in range(seconds):
            if not transport.end:
                protocol._check()

    return SimpleNamespace(protocol=protocol, transport=transport, look=look)


def test_nothing_is_given_up_within_the_grace(connection):
    connection.look(16)  # the first look finds out what is waited for
    assert connection.transport.end is None
    connection.look(1)
    assert connection.transport.end == 'closed'
    assert b' 408 ' in connection.transport.sent


def test_what_comes_gives_more_time_and_trickles_do_not(connection):
    connection.look(1)
    connection.protocol.data_received(b'GET / HTTP/1.1\r\nX: ' + b'x' * 983)  # 10 s
    connection.look(25)
    assert connection.transport.end is None
    connection.protocol.data_received(b'y')
    connection.look(1)
    assert connection.transport.end == 'closed'


def test_an_answer_that_is_not_taken_is_broken_off(connection):
    connection.transport.held = 70_000
    connection.look(16)
    assert connection.transport.end is None
    connection.protocol.resume_writing()
    more = HIGH_WATER_LIMIT // 100
    connection.look(more)
    assert connection.transport.end is None
    connection.look(1)
    assert connection.transport.end == 'aborted'


def test_what_the_server_computes_is_not_the_fault_of_a_client(connection):
    connection.protocol.cycle = SimpleNamespace(
        response_complete=False, more_body=False
    )
    connection.look(1000)
    assert connection.transport.end is None


def test_an_answer_of_many_bytes_buys_no_time_for_what_comes_next(connection):
    connection.look(1)
    connection.protocol.data_received(b'GET')
    connection.protocol._moved += 10**9
    connection.protocol.cycle = SimpleNamespace(response_complete=True, more_body=False)
    connection.look(17)
    assert connection.transport.end is not None


SERVER = """
import sys, threading
sys.path[:0] = {paths!r}
from mmlandmark.cli.web import listening
from mmlandmark.web.server import STOPPED, end_on_sigterm, make_server
from mmlandmark.web.app import make_app

class Slow:
    schemes = {{}}
    def choices(self):
        return []
    def find(self, *given):
        print('finding', flush=True)
        threading.Event().wait()

with listening('127.0.0.1', 0) as listener:
    print(listener.getsockname()[1], flush=True)
    end_on_sigterm()
    try:
        make_server(make_app(Slow()), end_seconds=0.3).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    print(STOPPED)
"""


@pytest.fixture
def process():
    """A server in a process of its own, whose detector never comes to an end."""
    running = subprocess.Popen(
        [sys.executable, '-c', SERVER.format(paths=[str(ROOT), *sys.path])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )
    yield running, int(running.stdout.readline())
    running.kill()
    running.communicate()


def ended(running, how):
    running.send_signal(how)
    output, errors = running.communicate(timeout=60)
    assert errors == ''
    assert output.splitlines() == ['stopped: no image is kept']
    return running.returncode


@pytest.mark.skipif(os.name == 'nt', reason='Windows ends a process without a signal')
@pytest.mark.parametrize('how', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_requests_are_half_sent(process, how):
    running, port = process
    held = [connected(port) for _ in range(5)]
    for one in held[:3]:
        one.sendall(HALF.encode())
    held[3].sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert held[3].recv(15) == b'HTTP/1.1 200 OK'  # so the others have come too
    assert ended(running, how) == 0
    for one in held:
        one.close()


@pytest.mark.skipif(os.name == 'nt', reason='Windows ends a process without a signal')
def test_a_signal_ends_it_while_it_computes(process, radiograph):
    from .conftest import ask

    running, port = process
    key = ask(port, 'POST', '/images', radiograph.read_bytes()).values['key']
    with connected(port) as to:
        find = f'POST /images/{key}/points HTTP/1.1\r\n{OWN}Content-Length: 0\r\n\r\n'
        to.sendall(find.encode())
        assert running.stdout.readline() == 'finding\n'
        assert ended(running, signal.SIGTERM) == 0
