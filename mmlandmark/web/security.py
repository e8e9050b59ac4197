"""Rejects requests from pages of other sites (cross-site request forgery)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

#: The page sends this header with each request. A page of another site cannot: the browser
#: first asks the server for permission (CORS preflight), which the server never gives.
PAGE_HEADER = 'X-Mmlandmark'

_SAFE = ('GET', 'HEAD')


class OwnPageOnly:
    """ASGI middleware: accepts requests other than GET and HEAD only from the page."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope['type'] != 'http' or scope['method'] in _SAFE:
            await self.app(scope, receive, send)
        elif why := _reason_to_reject(Headers(scope=scope)):
            # the body is not read
            refused = JSONResponse(dict(error=why), 403, {'Connection': 'close'})
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _reason_to_reject(headers: Headers) -> str | None:
    """Why a request is not from the page; None if it is."""
    site = headers.get('sec-fetch-site')
    if site is not None:
        # 'same-site' is another port of this computer
        foreign = site not in ('same-origin', 'none')
    else:
        origin = headers.get('origin')
        foreign = origin is not None and not _is_host(origin, headers.get('host', ''))
    if foreign:
        return 'requests from pages of other sites are not allowed'
    if PAGE_HEADER not in headers:
        return f'the header {PAGE_HEADER}, which the page sends, is missing'
    return None


def _is_host(origin: str, host: str) -> bool:
    """Whether an origin is the server itself; ``null`` is not."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ''
    except ValueError:
        return False
