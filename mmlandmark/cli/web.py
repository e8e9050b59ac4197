"""Detect, correct and measure points in a browser; no image leaves this computer.

mmlandmark web
mmlandmark web --port 9000 --max-mb 100
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import socket
from importlib.util import find_spec

from ..errors import InputError
from ..utils.distribution import pip_install
from . import common


def build_parser() -> argparse.ArgumentParser:
    parser = common.new_parser(__doc__)
    parser.add_argument(
        '--host',
        default='127.0.0.1',
        help='address to listen on; default: 127.0.0.1, which only this computer can '
        'reach; there is no password and no encryption',
    )
    parser.add_argument(
        '--port',
        type=int,
        default=7860,
        help='port to listen on; default: 7860; 0 for any free port',
    )
    parser.add_argument(
        '--max-mb',
        type=common.positive(float),
        default=50.0,
        help='size in MB of the largest accepted image file; default: 50',
    )
    parser.add_argument(
        '--forget-minutes',
        type=common.positive(float),
        default=30.0,
        help='minutes without use after which an image is deleted from memory; default: 30',
    )
    common.add_backend(parser)
    return parser


def main(args: argparse.Namespace) -> None:
    """Serve the page until it is stopped."""
    missing = [
        name for name in ('starlette', 'uvicorn', 'pydantic') if not find_spec(name)
    ]
    if missing:
        raise InputError(
            f'the page needs {" and ".join(missing)}: {pip_install("web")}'
        )
    # report a wrong address before the slow imports
    with listening(args.host, args.port) as listener:
        from ..web.server import STOPPED, end_on_sigterm, make_server

        end_on_sigterm()
        with contextlib.suppress(KeyboardInterrupt):
            make_server(_app(args, listener)).run(sockets=[listener])
        print(STOPPED, flush=True)


def listening(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        InputError: The address is not one of this computer, or the port is in use.
    """
    if not 0 <= port <= 65535:
        raise InputError(f'--port {port} is not between 0 and 65535')
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise InputError(
            f'cannot listen on {host} port {port} ({reason}): give another --port or --host'
        ) from None


def is_loopback(host: str) -> bool:
    """Whether the address is reachable only from this computer."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == 'localhost'


def _app(args: argparse.Namespace, listener: socket.socket):
    """The page's app; prints its address, and who can reach it."""
    from ..engine.model_zoo import list_models
    from ..inference.backends.runtimes import check_backend
    from ..web.app import HOSTS, make_app
    from ..web.finding import Finder
    from ..web.sessions import Sessions

    check_backend(args.backend, args.device)
    finder = Finder(list_models(), args.device, args.backend)
    sessions = Sessions(60 * args.forget_minutes)
    address, port = listener.getsockname()[:2]
    host = f'[{args.host}]' if ':' in args.host else args.host
    is_local = is_loopback(address)
    hosts = (*HOSTS, host, args.host, address) if is_local else ('*',)
    app = make_app(finder, args.max_mb, sessions, hosts)
    print(f'http://{host}:{port}  (Ctrl-C stops it)', flush=True)
    if not is_local:
        print(
            '  everyone who can reach this computer can use it: there is no password',
            flush=True,
        )
    return app
