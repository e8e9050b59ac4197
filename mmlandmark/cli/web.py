"""A page to find, correct and measure points in a browser; nothing leaves this machine.

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
        help='address to listen on, default: 127.0.0.1, which only this machine reaches; '
        'there is no password and no encryption',
    )
    parser.add_argument(
        '--port', type=int, default=7860, help='default: 7860; 0 for any that is free'
    )
    parser.add_argument(
        '--max-mb',
        type=common.positive(float),
        default=50.0,
        help='largest image file that is taken, default: 50',
    )
    parser.add_argument(
        '--forget-minutes',
        type=common.positive(float),
        default=30.0,
        help='an image that nobody works on is forgotten after so long, default: 30',
    )
    common.add_where(parser)
    return parser.parse_args(arguments)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        InputError: No such address here, or the port is taken.
    """
    if not 0 <= port <= 65535:
        raise InputError(f'--port {port} is not between 0 and 65535')
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise InputError(
            f'cannot listen on {host} port {port} ({reason}): try another --port or --host'
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
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
    # before what takes seconds to import: a mistake is said at once
    with listening(args.host, args.port) as listener:
        from ..web.server import STOPPED, end_on_sigterm, make_server

        end_on_sigterm()
        with contextlib.suppress(KeyboardInterrupt):
            make_server(_app(args, listener)).run(sockets=[listener])
        print(STOPPED, flush=True)


def _app(args: argparse.Namespace, listener: socket.socket):
    """The page's app; says where it is found, and who finds it."""
    from ..engine.model_zoo import list_models
    from ..web.app import HOSTS, make_app
    from ..web.finding import Finder
    from ..web.sessions import Memory

    if args.backend != 'auto' or args.device:
        from ..inference.backends.stage_network import checked_device

        backend = 'torch' if args.backend == 'auto' else args.backend
        checked_device(backend, args.device)
    finder = Finder(list_models(), args.device, args.backend)
    memory = Memory(60 * args.forget_minutes)
    address, port = listener.getsockname()[:2]
    host = f'[{args.host}]' if ':' in args.host else args.host
    closed = is_loopback(address)
    hosts = (*HOSTS, host, args.host, address) if closed else ('*',)
    app = make_app(finder, args.max_mb, memory, hosts)
    print(f'http://{host}:{port}  (Ctrl-C ends it)', flush=True)
    if not closed:
        print(
            '  everyone who reaches this machine can use it: no password',
            flush=True,
        )
    return app
