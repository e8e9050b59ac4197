"""The HTTP interface of the page, with Starlette."""

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
from .queue import TaskQueue
from .reports import DOWNLOADS, download, measurements
from .requests import MeasureRequest, read_measure_request
from .security import OwnPageOnly
from .sessions import Radiograph, SessionExpiredError, Sessions
from .transfer import (
    BusyError,
    ChunkedResponse,
    MemoryBudget,
    Reservation,
    TooLargeError,
    read_body,
)
from .uploads import SUFFIXES, as_jpeg, read_upload

T = TypeVar('T')

STATIC = Path(__file__).with_name('static')

#: Host names of a server that listens on a loopback address.
HOSTS = ('localhost', '127.0.0.1', '[::1]', '::1')

#: Maximum bytes of a request with points and settings.
_MAX_JSON = 2_000_000


def make_app(
    finder: Finder,
    max_mb: float = 50,
    sessions: Sessions | None = None,
    hosts: tuple[str, ...] = HOSTS,
) -> Starlette:
    """The page and the requests that it sends.

    Args:
        finder: Detects the points.
        max_mb: Maximum size of an image file in MB.
        sessions: Keeps the images; by default a new, empty one.
        hosts: Accepted values of the ``Host`` header; ``'*'`` accepts all. This protects
            against DNS rebinding.
    """
    sessions = Sessions() if sessions is None else sessions  # an empty one is false

    @contextlib.asynccontextmanager
    async def sweeping(app):
        task = asyncio.create_task(_sweep(sessions))
        yield
        task.cancel()

    image = '/images/{key}'
    app = Starlette(
        routes=[
            Route('/options', _options),
            Route('/images', _upload, methods=['POST']),
            Route(image, _delete, methods=['DELETE']),
            Route(f'{image}/picture', _picture),
            Route(f'{image}/points', _find, methods=['POST']),
            Route(f'{image}/measurements', _measurements, methods=['POST']),
            Route(f'{image}/downloads/{{form}}', _download, methods=['POST']),
            # serves only files inside the folder
            Mount('/', StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(OwnPageOnly),
        ],
        exception_handlers={
            InputError: _input_error,
            HTTPException: _http_error,
            Exception: _server_error,
        },
        lifespan=sweeping,
    )
    state = app.state
    state.sessions, state.finder, state.max_mb = sessions, finder, max_mb
    state.budget = MemoryBudget(4e6 * max_mb)
    # only one task at a time decodes, detects or draws: these need most of the memory
    state.image_tasks, state.measure_tasks = TaskQueue(1), TaskQueue(2)
    return app


async def _sweep(sessions: Sessions, every: float = 60) -> None:
    while True:
        await asyncio.sleep(every)
        sessions.sweep()


_STATUS: dict[type[Exception], int] = {
    SessionExpiredError: 404,
    TooLargeError: 413,
    BusyError: 503,
}


def _input_error(request: Request, error: Exception) -> Response:
    """One line about input that cannot be used."""
    status = _STATUS.get(type(error), 400)
    # the rest of a rejected body is not read
    headers = {'Connection': 'close'} if status in (413, 503) else None
    return JSONResponse(dict(error=str(error)), status, headers)


def _server_error(request: Request, error: Exception) -> Response:
    """An unexpected error; Starlette prints the traceback in the terminal."""
    return JSONResponse(
        dict(error='internal server error: see the terminal of the server'), 500
    )


def _http_error(request: Request, error: Exception) -> Response:
    """An unknown address or a wrong method."""
    assert isinstance(error, HTTPException)
    values = dict(error=f'{error.detail}: {request.method} {request.url.path}')
    return JSONResponse(values, error.status_code, error.headers)


async def _options(request: Request) -> Response:
    """The choices that the page offers."""
    return JSONResponse(
        dict(
            models=request.app.state.finder.choices(),
            max_mb=request.app.state.max_mb,
            suffixes=SUFFIXES,
            facings=FACINGS,
            sexes=SEXES,
            colors=COLORS,
            idle_minutes=round(request.app.state.sessions.idle / 60),
            disclaimer=DISCLAIMER,
            downloads=[
                dict(form=form, label=d.label, suffix=d.suffix, lateral=d.lateral)
                for form, d in DOWNLOADS.items()
            ],
        )
    )


async def _upload(request: Request) -> Response:
    """Receive an image file; the header ``X-Name`` has its name, percent-encoded."""
    state = request.app.state
    given = unquote(request.headers.get('x-name', ''))
    with Reservation(state.budget) as reservation:
        body = await read_body(request, state.max_mb * 1e6, reservation)
        key, radiograph = await state.image_tasks.run(
            _keep, state.sessions, body, given
        )
    width, height = radiograph.picture.size
    return JSONResponse(
        dict(key=key, name=radiograph.name, width=width, height=height)
        | _scale(radiograph.picture)
    )


def _keep(sessions: Sessions, body: BinaryIO, name: str) -> tuple[str, Radiograph]:
    name, picture = read_upload(body, name)
    key = sessions.keep(name, picture, as_jpeg(picture.pixels, name))
    return key, sessions.get(key)


def _scale(picture: LoadedImage) -> dict:
    """The scale in the image file; None if pixels are not square."""
    spacing = picture.spacing
    if spacing is None or not math.isclose(*spacing.pair, rel_tol=0.01):
        return dict(mm_per_px=None, scale_from=None)
    return dict(mm_per_px=float(f'{spacing.mean:.6g}'), scale_from=spacing.source)


async def _delete(request: Request) -> Response:
    request.app.state.sessions.delete(request.path_params['key'])
    return Response(status_code=204)


async def _picture(request: Request) -> Response:
    """The image as a JPEG file: 8 bit, upright."""
    state = request.app.state
    radiograph = state.sessions.get(request.path_params['key'])
    return ChunkedResponse(radiograph.shown, state.budget, media_type='image/jpeg')


# A waiting task holds no image, so that a deleted image is freed at once.


async def _find(request: Request) -> Response:
    state, query = request.app.state, request.query_params
    facing = query.get('facing') if query.get('facing') in FACINGS else None

    def find() -> dict:
        radiograph = state.sessions.get(request.path_params['key'])
        return state.finder.find(query.get('model', ''), radiograph.image, facing)

    return JSONResponse(await state.image_tasks.run(find))


async def _with_points(
    request: Request, queue: TaskQueue, work: Callable[[Radiograph, MeasureRequest], T]
) -> T:
    """Queue ``work`` on an image and the points that the page sends; return its result."""
    state = request.app.state
    state.sessions.get(request.path_params['key'])  # before the body is read
    if request.headers.get('content-type', '').split(';')[0] != 'application/json':
        raise InputError('points must be sent as application/json')

    def task(body: bytes) -> T:
        radiograph = state.sessions.get(request.path_params['key'])
        return work(radiograph, read_measure_request(body, radiograph.picture.size))

    with Reservation(state.budget) as reservation:
        body = await read_body(request, _MAX_JSON, reservation)
        return await queue.run(task, body.getvalue())


async def _measurements(request: Request) -> Response:
    return JSONResponse(
        await _with_points(request, request.app.state.measure_tasks, measurements)
    )


async def _download(request: Request) -> Response:
    state, form = request.app.state, request.path_params['form']
    schemes = state.finder.schemes

    def make(radiograph: Radiograph, points: MeasureRequest) -> tuple[str, bytes]:
        if points.model not in schemes:
            raise InputError(
                f'unknown detector {points.model!r}: the detectors are {", ".join(schemes)}'
            )
        data = download(form, radiograph, points, schemes[points.model])
        return Path(radiograph.name).stem or 'image', data

    stem, data = await _with_points(request, state.image_tasks, make)
    name = quote(stem + DOWNLOADS[form].suffix)
    headers = {'Content-Disposition': f"attachment; filename*=UTF-8''{name}"}
    media = DOWNLOADS[form].media
    return ChunkedResponse(data, state.budget, headers=headers, media_type=media)
