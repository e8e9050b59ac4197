"""Uvicorn with limits: slow clients are cut off, every answer has the headers, and it ends.

Uvicorn itself waits for ever for a request that is half sent, and for an answer to be read.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Of every answer. The browser refuses what is not of this server, and keeps no image.
HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
}

MOST_CONNECTIONS = 64

#: What the command says last.
STOPPED = 'stopped: no image is kept'


@dataclass(frozen=True)
class Pace:
    """How slow a client may be.

    Attributes:
        grace: Seconds that the server waits for a client whatever comes.
        slowest: Bytes per second that must come, or be taken, after that.
        every: Seconds between two looks.
    """

    grace: float = 15.0
    slowest: float = 250_000.0
    every: float = 1.0


class PageProtocol(H11Protocol):
    """A connection that is given up when the client is slower than the pace.

    One rule holds for the head of a request, its body and the answer: after a time of
    grace so many bytes a second. What the server itself takes does not count.
    """

    def __init__(self, *args: Any, pace: Pace, **more: Any) -> None:
        super().__init__(*args, **more)
        self.pace = pace
        self._phase: tuple | None = None  # what the client is waited for
        self._waited = 0.0
        self._moved = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._moved += len(data)
        super().data_received(data)

    def resume_writing(self) -> None:
        self._moved += HIGH_WATER_LIMIT  # about what was taken since it was paused
        super().resume_writing()

    def _look_later(self) -> None:
        self._looking = self.loop.call_later(self.pace.every, self._look)

    def _look(self) -> None:
        """Count how long the client is waited for; give up one that is too slow."""
        phase = self._awaited()
        if phase != self._phase:
            self._phase, self._waited, self._moved = phase, 0.0, 0
        elif phase is not None:
            self._waited += self.pace.every
        if self._waited > self.pace.grace + self._moved / self.pace.slowest:
            self.give_up('too slow: the request or its answer did not get through')
        else:
            self._look_later()

    def _awaited(self) -> tuple | None:
        """What the client has to do: take the answer or send a request; or nothing."""
        if self.transport.get_write_buffer_size():
            return 'answer', self.cycle
        if self.asks_nothing or self.cycle.more_body:
            return 'request', self.cycle, self.asks_nothing
        return None

    @property
    def asks_nothing(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def give_up(self, why: str) -> None:
        """Close the connection; a request that has no answer yet gets one line."""
        if self.transport.get_write_buffer_size() or self.transport.is_closing():
            self.transport.abort()
            return
        self.refuse(408, why)
        self._look_later()  # whether that is taken

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, msg)

    def refuse(self, status: int, why: str) -> None:
        """Answer what does not get to the app, and close."""
        body = json.dumps(dict(error=why)).encode()
        headers = [
            *HEADERS.items(),
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(body))),
            ('Connection', 'close'),
        ]
        try:
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        except h11.LocalProtocolError:
            pass  # an answer has begun: there cannot be another
        self.transport.close()

    def shutdown(self) -> None:
        """End in order: what is asked is answered, what is half asked is not waited for."""
        if self.asks_nothing or not self.cycle.more_body:
            super().shutdown()
        else:
            self.transport.abort()


class PageServer(uvicorn.Server):
    """A server that a signal ends within ``end_seconds``, whatever it computes."""

    def __init__(self, config: uvicorn.Config, end_seconds: float) -> None:
        super().__init__(config)
        self.end_seconds = end_seconds

    def handle_exit(self, sig: int, frame) -> None:
        super().handle_exit(sig, frame)
        # a thread that computes cannot be stopped, and nothing of it is to be kept
        timer = threading.Timer(self.end_seconds, _end_now)
        timer.daemon = True
        timer.start()


def _end_now() -> None:
    print(STOPPED, flush=True)
    os._exit(0)


def make_server(
    app, pace: Pace | None = None, end_seconds: float = 5.0
) -> uvicorn.Server:
    """A server of the page.

    Args:
        app: Of :func:`~.app.make_app`.
        pace: How slow a client may be.
        end_seconds: What is computed may go on for so long after a signal to end.
    """
    config = uvicorn.Config(
        app,
        http=partial(PageProtocol, pace=pace or Pace()),  # type: ignore[arg-type]
        ws='none',
        log_level='error',
        headers=list(HEADERS.items()),
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
    )
    return PageServer(config, end_seconds)


def end_on_sigterm() -> None:
    """Let SIGTERM do what Ctrl-C does; uvicorn raises it again once it has ended."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
