"""The command that serves the page."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from network_spy import spying
from tests_support import ROOT, one_line_error

from mmlandmark import InputError
from mmlandmark.cli.web import build_parser, is_loopback, listening

from .conftest import ask


def test_it_listens_on_loopback_unless_an_address_is_given():
    args = build_parser().parse_args([])
    assert args.host == '127.0.0.1'
    assert args.max_mb == 50
    with listening(args.host, 0) as listener:
        assert listener.getsockname()[0] == '127.0.0.1'
    args = build_parser().parse_args(['--host', '0.0.0.0'])
    assert args.host == '0.0.0.0'


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


COMMAND = [sys.executable, '-m', 'mmlandmark.cli', 'web']


@contextmanager
def serving(*options, **variables):
    """The command in a process of its own: the process, its host and its port."""
    process = subprocess.Popen(
        [*COMMAND, '--port', '0', *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**environment(), **variables},
    )
    try:
        address = urlsplit(process.stdout.readline().split()[0])
        yield process, address.hostname, address.port
    finally:
        process.kill()
        process.communicate()


#: Other addresses of loopback have to be set up first elsewhere.
LOOPBACK = ['127.0.0.1', *(['127.0.0.2'] if sys.platform == 'linux' else [])]


@pytest.mark.slow
@pytest.mark.parametrize('host', LOOPBACK)
def test_it_serves_until_it_is_stopped_without_a_traceback(host):
    pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
    with serving('--host', host) as (process, printed, port):
        assert printed == host
        # under the printed name, and as localhost
        for name in (host, 'localhost'):
            done = ask(port, 'GET', '/options', None, {'Host': name}, host=host)
            assert done.status == 200
        done = ask(port, 'GET', '/options', None, {'Host': '127.0.0.3'}, host=host)
        assert done.status == 400
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output == 'stopped: no image is kept\n'
    assert errors == ''


@pytest.mark.slow
def test_the_page_reaches_nothing(tmp_path, radiograph):
    """With the backend that is taken by default; the browser's part is its policy."""
    pytest.importorskip('uvicorn', reason="the extra 'web' is not installed")
    variables, report = spying(tmp_path, sys.path)
    with serving(**variables) as (process, _, port):
        sent = ask(port, 'POST', '/images', radiograph.read_bytes())
        path = f'/images/{sent.values["key"]}'
        found = ask(port, 'POST', f'{path}/points?model=ceph19')
        assert found.status == 200
        posted = dict(model='ceph19', heads=found.values['heads'], settings={})
        assert ask(port, 'POST', f'{path}/downloads/pdf', values=posted).status == 200
        process.terminate()
        process.communicate(timeout=60)
    if sys.platform != 'win32':
        assert process.returncode == 0
    assert report.read_text() == ''


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
