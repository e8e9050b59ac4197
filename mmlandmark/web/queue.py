"""Limits how many memory-intensive tasks run at once, and frees memory afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar('T')


class TaskQueue:
    """Runs functions in threads, a limited number at once; the others wait.

    Args:
        max_running: Number of functions that run at once.
    """

    def __init__(self, max_running: int):
        self._free = asyncio.Semaphore(max_running)

    async def run(self, work: Callable[..., T], *args) -> T:
        """Wait for a free place, call ``work`` and return its result."""
        async with self._free:
            try:
                return await run_in_threadpool(work, *args)
            finally:
                trim_memory()


def trim_memory() -> None:
    """Return freed memory to the operating system; glibc keeps hundreds of megabytes."""
    # other systems lack this function and keep less
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
