"""Serve a page to detect, correct and measure points in a browser, on this computer.

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
from . import common


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--host',
        default='127.0.0.1',
        help='address to listen on; default: 127.0.0.1, reachable only from this '
        'computer; there is no password and no encryption',
    )
    parser.add_argument(
        '--port', type=int, default=7860, help='default: 7860; 0 for any free port'
    )
    parser.add_argument(
        '--max-mb',
        type=common.positive(float),
        default=50.0,
        help='maximum size of an image file in MB; default: 50',
    )
    parser.add_argument(
        '--forget-minutes',
        type=common.positive(float),
        default=30.0,
        help='minutes without use after which an image is deleted; default: 30',
    )
    common.add_where(parser)
    return parser.parse_args(arguments)


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


def main() -> None:
    """Serve the page until it is stopped."""
    args = parse_args()
    missing = [name for name in ('starlette', 'uvicorn') if not find_spec(name)]
    if missing:
        raise InputError(
            f"the page needs {' and '.join(missing)}: pip install 'mmlandmark[web]'"
        )
    # before the slow imports, so that a wrong address is reported at once
    with listening(args.host, args.port) as listener:
        from ..web.server import STOPPED, end_on_sigterm, make_server

        end_on_sigterm()
        with contextlib.suppress(KeyboardInterrupt):
            make_server(_app(args, listener)).run(sockets=[listener])
        print(STOPPED, flush=True)


def _app(args: argparse.Namespace, listener: socket.socket):
    """The app of the page; prints its address, and a warning if others can reach it."""
    from ..engine.model_zoo import released_names
    from ..web.app import HOSTS, make_app
    from ..web.finding import Finder
    from ..web.sessions import Sessions

    if args.backend != 'auto' or args.device:
        from ..inference.backends.stage_network import checked_device

        backend = 'torch' if args.backend == 'auto' else args.backend
        checked_device(backend, args.device)
    finder = Finder(released_names(), args.device, args.backend)
    sessions = Sessions(60 * args.forget_minutes)
    address, port = listener.getsockname()[:2]
    host = f'[{args.host}]' if ':' in args.host else args.host
    is_local = is_loopback(address)
    hosts = (*HOSTS, host, args.host, address) if is_local else ('*',)
    app = make_app(finder, args.max_mb, sessions, hosts)
    print(f'http://{host}:{port}  (press Ctrl-C to stop)', flush=True)
    if not is_local:
        print(
            '  anyone who can reach this computer can use it: there is no password',
            flush=True,
        )
    return app
