"""Bodies of requests and answers, of which so many bytes are held at once."""

from __future__ import annotations

import io

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..errors import InputError

_PIECE = 65_536


class TooLargeError(InputError):
    """More bytes than are taken."""


class BusyError(InputError):
    """Others use what there is: the same may be asked again later."""


class Budget:
    """How many bytes of bodies and answers are held.

    Args:
        most: So many at once.
    """

    def __init__(self, most: float):
        self.most = most
        self.held = 0


class Loan:
    """Bytes of a budget; a context manager that gives them back."""

    def __init__(self, budget: Budget):
        self.budget = budget
        self.size = 0

    def take(self, size: int) -> None:
        """Hold more.

        Raises:
            BusyError: There are not so many.
        """
        if self.budget.held + size > self.budget.most:
            raise BusyError('too many images are sent at once: try again in a moment')
        self.budget.held += size
        self.size += size

    def __enter__(self) -> Loan:
        return self

    def __exit__(self, *given) -> None:
        self.budget.held -= self.size
        self.size = 0


async def read_body(request: Request, most: float, loan: Loan) -> io.BytesIO:
    """The body of a request.

    One that is somewhat too large is read to its end and not kept: a browser that is
    answered before it has sent all shows a broken connection in the answer's place.

    Raises:
        TooLargeError: It is larger than ``most`` bytes.
        BusyError: Others are being read.
        InputError: The browser went away.
    """
    too_large = TooLargeError(f'more than {most / 1e6:g} MB, the most that is taken')
    if int(request.headers.get('content-length', 0)) > 3 * most:
        raise too_large
    body, size = io.BytesIO(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= most:
                loan.take(len(chunk))
                body.write(chunk)
            elif size > 3 * most:
                raise too_large
    except ClientDisconnect:
        raise InputError('the upload was broken off') from None
    if size > most:
        raise too_large
    body.seek(0)
    return body


class Pieces(Response):
    """An answer that is sent as fast as it is taken, so that it is held once.

    Raises:
        BusyError: Others are being sent.
    """

    def __init__(self, data: bytes, budget: Budget, **more):
        super().__init__(data, **more)
        self.loan = Loan(budget)
        self.loan.take(len(data))

    async def __call__(self, scope, receive, send) -> None:
        with self.loan:
            start = dict(type='http.response.start', status=self.status_code)
            await send(dict(start, headers=self.raw_headers))
            for place in range(0, len(self.body), _PIECE):
                piece = self.body[place : place + _PIECE]
                await send(dict(type='http.response.body', body=piece, more_body=True))
            await send(dict(type='http.response.body', body=b'', more_body=False))
