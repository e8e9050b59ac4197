"""Work that takes much memory, done one after another, and the memory given back."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar('T')


class Turns:
    """Runs work in threads, so much of it at once.

    Args:
        at_once: So many.
    """

    def __init__(self, at_once: int):
        self._free = asyncio.Semaphore(at_once)

    async def run(self, work: Callable[..., T], *given) -> T:
        """What ``work`` returns, when it is its turn."""
        async with self._free:
            try:
                return await run_in_threadpool(work, *given)
            finally:
                give_back()


def give_back() -> None:
    """Return memory that nobody holds to the system; glibc keeps hundreds of megabytes."""
    # other systems have no such function, and keep less
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
