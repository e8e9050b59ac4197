"""Refuses what pages of other sites ask for."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

#: The page sends it with each request. A page of another site cannot: its browser asks
#: the server first whether it may, and the server never says so.
PAGE_HEADER = 'X-Mmlandmark'

_SAFE = ('GET', 'HEAD')


class OwnPageOnly:
    """ASGI middleware: what changes or costs anything is taken from the page alone."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope['type'] != 'http' or scope['method'] in _SAFE:
            await self.app(scope, receive, send)
        elif why := _foreign(Headers(scope=scope)):
            # a body is not read
            refused = JSONResponse(dict(error=why), 403, {'Connection': 'close'})
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _foreign(headers: Headers) -> str | None:
    """Why a request is not of the page; None where it is."""
    site = headers.get('sec-fetch-site')
    if site is not None:
        # 'same-site' is another port of this machine
        foreign = site not in ('same-origin', 'none')
    else:
        origin = headers.get('origin')
        foreign = origin is not None and not _is_of(origin, headers.get('host', ''))
    if foreign:
        return 'this was asked by a page of another site, which may not'
    if PAGE_HEADER not in headers:
        return f'the header {PAGE_HEADER} is missing, which the page sends'
    return None


def _is_of(origin: str, host: str) -> bool:
    """Whether an origin is that of the server's own pages; ``null`` is none."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ''
    except ValueError:
        return False
