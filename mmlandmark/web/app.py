"""The server's side of the page: requests to answers, by Starlette."""

from __future__ import annotations

import asyncio
import contextlib
import math
from pathlib import Path
from urllib.parse import quote, unquote

import cv2
import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..cephalometry.norms import SEXES
from ..cephalometry.placing import FACINGS
from ..cephalometry.report import COLORS, DISCLAIMER
from ..errors import InputError
from ..readers.image import as_bgr
from ..readers.picture import Picture
from .finding import Finder
from .memory import SUFFIXES, ForgottenError, Memory, read_upload
from .posted import read_posted
from .sheets import DOWNLOADS, download, shown

STATIC = Path(__file__).with_name('static')

#: Of what a page sends besides a film: points and settings.
_MOST_JSON = 2_000_000

#: The browser itself refuses what is not of this server, and keeps no film.
_HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
}


class TooLargeError(InputError):
    """More bytes than are taken."""


def make_app(
    finder: Finder,
    max_mb: float = 50,
    memory: Memory | None = None,
    hosts: tuple[str, ...] = ('localhost', '127.0.0.1', '[::1]', '::1'),
) -> Starlette:
    """The page and what it asks for.

    Args:
        finder: Finds the points.
        max_mb: Largest file that is taken, in megabytes.
        memory: Where films are kept; by default an empty one.
        hosts: What the server may be called by; other names are refused, so that no page
            from elsewhere reaches it under a name of its own. ``'*'`` for any.
    """
    memory = Memory() if memory is None else memory  # an empty one is false

    @contextlib.asynccontextmanager
    async def sweeping(app):
        task = asyncio.create_task(_sweep(memory))
        yield
        task.cancel()

    film = '/films/{key}'
    app = Starlette(
        routes=[
            Route('/options', _options),
            Route('/films', _upload, methods=['POST']),
            Route(film, _forget, methods=['DELETE']),
            Route(f'{film}/picture', _picture),
            Route(f'{film}/points', _find, methods=['POST']),
            Route(f'{film}/sheet', _sheet, methods=['POST']),
            Route(f'{film}/downloads/{{form}}', _download, methods=['POST']),
            # it serves what lies in the folder and never looks outside
            Mount('/', StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[
            Middleware(_OwnHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
        ],
        exception_handlers={InputError: _mistake, HTTPException: _refused},
        lifespan=sweeping,
    )
    app.state.memory, app.state.finder, app.state.max_mb = memory, finder, max_mb
    return app


async def _sweep(memory: Memory, every: float = 60) -> None:
    while True:
        await asyncio.sleep(every)
        memory.sweep()


class _OwnHeaders:
    """Puts ``_HEADERS`` on every answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        async def with_headers(message):
            if message['type'] == 'http.response.start':
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers)


def _mistake(request: Request, error: Exception) -> Response:
    """A user's mistake: its one line."""
    kinds: dict[type[Exception], int] = {ForgottenError: 404, TooLargeError: 413}
    status = kinds.get(type(error), 400)
    # what is left of a body that was too large is not read
    headers = {'Connection': 'close'} if status == 413 else None
    return JSONResponse(dict(error=str(error)), status, headers)


def _refused(request: Request, error: Exception) -> Response:
    """A wrong address or method."""
    assert isinstance(error, HTTPException)
    values = dict(error=f'{error.detail}: {request.method} {request.url.path}')
    return JSONResponse(values, error.status_code, error.headers)


async def _body(request: Request, most: float) -> bytes:
    """The body of a request.

    One that is somewhat too large is read to its end and not kept: a browser that is
    answered before it has sent all shows a broken connection in the answer's place.

    Raises:
        TooLargeError: It is.
        InputError: The browser went away.
    """
    too_large = TooLargeError(f'more than {most / 1e6:g} MB, the most that is taken')
    if int(request.headers.get('content-length', 0)) > 3 * most:
        raise too_large
    data, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= most:
                data += chunk
            elif size > 3 * most:
                raise too_large
    except ClientDisconnect:
        raise InputError('the upload was broken off') from None
    if size > most:
        raise too_large
    return bytes(data)


async def _options(request: Request) -> Response:
    """What the page offers."""
    return JSONResponse(
        dict(
            models=request.app.state.finder.choices(),
            max_mb=request.app.state.max_mb,
            suffixes=SUFFIXES,
            facings=FACINGS,
            sexes=SEXES,
            colors=COLORS,
            idle_minutes=round(request.app.state.memory.idle / 60),
            disclaimer=DISCLAIMER,
            downloads=[
                dict(form=form, label=d.label, suffix=d.suffix, lateral=d.lateral)
                for form, d in DOWNLOADS.items()
            ],
        )
    )


async def _upload(request: Request) -> Response:
    """Take a film; its name is in the header ``X-Name``, percent-encoded."""
    data = await _body(request, request.app.state.max_mb * 1e6)
    given = unquote(request.headers.get('x-name', ''))
    name, picture = await run_in_threadpool(read_upload, data, given)
    key = request.app.state.memory.keep(name, picture)
    width, height = picture.size
    return JSONResponse(
        dict(key=key, name=name, width=width, height=height, **_scale(picture))
    )


def _scale(picture: Picture) -> dict:
    """The scale that a file states, for the page, whose pixels are square."""
    sy, sx = picture.spacing or (math.nan, math.nan)
    if not math.isclose(sy, sx, rel_tol=0.01):
        return dict(mm_per_px=None, scale_from=None)
    return dict(
        mm_per_px=float(f'{(sy + sx) / 2:.6g}'), scale_from=picture.spacing_source
    )


def _film(request: Request):
    return request.app.state.memory.get(request.path_params['key'])


async def _forget(request: Request) -> Response:
    request.app.state.memory.forget(request.path_params['key'])
    return Response(status_code=204)


async def _picture(request: Request) -> Response:
    """The film as every browser shows it: 8 bit, upright."""
    data = await run_in_threadpool(_jpeg, _film(request).image)
    return Response(data, media_type='image/jpeg')


def _jpeg(image: np.ndarray) -> bytes:
    _, data = cv2.imencode('.jpg', as_bgr(image), [cv2.IMWRITE_JPEG_QUALITY, 95])
    return data.tobytes()


async def _find(request: Request) -> Response:
    film = _film(request)
    asked = request.query_params
    found = await run_in_threadpool(
        request.app.state.finder.find,
        asked.get('model', ''),
        film.image,
        asked.get('facing') if asked.get('facing') in FACINGS else None,
    )
    return JSONResponse(found)


async def _sheet(request: Request) -> Response:
    film = _film(request)
    posted = read_posted(await _body(request, _MOST_JSON))
    return JSONResponse(await run_in_threadpool(shown, film, posted))


async def _download(request: Request) -> Response:
    film, form = _film(request), request.path_params['form']
    posted = read_posted(await _body(request, _MOST_JSON))
    schemes = request.app.state.finder.schemes
    if posted.model not in schemes:
        raise InputError(f'no detector {posted.model!r}: {", ".join(schemes)}')
    scheme = schemes[posted.model]
    data = await run_in_threadpool(download, form, film, posted, scheme)
    stem = Path(film.name).stem or 'image'
    name = quote(stem + DOWNLOADS[form].suffix)
    headers = {'Content-Disposition': f"attachment; filename*=UTF-8''{name}"}
    return Response(data, headers=headers, media_type=DOWNLOADS[form].media)
