"""Request and response bodies, with a limit on the bytes held in memory at once."""

from __future__ import annotations

import io

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..errors import InputError

_CHUNK = 65_536


class TooLargeError(InputError):
    """The body is larger than the limit."""


class BusyError(InputError):
    """Other requests use all the memory; the same request may succeed later."""


class MemoryBudget:
    """Counts the bytes of request and response bodies in memory.

    Args:
        limit: Maximum number of bytes.
    """

    def __init__(self, limit: float):
        self.limit = limit
        self.used = 0


class Reservation:
    """Reserved bytes of a budget; a context manager that releases them at its end."""

    def __init__(self, budget: MemoryBudget):
        self.budget = budget
        self.size = 0

    def add(self, size: int) -> None:
        """Reserve more bytes.

        Raises:
            BusyError: The budget has fewer bytes left.
        """
        if self.budget.used + size > self.budget.limit:
            raise BusyError('too many images are sent at once: try again in a moment')
        self.budget.used += size
        self.size += size

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *exception) -> None:
        self.budget.used -= self.size
        self.size = 0


async def read_body(
    request: Request, limit: float, reservation: Reservation
) -> io.BytesIO:
    """The body of a request.

    A body of up to three times the limit is read to its end and discarded: if the server
    responds earlier, the browser reports a lost connection instead of the response.

    Args:
        request: Not read yet.
        limit: Maximum size in bytes.
        reservation: Grows with what is read.

    Raises:
        TooLargeError: The body is larger than ``limit``.
        BusyError: Other requests use all the memory.
        InputError: The browser closed the connection.
    """
    too_large = TooLargeError(
        f'larger than the limit of {limit / 1e6:g} MB: reduce the size of the image'
    )
    if int(request.headers.get('content-length', 0)) > 3 * limit:
        raise too_large
    body, size = io.BytesIO(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                reservation.add(len(chunk))
                body.write(chunk)
            elif size > 3 * limit:
                raise too_large
    except ClientDisconnect:
        raise InputError('the upload was interrupted') from None
    if size > limit:
        raise too_large
    body.seek(0)
    return body


class ChunkedResponse(Response):
    """A response sent in chunks, at the speed of the client and without another copy.

    Raises:
        BusyError: Other responses use all the memory.
    """

    def __init__(self, data: bytes, budget: MemoryBudget, **options):
        super().__init__(data, **options)
        self.reservation = Reservation(budget)
        self.reservation.add(len(data))

    async def __call__(self, scope, receive, send) -> None:
        with self.reservation:
            start = dict(type='http.response.start', status=self.status_code)
            await send(dict(start, headers=self.raw_headers))
            for i in range(0, len(self.body), _CHUNK):
                chunk = self.body[i : i + _CHUNK]
                await send(dict(type='http.response.body', body=chunk, more_body=True))
            await send(dict(type='http.response.body', body=b'', more_body=False))
