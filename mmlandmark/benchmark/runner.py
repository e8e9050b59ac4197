"""Times sides that do the same work.

Each side lives in a process of its own, so that its peak of memory is its own, and the
sides take turns in blocks, so that a slow minute of the machine slows them all.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np

from ..errors import InputError

#: Seconds without an answer after which a side is stuck: a block takes minutes at most.
LIMIT = 900.0

#: Seconds that a side has to end by itself.
GRACE = 10.0

Step = Callable[[], object]


@dataclass
class BenchmarkCase:
    """One of the things that are compared.

    Attributes:
        name: For the table.
        build: A function of the module, called in the side's own process.
        arguments: What it is called with; it returns the step that is timed.
        seconds: Of each step, filled by :func:`measure`.
        values: What each step returned.
        peak_mb: Largest resident memory of the process, or of one it started.
    """

    name: str
    build: Callable[..., Step]
    arguments: dict
    seconds: list[float] = field(default_factory=list)
    values: list = field(default_factory=list)
    peak_mb: float = 0.0

    def row(self, reference: BenchmarkCase) -> dict:
        """Median and quartiles in ms, the ratio to another side's median, the peak."""
        low, median, high = np.quantile(self.seconds, (0.25, 0.5, 0.75))
        return {
            '': self.name,
            'ms': float(median * 1000),
            'quartiles': f'{low * 1000:.1f} to {high * 1000:.1f}',
            'times': len(self.seconds),
            'ratio': float(np.median(reference.seconds) / median),
            'peak MB': '-' if np.isnan(self.peak_mb) else round(self.peak_mb),
        }


def measure(
    sides: Sequence[BenchmarkCase], blocks: int, steps: int, limit: float = LIMIT
) -> None:
    """Let the sides take turns; the first step of a block is not counted.

    Args:
        sides: Their results are filled in.
        blocks: Turns of each side.
        steps: Counted steps in a turn.
        limit: Seconds that a side may take to be built, or for a turn; then it is ended.

    Raises:
        InputError: A side cannot be built, its own error; or it does not answer.
    """
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(_worker(side, limit)) for side in sides]
        for _ in range(blocks):
            for side, pipe in zip(sides, workers, strict=True):
                pipe.send(steps)
                seconds, values = _answer(pipe, side, limit)
                side.seconds += seconds
                side.values += values
        for side, pipe in zip(sides, workers, strict=True):
            pipe.send(None)
            side.peak_mb = _answer(pipe, side, limit)


@contextlib.contextmanager
def _worker(side: BenchmarkCase, limit: float):
    """The pipe to a process that has built the side."""
    context = get_context('spawn')
    ours, theirs = context.Pipe()
    # no daemon: a data loader starts processes of its own
    process = context.Process(target=_serve, args=(theirs, side.build, side.arguments))
    process.start()
    theirs.close()
    try:
        _answer(ours, side, limit)
        yield ours
    finally:
        ours.close()  # which ends a process that listens
        process.join(GRACE)
        if process.is_alive():
            process.kill()
            process.join()


def _answer(pipe, side: BenchmarkCase, limit: float):
    if not pipe.poll(limit):
        raise InputError(f'{side.name}: no answer within {limit:g} s, it was ended')
    try:
        answer = pipe.recv()
    except EOFError:
        raise RuntimeError('a process that was measured has died') from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _serve(pipe, build: Callable[..., Step], arguments: dict) -> None:
    """Build a side, then run as many steps as asked for, until told to stop."""
    # building models is talkative
    warnings.simplefilter('ignore')
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            step = build(**arguments)
            pipe.send('built')
            while (steps := pipe.recv()) is not None:
                pipe.send(_block(step, steps))
            del step
            pipe.send(_peak_mb())
        except EOFError:
            pass  # the other end is gone
        except Exception as error:
            # not every exception can be sent
            own = isinstance(error, (InputError, OSError))
            pipe.send(
                error if own else RuntimeError(f'{type(error).__name__}: {error}')
            )


def _block(step: Step, steps: int) -> tuple[list[float], list]:
    step()
    seconds, values = [], []
    for _ in range(steps):
        start = time.perf_counter()
        values.append(step())
        seconds.append(time.perf_counter() - start)
    return seconds, values


def _peak_mb() -> float:
    """Largest resident memory; NaN on Windows, whose Python does not tell it."""
    try:
        import resource
    except ImportError:
        return float('nan')
    whom = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whom)
    return peak / (2**20 if sys.platform == 'darwin' else 2**10)
