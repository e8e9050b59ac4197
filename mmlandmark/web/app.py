"""The server's side of the page: requests to answers, by Starlette."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..cephalometry.norms import SEXES
from ..cephalometry.orientation import FACINGS
from ..errors import InputError
from ..report.model import DISCLAIMER
from ..report.rows import COLORS
from ..structures.loaded_image import LoadedImage
from .finding import Finder
from .queue import Turns
from .reports import DOWNLOADS, download, shown
from .requests import MeasureRequest, read_posted
from .security import OwnPageOnly
from .sessions import Memory, Radiograph, SessionExpiredError
from .transfer import Budget, BusyError, Loan, Pieces, TooLargeError, read_body
from .uploads import SUFFIXES, as_jpeg, read_upload

T = TypeVar('T')

STATIC = Path(__file__).with_name('static')

#: What a server on loopback is called.
HOSTS = ('localhost', '127.0.0.1', '[::1]', '::1')

#: Of what a page sends besides a film: points and settings.
_MOST_JSON = 2_000_000


def make_app(
    finder: Finder,
    max_mb: float = 50,
    memory: Memory | None = None,
    hosts: tuple[str, ...] = HOSTS,
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
            Route(f'{film}/measurements', _measurements, methods=['POST']),
            Route(f'{film}/downloads/{{form}}', _download, methods=['POST']),
            # it serves what lies in the folder and never looks outside
            Mount('/', StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(OwnPageOnly),
        ],
        exception_handlers={
            InputError: _mistake,
            HTTPException: _refused,
            Exception: _failed,
        },
        lifespan=sweeping,
    )
    state = app.state
    state.memory, state.finder, state.max_mb = memory, finder, max_mb
    state.budget = Budget(4e6 * max_mb)
    # pixels are worked on one after another: what that takes is never taken twice
    state.pixels, state.measuring = Turns(1), Turns(2)
    return app


async def _sweep(memory: Memory, every: float = 60) -> None:
    while True:
        await asyncio.sleep(every)
        memory.sweep()


_STATUS: dict[type[Exception], int] = {
    SessionExpiredError: 404,
    TooLargeError: 413,
    BusyError: 503,
}


def _mistake(request: Request, error: Exception) -> Response:
    """A user's mistake: its one line."""
    status = _STATUS.get(type(error), 400)
    # what is left of a body that is not taken is not read
    headers = {'Connection': 'close'} if status in (413, 503) else None
    return JSONResponse(dict(error=str(error)), status, headers)


def _failed(request: Request, error: Exception) -> Response:
    """A mistake of the server; Starlette hands the traceback on to the terminal."""
    return JSONResponse(dict(error='the server failed: its terminal says why'), 500)


def _refused(request: Request, error: Exception) -> Response:
    """A wrong address or method."""
    assert isinstance(error, HTTPException)
    values = dict(error=f'{error.detail}: {request.method} {request.url.path}')
    return JSONResponse(values, error.status_code, error.headers)


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
    state = request.app.state
    given = unquote(request.headers.get('x-name', ''))
    with Loan(state.budget) as loan:
        body = await read_body(request, state.max_mb * 1e6, loan)
        key, film = await state.pixels.run(_keep, state.memory, body, given)
    width, height = film.picture.size
    return JSONResponse(
        dict(key=key, name=film.name, width=width, height=height) | _scale(film.picture)
    )


def _keep(memory: Memory, body: BinaryIO, name: str) -> tuple[str, Radiograph]:
    name, picture = read_upload(body, name)
    key = memory.keep(name, picture, as_jpeg(picture.pixels, name))
    return key, memory.get(key)


def _scale(picture: LoadedImage) -> dict:
    """The scale that a file states, for the page, whose pixels are square."""
    spacing = picture.spacing
    if spacing is None or not math.isclose(*spacing.pair, rel_tol=0.01):
        return dict(mm_per_px=None, scale_from=None)
    return dict(mm_per_px=float(f'{spacing.mean:.6g}'), scale_from=spacing.source)


async def _forget(request: Request) -> Response:
    request.app.state.memory.forget(request.path_params['key'])
    return Response(status_code=204)


async def _picture(request: Request) -> Response:
    """The film as every browser shows it: 8 bit, upright."""
    state = request.app.state
    film = state.memory.get(request.path_params['key'])
    return Pieces(film.shown, state.budget, media_type='image/jpeg')


# What waits for its turn holds no film: one that is forgotten meanwhile is free at once.


async def _find(request: Request) -> Response:
    state, asked = request.app.state, request.query_params
    facing = asked.get('facing') if asked.get('facing') in FACINGS else None

    def find() -> dict:
        film = state.memory.get(request.path_params['key'])
        return state.finder.find(asked.get('model', ''), film.image, facing)

    return JSONResponse(await state.pixels.run(find))


async def _posted(
    request: Request, turns: Turns, work: Callable[[Radiograph, MeasureRequest], T]
) -> T:
    """What ``work`` gives, when it is its turn, of a film and what the page sends of it."""
    state = request.app.state
    state.memory.get(request.path_params['key'])  # or nothing is read
    if request.headers.get('content-type', '').split(';')[0] != 'application/json':
        raise InputError('the points are sent as application/json')

    def done(body: bytes) -> T:
        film = state.memory.get(request.path_params['key'])
        return work(film, read_posted(body, film.picture.size))

    with Loan(state.budget) as loan:
        body = await read_body(request, _MOST_JSON, loan)
        return await turns.run(done, body.getvalue())


async def _measurements(request: Request) -> Response:
    return JSONResponse(await _posted(request, request.app.state.measuring, shown))


async def _download(request: Request) -> Response:
    state, form = request.app.state, request.path_params['form']
    schemes = state.finder.schemes

    def make(film: Radiograph, posted: MeasureRequest) -> tuple[str, bytes]:
        if posted.model not in schemes:
            raise InputError(f'no detector {posted.model!r}: {", ".join(schemes)}')
        data = download(form, film, posted, schemes[posted.model])
        return Path(film.name).stem or 'image', data

    stem, data = await _posted(request, state.pixels, make)
    name = quote(stem + DOWNLOADS[form].suffix)
    headers = {'Content-Disposition': f"attachment; filename*=UTF-8''{name}"}
    media = DOWNLOADS[form].media
    return Pieces(data, state.budget, headers=headers, media_type=media)
