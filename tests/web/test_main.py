"""The command that serves the page."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from tests_support import ROOT, one_line_error

from mmlandmark import InputError
from mmlandmark.web.__main__ import is_loopback, listening, parse_args


def test_it_listens_on_loopback_unless_told_otherwise():
    args = parse_args([])
    assert args.host == '127.0.0.1'
    assert args.max_mb == 50
    with listening(args.host, 0) as listener:
        assert listener.getsockname()[0] == '127.0.0.1'
    assert parse_args(['--host', '0.0.0.0']).host == '0.0.0.0'


@pytest.mark.parametrize(
    ('host', 'loopback'),
    [
        ('127.0.0.1', True),
        ('127.0.0.9', True),
        ('::1', True),
        ('localhost', True),
        ('0.0.0.0', False),
        ('192.168.1.5', False),
        ('elsewhere.example', False),
    ],
)
def test_loopback(host, loopback):
    assert is_loopback(host) is loopback


def test_an_address_that_cannot_be_used():
    with listening('127.0.0.1', 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f'cannot listen on 127.0.0.1 port {port}'):
            listening('127.0.0.1', port)
    with pytest.raises(InputError, match='not between'):
        listening('127.0.0.1', 70_000)
    with pytest.raises(InputError, match='cannot listen on not an address'):
        listening('not an address', 0)


def environment():
    return {
        **os.environ,
        'OMP_NUM_THREADS': '1',
        'PYTHONPATH': os.pathsep.join(sys.path),
    }


COMMAND = [sys.executable, '-m', 'mmlandmark.web']


@pytest.mark.slow
def test_it_serves_until_it_is_stopped_without_a_traceback():
    pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
    process = subprocess.Popen(
        [*COMMAND, '--port', '0'],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    try:
        url = process.stdout.readline().split()[0]
        assert url.startswith('http://127.0.0.1:')
        with socket.create_connection(
            ('127.0.0.1', int(url.rsplit(':')[-1])), 60
        ) as to:
            to.sendall(b'GET /options HTTP/1.0\r\nHost: localhost\r\n\r\n')
            assert to.recv(100).startswith(b'HTTP/1.1 200')
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert 'Traceback' not in errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ('option', 'value', 'message'),
    [
        ('--port', '99999', 'not between 0 and 65535'),
        ('--host', '203.0.113.1', 'cannot listen on 203.0.113.1'),
    ],
)
def test_mistakes_are_one_line(option, value, message):
    pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
    done = subprocess.run(
        [*COMMAND, option, value],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    assert message in one_line_error(done)
