"""Uvicorn with a minimum transfer rate, security headers and a limited shutdown time.

Uvicorn itself waits without limit for the rest of a request, and for a client to read.
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

#: Headers of every response: the browser loads nothing from elsewhere and caches nothing.
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

MAX_CONNECTIONS = 64

#: The last line that the command prints.
STOPPED = 'stopped: no image is kept'


@dataclass(frozen=True)
class TransferLimits:
    """The smallest permitted transfer rate of a client.

    Attributes:
        grace: Seconds without a minimum rate.
        min_rate: Bytes per second that a client must then send or receive.
        interval: Seconds between two checks.
    """

    grace: float = 15.0
    min_rate: float = 250_000.0
    interval: float = 1.0


class PageProtocol(H11Protocol):
    """A connection that is closed if the client is slower than the limits.

    The same limits apply to the header of a request, its body and the response. The time
    that the server computes does not count.
    """

    def __init__(self, *args: Any, limits: TransferLimits, **options: Any) -> None:
        super().__init__(*args, **options)
        self.limits = limits
        self._phase: tuple | None = None  # what the client has to do
        self._waited = 0.0
        self._moved = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._schedule_check()

    def connection_lost(self, exc: Exception | None) -> None:
        self._check_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._moved += len(data)
        super().data_received(data)

    def resume_writing(self) -> None:
        self._moved += HIGH_WATER_LIMIT  # about what the client received while paused
        super().resume_writing()

    def _schedule_check(self) -> None:
        self._check_timer = self.loop.call_later(self.limits.interval, self._check)

    def _check(self) -> None:
        """Measure how long the server waits for the client; close if it is too slow."""
        phase = self._client_phase()
        if phase != self._phase:
            self._phase, self._waited, self._moved = phase, 0.0, 0
        elif phase is not None:
            self._waited += self.limits.interval
        if self._waited > self.limits.grace + self._moved / self.limits.min_rate:
            self.close_slow('connection too slow: the transfer was not completed')
        else:
            self._schedule_check()

    def _client_phase(self) -> tuple | None:
        """What the client has to do: receive a response, send a request, or None."""
        if self.transport.get_write_buffer_size():
            return 'response', self.cycle
        if self.is_idle or self.cycle.more_body:
            return 'request', self.cycle, self.is_idle
        return None

    @property
    def is_idle(self) -> bool:
        """Whether no request is being processed."""
        return self.cycle is None or self.cycle.response_complete

    def close_slow(self, reason: str) -> None:
        """Close the connection, with one line if there was no response yet."""
        if self.transport.get_write_buffer_size() or self.transport.is_closing():
            self.transport.abort()
            return
        self.reject(408, reason)
        self._schedule_check()  # of this response

    def send_400_response(self, msg: str) -> None:
        self.reject(400, msg)

    def reject(self, status: int, reason: str) -> None:
        """Respond to a request that does not reach the app, and close."""
        body = json.dumps(dict(error=reason)).encode()
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
            pass  # a response has already begun
        self.transport.close()

    def shutdown(self) -> None:
        """Complete the running request; do not wait for the rest of an incomplete one."""
        if self.is_idle or not self.cycle.more_body:
            super().shutdown()
        else:
            self.transport.abort()


class PageServer(uvicorn.Server):
    """A server that stops within ``end_seconds`` after a signal, even while it computes."""

    def __init__(self, config: uvicorn.Config, end_seconds: float) -> None:
        super().__init__(config)
        self.end_seconds = end_seconds

    def handle_exit(self, sig: int, frame) -> None:
        super().handle_exit(sig, frame)
        # a running thread cannot be stopped, and its result is not needed
        timer = threading.Timer(self.end_seconds, _end_now)
        timer.daemon = True
        timer.start()


def _end_now() -> None:
    print(STOPPED, flush=True)
    os._exit(0)


def make_server(
    app, limits: TransferLimits | None = None, end_seconds: float = 5.0
) -> uvicorn.Server:
    """A server of the page.

    Args:
        app: From :func:`~.app.make_app`.
        limits: The smallest permitted transfer rate of a client.
        end_seconds: Time to complete computations after a signal to stop.
    """
    config = uvicorn.Config(
        app,
        http=partial(PageProtocol, limits=limits or TransferLimits()),  # type: ignore[arg-type]
        ws='none',
        log_level='error',
        headers=list(HEADERS.items()),
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
    )
    return PageServer(config, end_seconds)


def end_on_sigterm() -> None:
    """Handle SIGTERM like Ctrl-C; uvicorn raises it again after it has stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
